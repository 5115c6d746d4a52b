//! What all trials together came to.

use crate::trial::{Recovery, Story};
use crate::victim::Point;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Tally {
    counted: BTreeMap<String, usize>,
    kills: usize,
    second_kills: usize,
    recoveries: Vec<Recovery>,
    stories: usize,
}

/// After so many trials, what they came to so far is told.
const CHAPTER: usize = 250;

impl Tally {
    pub(crate) fn add(&mut self, story: &Story) {
        self.stories += 1;
        self.kills += story.hits.len();
        self.second_kills += story.hits.len().saturating_sub(1);
        self.recoveries.extend(&story.recoveries);
        let mut count = |what: String| *self.counted.entry(what).or_default() += 1;
        for kill in &story.hits {
            let kind = match kill.point {
                Point::Seen(_) => "after an event was seen",
                Point::Write(_) => "before a write",
                Point::Sync(_) => "before a sync",
            };
            let children = if kill.with_children {
                ", children too"
            } else {
                ", alone"
            };
            let who = story.person.as_ref().map_or("scap", |_| "the runner");
            count(format!("{who} killed {kind}{children}"));
            count(format!("killed in `{}`", story.scenario.name));
        }
        count(match (&story.state, story.hits.is_empty()) {
            (_, true) => "the kill came too late".to_owned(),
            (None, _) => "killed before there was a run".to_owned(),
            (Some(state), _) if state.resumed == 0 => "killed after the end".to_owned(),
            (Some(state), _) => format!("resumed, and {}", state.outcome.unwrap().words()),
        });
    }

    pub(crate) fn ends_chapter(&self) -> bool {
        self.stories.is_multiple_of(CHAPTER)
    }

    /// Kills that came too late are none.
    pub(crate) fn assert_enough(&self, kills: usize) {
        let least = kills * 9 / 10;
        assert!(self.kills >= least, "{} kills of {kills}", self.kills);
    }

    /// Of most, that is: a machine that is busy with other things may take its time with some.
    pub(crate) fn assert_in_time(&self) {
        const LONGEST: Duration = Duration::from_secs(5);
        let late = |it: &&Recovery| it.since_lease > LONGEST;
        let late = self.recoveries.iter().filter(late).count();
        let all = self.recoveries.len();
        assert!(late * 10 <= all, "{late} of {all} recoveries began late");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} kills, {} of them second ones",
            self.kills, self.second_kills
        )?;
        for (what, number) in &self.counted {
            writeln!(f, "{number:>6}  {what}")?;
        }
        let spread = |what: fn(&Recovery) -> Duration| {
            let mut times: Vec<Duration> = self.recoveries.iter().map(what).collect();
            times.sort();
            let at = |percent: usize| {
                times
                    .get(times.len().saturating_sub(1) * percent / 100)
                    .copied()
                    .unwrap_or_default()
            };
            format!("p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100))
        };
        writeln!(
            f,
            "from the kill to resumed: {}",
            spread(|it| it.since_kill)
        )?;
        writeln!(
            f,
            "from the end of the lease to resumed: {}",
            spread(|it| it.since_lease)
        )
    }
}
