//! Whether what the watches show is fresh: time in which it is not is nobody's fault, and counts for no patience.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::live::{Change, Watched};
use super::watch::Blindness;

/// The server may forget rights for a moment when it is restarted.
const RIGHTS_PATIENCE: Duration = Duration::from_secs(5);
/// A watch that is cut and comes back is not worth a word.
const NOTABLE: Duration = Duration::from_secs(5);

pub(super) struct Sight {
    watched: Vec<Watched>,
    /// By place; a watch that has not shown anything yet is blind without a reason.
    blind: BTreeMap<usize, Blind>,
    last: Instant,
    /// In which everything could be seen.
    pub(super) seen: Duration,
    pub(super) unseen: Duration,
}

struct Blind {
    since: Instant,
    why: Option<Blindness>,
}

impl Sight {
    pub(super) fn new(watched: &[Watched], now: Instant) -> Self {
        let blind = |_| Blind {
            since: now,
            why: None,
        };
        let places = 0..watched.len();
        Self {
            watched: watched.to_vec(),
            blind: places.map(|place| (place, blind(place))).collect(),
            last: now,
            seen: Duration::ZERO,
            unseen: Duration::ZERO,
        }
    }

    /// Counts the time until `now`.
    pub(super) fn pass(&mut self, now: Instant) {
        let passed = now.duration_since(self.last);
        self.last = now;
        if self.blind.is_empty() {
            self.seen += passed;
        } else {
            self.unseen += passed;
        }
    }

    /// Takes in what a watch has shown; gives a watch that the user has no right to and that can be done without, once.
    pub(super) fn take(&mut self, change: Change, now: Instant) -> Option<&Watched> {
        self.pass(now);
        let Change { watch, seen } = change;
        let Err(why) = seen else {
            self.blind.remove(&watch);
            return None;
        };
        let watched = &self.watched[watch];
        if why.is_forbidden && !watched.is_needed {
            return self.blind.remove(&watch).map(|_| watched);
        }
        let since = self.blind.get(&watch).map_or(now, |blind| blind.since);
        let why = Some(why);
        self.blind.insert(watch, Blind { since, why });
        None
    }

    /// A right that is certainly missing, and without which readiness cannot be told.
    pub(super) fn forbidden(&self) -> Option<(&Watched, &Blindness)> {
        self.blind.iter().find_map(|(watch, blind)| {
            let why = blind.why.as_ref().filter(|why| why.is_forbidden)?;
            let lasted = self.last.duration_since(blind.since) >= RIGHTS_PATIENCE;
            lasted.then_some((&self.watched[*watch], why))
        })
    }

    /// Why something cannot be seen at the moment, if that is known.
    pub(super) fn why_blind(&self) -> Option<(&Watched, &Blindness)> {
        self.blind
            .iter()
            .find_map(|(watch, blind)| Some((&self.watched[*watch], blind.why.as_ref()?)))
    }

    /// What has not been seen for so long that a person should know.
    pub(super) fn missed(&self) -> Option<&Watched> {
        let mut blind = self.blind.iter();
        blind.find_map(|(watch, blind)| {
            let lasted = self.last.duration_since(blind.since) >= NOTABLE;
            lasted.then_some(&self.watched[*watch])
        })
    }

    /// Whether every watch has shown something, or why it cannot.
    pub(super) fn has_begun(&self) -> bool {
        self.blind.values().all(|blind| blind.why.is_some())
    }

    pub(super) fn is_blind(&self) -> bool {
        !self.blind.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::error::ServerError;
    use scap_plan::Namespace;

    const DEPLOYMENTS: usize = 0;
    const PODS: usize = 1;

    fn watched() -> [Watched; 2] {
        [("deployments.apps", true), ("pods", false)].map(|(resource, is_needed)| Watched {
            resource,
            namespace: Namespace::new("shop").unwrap(),
            is_needed,
        })
    }

    fn shown(watch: usize) -> Change {
        Change {
            watch,
            seen: Ok(()),
        }
    }

    fn lost(watch: usize, is_forbidden: bool) -> Change {
        let error = ServerError::Refused("no".to_owned());
        let seen = Err(Blindness {
            is_forbidden,
            error,
        });
        Change { watch, seen }
    }

    #[test]
    fn time_counts_only_while_everything_is_seen() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut sight = Sight::new(&watched(), start);
        sight.take(shown(DEPLOYMENTS), at(1));
        assert!(!sight.has_begun() && sight.missed().is_none());
        sight.take(shown(PODS), at(2));
        sight.take(lost(PODS, false), at(12));
        assert!(sight.has_begun() && sight.missed().is_none());
        sight.take(lost(PODS, false), at(20));
        assert!(sight.is_blind() && sight.why_blind().is_some());
        assert_eq!(sight.missed().unwrap().resource, "pods");
        sight.take(shown(PODS), at(32));
        sight.pass(at(33));
        let counted = (sight.seen.as_secs(), sight.unseen.as_secs());
        assert_eq!(counted, (11, 22));
        assert!(!sight.is_blind() && sight.why_blind().is_none());
    }

    #[test]
    fn a_missing_right_is_certain_after_a_while_and_told_once_where_it_can_be_done_without() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut sight = Sight::new(&watched(), start);
        let told = sight.take(lost(PODS, true), at(1));
        assert_eq!(told.unwrap().resource, "pods");
        assert_eq!(sight.take(lost(PODS, true), at(2)), None);
        sight.take(lost(DEPLOYMENTS, true), at(2));
        assert!(sight.forbidden().is_none());
        sight.pass(at(7));
        assert_eq!(sight.forbidden().unwrap().0.resource, "deployments.apps");
        sight.take(shown(DEPLOYMENTS), at(8));
        assert!(sight.forbidden().is_none());
    }
}
