//! The rules that the field uses, as they are shipped; each limit can be set, so that their false alarms can be fitted.

use crate::rule::Rule;
use crate::streams::{binomial, number};
use rand_chacha::ChaCha8Rng;
use scap_run::evidence::Tick;

const FIRST_SHARE: f64 = 0.05;

/// A fixed threshold: errors of 20 s at the first share, then once more with everything promoted (scap).
pub(crate) struct FixedThreshold {
    limits: [f64; 2],
    errors: u64,
    /// The errors of both windows, as far as they were looked at.
    pub(crate) windows: [f64; 2],
}

pub(crate) const WINDOW_SECONDS: u32 = 20;

impl FixedThreshold {
    /// Errors of the canary, then of everything, from which on it is stopped.
    pub(crate) fn new(limits: [f64; 2]) -> Self {
        Self {
            limits,
            errors: 0,
            windows: [0.0; 2],
        }
    }
}

impl Rule for FixedThreshold {
    fn share(&self, elapsed_seconds: u32) -> f64 {
        if elapsed_seconds < WINDOW_SECONDS {
            FIRST_SHARE
        } else {
            1.0
        }
    }

    fn is_stopped(&mut self, tick: &Tick, elapsed_seconds: u32, _: &mut ChaCha8Rng) -> bool {
        self.errors += tick.canary.errors;
        let window = match elapsed_seconds {
            WINDOW_SECONDS => 0,
            seconds if seconds == 2 * WINDOW_SECONDS => 1,
            _ => return false,
        };
        self.windows[window] = number(std::mem::take(&mut self.errors));
        self.windows[window] >= self.limits[window]
    }

    fn promoted_seconds(&self) -> u32 {
        WINDOW_SECONDS
    }
}

/// Each minute the error rate is at most so much, or the share is not raised; the fifth failure ends it (Flagger).
pub(crate) struct FixedRate {
    errors_per_request: f64,
    share: f64,
    failures: u32,
    errors: u64,
    requests: u64,
}

impl FixedRate {
    const FAILURES: u32 = 5;
    const STEP: f64 = 0.05;
    const TOP: f64 = 0.5;
    pub(crate) const SHIPPED: f64 = 0.01;

    pub(crate) fn new(errors_per_request: f64) -> Self {
        Self {
            errors_per_request,
            share: FIRST_SHARE,
            failures: 0,
            errors: 0,
            requests: 0,
        }
    }
}

impl Rule for FixedRate {
    fn share(&self, _: u32) -> f64 {
        self.share
    }

    fn is_stopped(&mut self, tick: &Tick, elapsed_seconds: u32, _: &mut ChaCha8Rng) -> bool {
        self.errors += tick.canary.errors;
        self.requests += tick.canary.requests;
        if !elapsed_seconds.is_multiple_of(60) {
            return false;
        }
        let most = self.errors_per_request * number(self.requests.max(1));
        let is_bad = number(std::mem::take(&mut self.errors)) > most;
        self.requests = 0;
        if is_bad {
            self.failures += u32::from(self.share < 1.0);
            return self.failures == Self::FAILURES && self.share < 1.0;
        }
        self.share = if self.share >= Self::TOP {
            1.0
        } else {
            self.share + Self::STEP
        };
        false
    }

    fn promoted_seconds(&self) -> u32 {
        600
    }

    fn watched_seconds(&self) -> u32 {
        1200
    }
}

/// Mann-Whitney over points of ten seconds, against a baseline of the canary's size (Kayenta): 98 % interval, tolerance
/// a quarter of the Hodges-Lehmann estimate.
pub(crate) struct RankTest {
    critical: f64,
    canary: Vec<f64>,
    baseline: Vec<f64>,
    errors: [u64; 2],
    requests: [u64; 2],
    /// The greatest statistic so far.
    pub(crate) greatest: f64,
}

impl RankTest {
    const POINT_SECONDS: u32 = 10;
    const FIRST_POINTS: usize = 30;
    const POINTS: usize = 60;
    const TOLERANCE: f64 = 0.25;
    pub(crate) const SHIPPED: f64 = 2.3263;

    pub(crate) fn new(critical: f64) -> Self {
        Self {
            critical,
            canary: Vec::new(),
            baseline: Vec::new(),
            errors: [0; 2],
            requests: [0; 2],
            greatest: f64::NEG_INFINITY,
        }
    }

    fn end_point(&mut self) {
        let rate = |side: usize| number(self.errors[side]) / number(self.requests[side].max(1));
        let (canary, baseline) = (rate(0), rate(1));
        self.canary.push(canary);
        self.baseline.push(baseline);
        (self.errors, self.requests) = ([0; 2], [0; 2]);
    }

    /// The normal approximation of U, with ties and continuity; none without any spread.
    fn statistic(&self) -> Option<f64> {
        let points = self.canary.len();
        let differences = self
            .canary
            .iter()
            .flat_map(|canary| self.baseline.iter().map(move |baseline| canary - baseline));
        let mut differences: Vec<f64> = differences.collect();
        differences.sort_by(f64::total_cmp);
        let tolerated = Self::TOLERANCE * median(&differences).abs();
        let above = differences.iter().filter(|it| **it > tolerated).count();
        #[expect(clippy::float_cmp, reason = "ties are what is counted")]
        let equal = differences.iter().filter(|it| **it == tolerated).count();
        let count = count(points);
        let above_the_mean = self::count(above) + 0.5 * self::count(equal) - count * count / 2.0;
        let moved = self.canary.iter().map(|canary| canary - tolerated);
        let ties = ties(moved.chain(self.baseline.iter().copied()));
        let spread =
            count * count / 12.0 * (2.0 * count + 1.0 - ties / (2.0 * count * (2.0 * count - 1.0)));
        let sign = if above_the_mean == 0.0 {
            0.0
        } else {
            above_the_mean.signum()
        };
        (spread > 0.0).then(|| (above_the_mean - sign * 0.5) / spread.sqrt())
    }
}

impl Rule for RankTest {
    fn share(&self, elapsed_seconds: u32) -> f64 {
        if elapsed_seconds < 600 {
            FIRST_SHARE
        } else {
            1.0
        }
    }

    fn is_stopped(&mut self, tick: &Tick, elapsed_seconds: u32, random: &mut ChaCha8Rng) -> bool {
        if self.canary.len() == Self::POINTS {
            return false;
        }
        // As many of the control's requests as the canary has.
        let part = FIRST_SHARE / (1.0 - FIRST_SHARE);
        self.errors[0] += tick.canary.errors;
        self.requests[0] += tick.canary.requests;
        self.errors[1] += binomial(random, tick.control.errors, part);
        self.requests[1] += binomial(random, tick.control.requests, part);
        if !elapsed_seconds.is_multiple_of(Self::POINT_SECONDS) {
            return false;
        }
        self.end_point();
        let is_due = self.canary.len() >= Self::FIRST_POINTS && elapsed_seconds.is_multiple_of(60);
        let Some(statistic) = is_due.then(|| self.statistic()).flatten() else {
            return false;
        };
        self.greatest = self.greatest.max(statistic);
        statistic > self.critical
    }

    fn promoted_seconds(&self) -> u32 {
        600
    }
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// Σ t³ − t over the groups of equal values.
fn ties(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    #[expect(clippy::float_cmp, reason = "ties are what is counted")]
    let groups = values.chunk_by(|a, b| a == b);
    groups
        .map(|group| count(group.len()).powi(3) - count(group.len()))
        .sum()
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand points")]
fn count(items: usize) -> f64 {
    items as f64
}
