//! What is ordinary of a service, learnt from what was counted in former rollouts.

mod calm;
mod compared;

use super::counts::Tick;
use super::wealth::float;
use super::{Counts, Settings};
use compared::Rates;
use scap_plan::Ordinary;
use std::collections::BTreeSet;

/// Rollouts that can agree, and by how many standard errors.
const FEWEST_ROLLOUTS: usize = 8;
const AGREED: f64 = 3.0;

/// Learns from the ticks of each rollout; what a canary had counts only where the rollout was good.
pub fn learn_ordinary<'a>(rollouts: impl IntoIterator<Item = (&'a [Tick], bool)>) -> Ordinary {
    let (mut signatures, mut good) = (BTreeSet::new(), Vec::new());
    for (ticks, was_good) in rollouts {
        let kinds = ticks.iter().flat_map(|tick| &tick.signatures);
        let ordinary = kinds.filter(|kind| was_good || kind.control > 0);
        signatures.extend(ordinary.map(|kind| kind.signature.clone()));
        // A watch has no control, and says nothing of canaries.
        let is_canary = ticks.iter().any(Tick::is_comparable);
        good.extend((was_good && is_canary).then_some(ticks));
    }
    let settles = compared::settles(&good);
    let settled: Vec<&[Tick]> = match settles {
        Some(false) => good,
        _ => good.into_iter().map(settled).collect(),
    };
    let rates = Rates::of(&settled);
    Ordinary {
        signatures,
        calm: calm::is_calm(&settled, rates.ratio()),
        settles,
        ratio: rates.tolerable(),
    }
}

/// Without the ticks in which the canary's instances were young.
fn settled(ticks: &[Tick]) -> &[Tick] {
    &ticks[young(ticks)..]
}

/// In how many ticks from the begin the canary's instances were young.
fn young(ticks: &[Tick]) -> usize {
    let mut age = 0;
    let settling = Settings::default().settling_milliseconds;
    let is_young = |tick: &&Tick| {
        let is_young = age < settling;
        age += u64::from(tick.milliseconds);
        is_young
    };
    ticks.iter().take_while(is_young).count()
}

fn sum<'a>(counts: impl Iterator<Item = &'a Counts>) -> Counts {
    let mut sum = Counts::default();
    counts.for_each(|counts| sum.add(*counts));
    sum
}

/// Whether these are above 0 by more than chance.
fn agree(values: &[f64]) -> bool {
    let count = float(values.len() as u64);
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    values.len() >= FEWEST_ROLLOUTS && mean * count > AGREED * squares.sqrt()
}
