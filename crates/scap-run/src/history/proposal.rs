//! Settings that would have fitted the past: found by judging it, not by a formula.

use super::placebo::{Ends, Rollouts};
use crate::evidence::SettingsError;
use scap_plan::CountersSettings;
use serde::{Deserialize, Serialize};

/// Ratios that are tried, from the strictest up.
const RATIOS: [f64; 11] = [1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0];
/// Error rates that are tried, from the strictest up.
const BUDGETS: [f64; 14] = [
    0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
    0.2,
];
/// Share of healthy rollouts that an error budget has to promote early.
const PROMOTED: f64 = 0.9;

/// A lasting ratio that is above one of those tried by so little is that one, measured.
const NEARLY: f64 = 0.95;

/// What the past proposes; none where nothing that is tried would do, or there is no past to judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The smallest that is no less than what always differs, and with which no more placebos alarm than the check's
    /// `false_alarm_rate` allows.
    pub tolerated_ratio: Option<f64>,
    /// The smallest with which nine of ten placebos are promoted early.
    pub error_budget: Option<f64>,
    /// How many placebos that stands on.
    pub rollouts: usize,
}

impl Proposal {
    pub(super) fn new(
        rollouts: &[Rollouts],
        settings: &CountersSettings,
    ) -> Result<Self, SettingsError> {
        let count = rollouts.iter().map(Rollouts::len).sum();
        let mut proposal = Self {
            tolerated_ratio: None,
            error_budget: None,
            rollouts: count,
        };
        if count == 0 {
            return Ok(proposal);
        }
        // A promotion that came early would hide an alarm that comes late.
        let strict = CountersSettings {
            error_budget: BUDGETS[0],
            ..settings.clone()
        };
        let allowed = settings.false_alarm_rate;
        let lasting = rollouts.iter().map(Rollouts::lasting_ratio);
        let lasting = lasting.fold(1.0, f64::max);
        let unjust = RATIOS
            .iter()
            .filter(|ratio| **ratio < lasting * NEARLY)
            .count();
        proposal.tolerated_ratio = smallest(
            &RATIOS[unjust..],
            rollouts,
            |tolerated_ratio| CountersSettings {
                tolerated_ratio,
                ..strict.clone()
            },
            |ends, of| share(ends.alarms, of) <= allowed,
        )?;
        let tolerated_ratio = proposal.tolerated_ratio.unwrap_or(settings.tolerated_ratio);
        proposal.error_budget = smallest(
            &BUDGETS,
            rollouts,
            |budget| CountersSettings {
                tolerated_ratio,
                error_budget: budget,
                ..settings.clone()
            },
            |ends, of| share(ends.passed, of) >= PROMOTED,
        )?;
        Ok(proposal)
    }
}

/// The first of `values` whose settings do for each kind of comparison; found by bisection, as with each value they do
/// at least as well as with a smaller one.
fn smallest(
    values: &[f64],
    rollouts: &[Rollouts],
    with: impl Fn(f64) -> CountersSettings,
    does: impl Fn(Ends, usize) -> bool,
) -> Result<Option<f64>, SettingsError> {
    let does_for_all = |value: f64| {
        let settings = with(value);
        for kind in rollouts {
            if !does(kind.ends(&settings)?, kind.len()) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let (mut below, mut end) = (0, values.len());
    while below < end {
        let middle = usize::midpoint(below, end);
        if does_for_all(values[middle])? {
            end = middle;
        } else {
            below = middle + 1;
        }
    }
    Ok(values.get(end).copied())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rollouts are counted in thousands"
)]
fn share(part: usize, of: usize) -> f64 {
    part as f64 / of as f64
}
