//! What the verdict is held to, with its defaults and limits.

use scap_plan::{Counters, CountersSettings, Period};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wealth::Bets;

/// The knobs of the evidence. The defaults keep false alarms of a whole rollout below one in a hundred.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Probability that a healthy rollout is ever stopped. In a batch of M services, 1 % divided by M.
    pub false_alarm_rate: f64,
    /// Error rate of the canary over that of the control that still counts as healthy.
    pub tolerated_ratio: f64,
    /// How often a new start is opened, so that a late fault is not weighed against a long healthy past.
    pub restart_every_milliseconds: u64,
    /// Ticks within so long share one vote on mild ratios; 0 lets each tick vote by itself.
    pub window_milliseconds: u64,
    /// How long one cause may go on writing errors of one kind: ticks within so long share one vote on any ratio.
    pub burst_milliseconds: u64,
    /// How long the canary's instances are not judged at all, from the begin.
    pub warm_up_milliseconds: u64,
    /// How long the canary's instances may have more of the ordinary errors, as a cold start brings them.
    pub settling_milliseconds: u64,
    /// How many times as many that may be as later.
    pub settling_factor: u32,
    /// How many kinds of errors are followed by themselves; further ones count among all errors only.
    pub maximum_signatures: u32,
    /// Errors per canary request that must be refuted before an early promotion.
    pub error_budget: f64,
    /// How many to one the error budget must be refuted.
    pub promote_confidence: f64,
    /// No early promotion before, counted from the end of the warm-up.
    pub minimum_hold_milliseconds: u64,
    /// Requests that each side must have had before the silence of errors means anything.
    pub minimum_requests: u64,
    /// A side without requests for so long no longer speaks for anything.
    pub longest_silence_milliseconds: u64,
    /// What the counts of errors are: for people only.
    #[serde(skip_serializing_if = "Counted::is_errors")]
    pub counted: Counted,
}

/// What is counted against a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    #[default]
    Errors,
    /// Requests that took longer than they should.
    SlowRequests,
}

impl Counted {
    /// What people call them, in the plural.
    pub fn words(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::SlowRequests => "slow requests",
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands a reference over"
    )]
    fn is_errors(&self) -> bool {
        *self == Self::Errors
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            false_alarm_rate: 0.01,
            tolerated_ratio: 1.25,
            restart_every_milliseconds: 60_000,
            window_milliseconds: 5_000,
            burst_milliseconds: 0,
            warm_up_milliseconds: 0,
            settling_milliseconds: 45_000,
            settling_factor: 10,
            maximum_signatures: 50,
            error_budget: 0.005,
            promote_confidence: 20.0,
            minimum_hold_milliseconds: 30_000,
            minimum_requests: 100,
            longest_silence_milliseconds: 60_000,
            counted: Counted::Errors,
        }
    }
}

/// Of a hold, in milliseconds: most of it is left for what instances do once they have settled.
pub(super) fn longest_settling(hold: Period) -> u64 {
    hold.milliseconds() / 4
}

impl From<&CountersSettings> for Settings {
    /// What a check declares, and defaults for the rest.
    fn from(settings: &CountersSettings) -> Self {
        let default = Self::default();
        Self {
            false_alarm_rate: settings.false_alarm_rate,
            tolerated_ratio: settings.tolerated_ratio,
            error_budget: settings.error_budget,
            minimum_requests: settings.minimum_requests,
            minimum_hold_milliseconds: settings.minimum_hold.milliseconds(),
            warm_up_milliseconds: settings.warm_up.map_or(0, Period::milliseconds),
            burst_milliseconds: settings.burst.map_or(0, Period::milliseconds),
            settling_milliseconds: default
                .settling_milliseconds
                .min(longest_settling(settings.maximum_hold)),
            ..default
        }
    }
}

impl From<&Counters> for Settings {
    fn from(check: &Counters) -> Self {
        let counted = if check.source.slow_above().is_some() {
            Counted::SlowRequests
        } else {
            Counted::Errors
        };
        Self {
            counted,
            ..Self::from(&check.settings)
        }
    }
}

impl Settings {
    /// Natural logarithm of the e-value that is an alarm: 1 / `false_alarm_rate` (Ville's inequality).
    pub fn limit(&self) -> f64 {
        -self.false_alarm_rate.ln()
    }

    /// The first moment of an early promotion.
    pub(super) fn shortest_hold(&self) -> u64 {
        let hold = self.minimum_hold_milliseconds;
        hold.saturating_add(self.warm_up_milliseconds)
    }

    /// For how long ticks share one vote on these ratios.
    pub(super) fn window(&self, bets: Bets) -> u64 {
        match bets {
            Bets::Mild => self.window_milliseconds.max(self.burst_milliseconds),
            Bets::Severe => self.burst_milliseconds,
        }
    }

    /// Refuses values for which the guarantees would be void.
    pub fn validate(&self) -> Result<(), SettingsError> {
        use SettingsError as E;
        let rate = self.false_alarm_rate;
        if !(rate > 0.0 && rate <= 0.5) {
            return Err(E::FalseAlarmRate { found: rate });
        }
        let ratio = self.tolerated_ratio;
        if !(1.0..=1000.0).contains(&ratio) {
            return Err(E::ToleratedRatio { found: ratio });
        }
        let signatures = self.maximum_signatures;
        if signatures > 1000 {
            return Err(E::MaximumSignatures { found: signatures });
        }
        let budget = self.error_budget;
        if !(budget > 0.0 && budget <= 1.0) {
            return Err(E::ErrorBudget { found: budget });
        }
        let confidence = self.promote_confidence;
        if !(confidence > 1.0 && confidence.is_finite()) {
            return Err(E::PromoteConfidence { found: confidence });
        }
        for (name, found) in [
            (
                "restart_every_milliseconds",
                self.restart_every_milliseconds,
            ),
            ("minimum_requests", self.minimum_requests),
            ("settling_factor", u64::from(self.settling_factor)),
            (
                "longest_silence_milliseconds",
                self.longest_silence_milliseconds,
            ),
        ] {
            if found == 0 {
                return Err(E::Zero { name });
            }
        }
        Ok(())
    }
}

/// A setting outside of what it may be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    #[error("`false_alarm_rate` must be above 0 and at most 0.5, not `{found}`")]
    FalseAlarmRate { found: f64 },
    #[error("`tolerated_ratio` must be from 1 to 1000, not `{found}`")]
    ToleratedRatio { found: f64 },
    #[error("`maximum_signatures` must be at most 1000, not `{found}`")]
    MaximumSignatures { found: u32 },
    #[error("`error_budget` must be above 0 and at most 1, not `{found}`")]
    ErrorBudget { found: f64 },
    #[error("`promote_confidence` must be above 1 and finite, not `{found}`")]
    PromoteConfidence { found: f64 },
    #[error("`{name}` must be above 0")]
    Zero { name: &'static str },
}
