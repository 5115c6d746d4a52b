//! What a check counted over past days, what that says of its settings, and which ones would fit better.

mod distribution;
mod placebo;
mod proposal;

pub use distribution::{Bin, Distribution, Quantiles};
pub use placebo::Placebo;
pub use proposal::Proposal;

use crate::evidence::{Counts, SettingsError};
use placebo::Rollouts;
use scap_plan::CountersSettings;
use serde::{Deserialize, Serialize};

/// What the instances of one release counted, window after window without a gap: those without errors too.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// What people call it.
    pub release: String,
    /// Names of all that there ever were.
    pub instances: Vec<String>,
    pub windows: Vec<Window>,
    /// The commonest kinds of errors first.
    pub kinds: Vec<Kind>,
}

/// Requests and errors in one stretch of time, of those instances that had any, by their places in the history. There are
/// hundreds of thousands of windows in a month.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Window(pub Vec<(usize, Counts)>);

/// A kind of error, by its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    pub signature: String,
    pub errors: u64,
    /// One of them, as it was logged.
    pub example: Option<String>,
}

/// Which histories a gate compares: places in the list of histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub canary: Vec<usize>,
    pub control: Vec<usize>,
}

/// What the past says of a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Over all releases.
    pub distribution: Distribution,
    /// Comparisons in which nothing was deployed as far as is known, judged as rollouts with the settings of now.
    pub placebos: Vec<Placebo>,
    pub proposal: Proposal,
}

/// Looks at `histories`, which have the same windows, each of `window_milliseconds`. Those should be as long as the ticks
/// of a run: a tick is one vote, and with fewer votes there are fewer alarms.
pub fn analyze(
    histories: &[History],
    pairs: &[Pair],
    settings: &CountersSettings,
    window_milliseconds: u32,
) -> Result<Analysis, SettingsError> {
    let hold = settings.maximum_hold.milliseconds() / u64::from(window_milliseconds.max(1));
    let length = usize::try_from(hold).unwrap_or(usize::MAX).max(1);
    let shape = placebo::Shape {
        length,
        window_milliseconds,
    };
    let halves = histories
        .iter()
        .filter_map(|history| Rollouts::of_halves(history, shape));
    let pairs = pairs
        .iter()
        .filter_map(|pair| Rollouts::of_pair(histories, pair, shape));
    let rollouts: Vec<Rollouts> = pairs.chain(halves).collect();
    let judged = rollouts.iter().map(|rollouts| rollouts.judge(settings));
    Ok(Analysis {
        distribution: Distribution::of(histories),
        placebos: judged.collect::<Result<_, _>>()?,
        proposal: Proposal::new(&rollouts, settings)?,
    })
}

impl Window {
    /// Of all instances.
    pub fn sum(&self) -> Counts {
        self.counts(|_| true)
    }

    /// Of the instances whose places `is_meant` takes.
    pub(crate) fn counts(&self, is_meant: impl Fn(usize) -> bool) -> Counts {
        let mut sum = Counts::default();
        for (place, counts) in &self.0 {
            if is_meant(*place) {
                sum.add(*counts);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests;
