//! Limits of the field's rules: as they are learnt from history, and as they would have to be for as few false alarms as ours.

use crate::cells::Cell;
use crate::field::{FixedRate, FixedThreshold, RankTest, WINDOW_SECONDS};
use crate::streams::number;
use crate::world::{Fault, Level, Noise, World};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const HISTORY_ROLLOUTS: u64 = 200;
const HISTORY_SECONDS: u32 = 1200;
const SHARES: [f64; 2] = [0.05, 1.0];
const BISECTIONS: usize = 14;

/// Mean + 3 standard deviations over the windows of the history, quiet ones left out, and once more without outliers.
pub(crate) fn learnt_thresholds(level: &Level, noise: Noise, tick_seconds: u32) -> [f64; 2] {
    SHARES.map(|share| {
        let mut windows = Vec::new();
        for seed in 0..HISTORY_ROLLOUTS {
            let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x8157_0b5e);
            let length = (HISTORY_SECONDS, tick_seconds);
            let mut world = World::new(&mut random, (level, noise), Fault::NONE, length, false);
            let errors: Vec<u64> = (0..world.ticks())
                .map(|at| world.observe(&mut random, at, share).0.canary.errors)
                .collect();
            let ticks = (WINDOW_SECONDS / tick_seconds) as usize;
            windows.extend(
                errors
                    .chunks(ticks)
                    .map(|window| window.iter().sum::<u64>()),
            );
        }
        let counts: Vec<f64> = windows
            .into_iter()
            .filter(|it| *it > 0)
            .map(number)
            .collect();
        let limit = three_deviations(&counts);
        let usual: Vec<f64> = counts.into_iter().filter(|it| *it < limit + 1e-9).collect();
        three_deviations(&usual).ceil()
    })
}

fn three_deviations(counts: &[f64]) -> f64 {
    let number = number(counts.len() as u64).max(1.0);
    let mean = counts.iter().sum::<f64>() / number;
    let variance = counts.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / number;
    mean + 3.0 * variance.sqrt()
}

/// Thresholds that at most `alarms` of the healthy rollouts reach, half of them each.
pub(crate) fn fitted_thresholds(cell: &Cell, alarms: u64) -> [f64; 2] {
    let rollouts = cell.healthy(|| FixedThreshold::new([f64::INFINITY; 2]));
    [0, 1].map(|place| {
        let errors = rollouts.iter().map(|(rule, _)| rule.windows[place]);
        highest_but(errors.collect(), alarms.div_ceil(2)) + 1.0
    })
}

pub(crate) fn fitted_rate(cell: &Cell, alarms: u64) -> f64 {
    smallest_rate(|limit| cell.false_alarms(|| FixedRate::new(limit)) <= alarms)
}

pub(crate) fn fitted_rank_test(cell: &Cell, alarms: u64) -> f64 {
    let rollouts = cell.healthy(|| RankTest::new(f64::INFINITY));
    let greatest = rollouts.iter().map(|(rule, _)| rule.greatest);
    let limit = highest_but(greatest.collect(), alarms);
    if limit.is_finite() {
        limit
    } else {
        RankTest::SHIPPED
    }
}

/// What at most `more` of the values exceed.
fn highest_but(mut values: Vec<f64>, more: u64) -> f64 {
    values.sort_by(|a, b| b.total_cmp(a));
    let place = usize::try_from(more).unwrap_or(usize::MAX);
    values.get(place).copied().unwrap_or(f64::INFINITY)
}

/// The smallest rate from which on it holds, by halving on a scale of ratios.
fn smallest_rate(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut below, mut above) = (1e-6_f64, 1.0_f64);
    for _ in 0..BISECTIONS {
        let middle = (below * above).sqrt();
        if holds(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}
