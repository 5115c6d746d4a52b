//! What counts say for certain about a rate.

/// Probability of at most `most` among `of`. The upper bound of Clopper and Pearson is below a rate exactly if this is
/// below the remaining doubt.
#[allow(clippy::cast_precision_loss, reason = "a few thousand rollouts")]
pub(crate) fn at_most(most: u64, of: u64, rate: f64) -> f64 {
    let mut log_term = of as f64 * (1.0 - rate).ln();
    let mut sum = log_term.exp();
    for k in 1..=most {
        log_term += ((of - k + 1) as f64 / k as f64 * rate / (1.0 - rate)).ln();
        sum += log_term.exp();
    }
    sum
}
