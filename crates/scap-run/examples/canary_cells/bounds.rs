//! What can be said for certain: about a rate from counts, and about any rule at all.

#[path = "../../tests/evidence/bounds.rs"]
mod exact;

use crate::rule::{LAG_SECONDS, ROLLBACK_SECONDS};
use crate::world::Level;
use exact::at_most;

/// Of a bound on a rate of false alarms.
const CONFIDENCE: f64 = 0.99;
const FALSE_ALARM_RATE: f64 = 0.01;
const BISECTIONS: usize = 60;

/// The upper bound of Clopper and Pearson at 99 %, one-sided.
pub(crate) fn upper_bound(seen: u64, of: u64) -> f64 {
    if seen >= of {
        return 1.0;
    }
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(below, above);
        if at_most(seen, of, middle) > 1.0 - CONFIDENCE {
            below = middle;
        } else {
            above = middle;
        }
    }
    above
}

/// Seconds from the fault's beginning to the alarm that no test of that false-alarm rate beats on average, even one that
/// knows the fault, where nothing but Poisson noise is (Wald); and the requests that fail meanwhile.
pub(crate) fn wald(level: &Level, fault: f64, share: f64) -> (f64, f64) {
    let (requests, base) = (level.requests_per_second, level.base_error_rate);
    let canary = share * requests * (base + fault);
    let control = (1.0 - share) * requests * base;
    let odds = canary / (canary + control);
    let information = canary * (odds / share).ln() + control * ((1.0 - odds) / (1.0 - share)).ln();
    let seconds = -FALSE_ALARM_RATE.ln() / information + f64::from(LAG_SECONDS);
    let failed = fault * share * requests * (seconds + f64::from(ROLLBACK_SECONDS));
    (seconds, failed)
}
