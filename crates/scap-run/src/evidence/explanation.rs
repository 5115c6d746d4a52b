//! Why a verdict is what it is: the figures, and one plain sentence of them.

mod numbers;
mod sentence;
mod watched;

pub use numbers::thousands;

use scap_plan::Past;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Counts, Evidence, Settings, SignatureCounts, Tick, Verdict, budget, counterfactual};

/// The figures behind a verdict. `Display` makes one sentence of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// None while the evidence is still open.
    pub verdict: Option<Verdict>,
    /// Totals of the canary.
    pub canary: Counts,
    /// Totals of the control.
    pub control: Counts,
    /// The kind of error that speaks loudest against the canary.
    pub signature: Option<SignatureCounts>,
    /// Whether that kind alone says more than all errors together.
    pub is_led_by_signature: bool,
    /// Natural logarithm of the greatest e-value there was; its e-th power to one is the certainty of a failure.
    pub log_e_max: f64,
    /// Natural logarithm of the e-value against the error budget.
    pub log_good: f64,
    /// The smallest share of failing canary requests that is refuted at 20 to 1.
    pub smallest_fault_excluded: Option<f64>,
    /// With so many errors of the canary there would have been no alarm when it came, with one more there would: found by
    /// voting again on the same ticks, the errors thinned evenly. None without an alarm or without the ticks.
    pub errors_without_alarm: Option<u64>,
    /// Whether the alarm is not believed, as it may be one cause that goes on writing, and too little is known of the service.
    #[serde(default)]
    pub is_doubted: bool,
    /// For how long a side has had no requests, up to the end.
    pub silent_milliseconds: u64,
    pub settings: Settings,
    /// Where the past stands in the place of a control; that has no counts then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watched>,
}

/// What was watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Watched {
    pub milliseconds: u64,
    pub past: Option<Past>,
}

impl Explanation {
    pub(super) fn new(evidence: &Evidence, verdict: Option<Verdict>, ticks: &[Tick]) -> Self {
        let against = if evidence.is_watch() {
            evidence.commonest_novelty()
        } else {
            let strongest = evidence.signatures.strongest();
            strongest.filter(|kind| kind.log_e() > 0.0)
        };
        Self {
            verdict,
            canary: evidence.canary(),
            control: evidence.control(),
            signature: against.map(|kind| SignatureCounts {
                signature: kind.signature().to_owned(),
                canary: kind.canary(),
                control: kind.control(),
            }),
            is_led_by_signature: against
                .is_some_and(|kind| kind.weighted_log_e() > evidence.log_e_all()),
            log_e_max: evidence.log_e_max(),
            log_good: evidence.log_good(),
            smallest_fault_excluded: evidence.smallest_fault_excluded(),
            errors_without_alarm: counterfactual::errors_without_alarm(&evidence.afresh(), ticks),
            is_doubted: evidence.is_doubted(),
            silent_milliseconds: evidence.silent_milliseconds(),
            settings: evidence.settings.clone(),
            watch: evidence.is_watch().then(|| Watched {
                milliseconds: evidence.elapsed_milliseconds(),
                past: evidence.past().cloned(),
            }),
        }
    }

    /// What would have changed the verdict, if that is known.
    pub fn hint(&self) -> Option<String> {
        let (budget, confidence) = (self.settings.error_budget, self.settings.promote_confidence);
        let words = self.settings.counted.words();
        match self.verdict? {
            Verdict::Fail | Verdict::Concern => {
                let most = numbers::thousands(self.errors_without_alarm?);
                Some(format!(
                    "with {most} {words} of the canary, spread as they were, there would have been no alarm yet"
                ))
            }
            Verdict::Pass => {
                let more = budget::errors_to_spare(self.canary, budget, confidence)?;
                let more = numbers::thousands(more.saturating_add(1));
                Some(format!(
                    "with {more} more {words} of the canary it would not have passed yet"
                ))
            }
            // Enough of them, and not for long enough.
            Verdict::Inconclusive if self.log_good >= confidence.ln() => None,
            Verdict::Inconclusive => {
                let more = budget::requests_missing(self.canary, budget, confidence);
                let more = numbers::thousands(more);
                Some(format!(
                    "with {more} more requests of the canary, all of them good, it would have passed"
                ))
            }
            Verdict::NoData => None,
        }
    }
}
