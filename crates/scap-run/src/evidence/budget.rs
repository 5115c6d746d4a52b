//! Evidence that the canary is good: "it fails at least as often as q" refuted by its own counts.

use super::bisection;
use super::counts::Counts;
use super::wealth::{float, ln_sum_exp};

/// Each bets that the true rate is so many times smaller than the refuted one.
const DIVISORS: [f64; 3] = [2.0, 5.0, 20.0];

/// Doublings of the search for the smallest refuted rate: more than the digits of a number have.
const BISECTIONS: usize = 60;

/// ln G, where G is the mean over d of d^(−errors) · exp(requests · q · (1 − 1/d)).
///
/// An e-process against every error probability of q or more, for independent requests: E d^(−X) ≤ exp(−n·q·(1 − 1/d)).
pub(super) fn log_good(canary: Counts, q: f64) -> f64 {
    let terms = DIVISORS.map(|divisor| {
        float(canary.requests) * q * (1.0 - 1.0 / divisor) - float(canary.errors) * divisor.ln()
    });
    ln_sum_exp(&terms) - float(DIVISORS.len() as u64).ln()
}

/// How many errors more of the canary the budget leaves room for at `confidence` to one; none when it has too many.
pub(super) fn errors_to_spare(canary: Counts, q: f64, confidence: f64) -> Option<u64> {
    let fits = |more: u64| {
        let errors = canary.errors.saturating_add(more);
        log_good(Counts { errors, ..canary }, q) >= confidence.ln()
    };
    fits(0).then(|| bisection::last(0, canary.requests.max(1), fits))
}

/// How many requests more of the canary, all of them good, refute `q` at `confidence` to one.
pub(super) fn requests_missing(canary: Counts, q: f64, confidence: f64) -> u64 {
    let are_few = |more: u64| {
        let requests = canary.requests.saturating_add(more);
        log_good(Counts { requests, ..canary }, q) < confidence.ln()
    };
    let mut enough = 1_u64;
    while are_few(enough) && enough < u64::MAX / 2 {
        enough *= 2;
    }
    bisection::last(enough / 2, enough, are_few) + 1
}

/// The smallest error rate that the counts refute at `confidence` to one; none when not even "every request fails" is
/// refuted. Found by bisection, since G grows with q.
pub(super) fn smallest_refuted(canary: Counts, confidence: f64) -> Option<f64> {
    let refuted = |q| log_good(canary, q) >= confidence.ln();
    if !refuted(1.0) {
        return None;
    }
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(below, above);
        if refuted(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    Some(above)
}
