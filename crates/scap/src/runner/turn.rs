//! Whose turn it is: runs that share no lock go side by side, the others one after the other in the order in which they came.

use scap_run::RunId;
use std::collections::{BTreeMap, BTreeSet};

/// A run that waits for a runner.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) run: RunId,
    /// Of the locks that it takes.
    pub(super) keys: BTreeSet<String>,
    /// Of the lock that a person may have taken of its service.
    pub(super) by_hand: String,
    /// By a runner that is gone: it has its locks, or its place among those who wait for them.
    pub(super) was_begun: bool,
    /// Somebody asks something of it, as to be taken out of the queue: that is not to wait for its turn.
    pub(super) is_asked: bool,
}

/// Those whose turn it is, in order. `held` has the run behind each lock; none for one that was taken by hand.
pub(super) fn may_begin(waiting: &[Waiting], held: &BTreeMap<String, Option<RunId>>) -> Vec<RunId> {
    let mut wanted: BTreeSet<&String> = BTreeSet::new();
    let mut begin = Vec::new();
    for Waiting {
        run,
        keys,
        by_hand,
        was_begun,
        is_asked,
    } in waiting
    {
        let is_free = |key: &String| {
            let by_others = held.get(key).is_some_and(|holder| *holder != Some(*run));
            !by_others && !wanted.contains(key)
        };
        let is_let = keys.iter().all(is_free) && !held.contains_key(by_hand);
        if *was_begun || *is_asked || is_let {
            begin.push(*run);
        }
        wanted.extend(keys);
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(run: i64, keys: &str) -> Waiting {
        Waiting {
            run: RunId(run),
            keys: keys.split(' ').map(str::to_owned).collect(),
            by_hand: format!("of the service of run {run}"),
            was_begun: false,
            is_asked: false,
        }
    }

    fn numbers(begin: &[RunId]) -> Vec<i64> {
        begin.iter().map(|run| run.0).collect()
    }

    #[test]
    fn what_shares_no_lock_goes_side_by_side() {
        let queue = [waiting(1, "a b"), waiting(2, "c"), waiting(3, "d")];
        assert_eq!(numbers(&may_begin(&queue, &BTreeMap::new())), [1, 2, 3]);
    }

    #[test]
    fn one_that_somebody_asks_something_of_does_not_wait_for_its_turn() {
        let mut asked = waiting(2, "a");
        asked.is_asked = true;
        let queue = [waiting(1, "a"), asked, waiting(3, "a")];
        assert_eq!(numbers(&may_begin(&queue, &BTreeMap::new())), [1, 2]);
    }

    #[test]
    fn what_shares_a_lock_waits_for_those_who_came_before_even_if_they_wait_themselves() {
        let queue = [
            waiting(1, "a"),
            waiting(2, "a b"),
            waiting(3, "b"),
            waiting(4, "c"),
        ];
        assert_eq!(numbers(&may_begin(&queue, &BTreeMap::new())), [1, 4]);
    }

    #[test]
    fn a_lock_of_a_person_or_of_a_run_that_goes_on_holds_the_queue_up() {
        let by = |run: Option<i64>| BTreeMap::from([("a".to_owned(), run.map(RunId))]);
        let queue = [waiting(5, "a b"), waiting(6, "c")];
        assert_eq!(numbers(&may_begin(&queue, &by(None))), [6]);
        assert_eq!(numbers(&may_begin(&queue, &by(Some(4)))), [6]);
        assert_eq!(numbers(&may_begin(&queue, &by(Some(5)))), [5, 6]);
        let of_service = BTreeMap::from([(queue[1].by_hand.clone(), None)]);
        assert_eq!(numbers(&may_begin(&queue, &of_service)), [5]);
    }

    #[test]
    fn what_lost_its_runner_is_taken_over_at_once() {
        let lost = Waiting {
            was_begun: true,
            ..waiting(3, "a")
        };
        let held = BTreeMap::from([("a".to_owned(), Some(RunId(2)))]);
        assert_eq!(numbers(&may_begin(&[lost, waiting(4, "a")], &held)), [3]);
    }
}
