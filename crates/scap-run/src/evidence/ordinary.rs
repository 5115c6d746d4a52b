//! What is ordinary of a service, learnt from what was counted in former rollouts.

use super::counts::Tick;
use super::wealth::float;
use scap_plan::{Ordinary, Period};
use std::collections::{BTreeMap, BTreeSet};

/// Lengths of bursts that are looked for.
const BURSTS_SECONDS: [u64; 3] = [10, 30, 60];
/// Partners that errors must have had in all, by chance or not, before anything is said.
const FEWEST_PARTNERS: f64 = 5.0;
/// How many times as many partners as by chance there must be: within few rollouts, and in many, if they agree.
const CLEARLY: f64 = 1.5;
const SLIGHTLY: f64 = 1.05;
/// Rollouts that can agree, and by how many standard errors.
const FEWEST_ROLLOUTS: usize = 8;
const AGREED: f64 = 3.0;
/// The share of what comes together that a burst must hold.
const HELD: f64 = 0.65;

/// Learns from the ticks of each rollout; what a canary alone had counts only where the rollout was good.
pub fn learn_ordinary<'a>(rollouts: impl IntoIterator<Item = (&'a [Tick], bool)>) -> Ordinary {
    let mut signatures = BTreeSet::new();
    let mut all = Vec::new();
    for (ticks, was_good) in rollouts {
        let kinds = ticks.iter().flat_map(|tick| &tick.signatures);
        let ordinary = kinds.filter(|kind| was_good || kind.control > 0);
        signatures.extend(ordinary.map(|kind| kind.signature.clone()));
        all.push(ticks);
    }
    Ordinary {
        signatures,
        burst: burst(&all),
    }
}

fn burst(rollouts: &[&[Tick]]) -> Option<Period> {
    // Longer windows are fewer.
    let excess = BURSTS_SECONDS.map(|length| (length, clustered(rollouts, length) * float(length)));
    let most = excess.iter().map(|(_, excess)| *excess).fold(0.0, f64::max);
    let mut holding = excess.iter().filter(|(_, excess)| *excess >= HELD * most);
    let (shortest, _) = holding.next().filter(|_| most > 0.0)?;
    Some(Period::from_secs(*shortest))
}

/// How many partners errors have that are of their own cause, which went on writing; 0 where that may be chance.
fn clustered(rollouts: &[&[Tick]], window_seconds: u64) -> f64 {
    let partners = rollouts.iter();
    let partners = partners.map(|ticks| Partners::count(ticks, window_seconds * 1000));
    let partners: Vec<Partners> = partners.collect();
    let found: f64 = partners.iter().map(|it| it.found).sum();
    let by_chance: f64 = partners.iter().map(|it| it.by_chance).sum();
    if found.max(by_chance) < FEWEST_PARTNERS || found < SLIGHTLY * by_chance {
        return 0.0;
    }
    let excess = partners.iter().map(|it| it.found - it.by_chance);
    if found >= CLEARLY * by_chance || agree(&excess.collect::<Vec<f64>>()) {
        found - by_chance
    } else {
        0.0
    }
}

/// Whether these are above 0 by more than chance.
fn agree(values: &[f64]) -> bool {
    let count = float(values.len() as u64);
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    values.len() >= FEWEST_ROLLOUTS && mean * count > AGREED * squares.sqrt()
}

/// How many other errors of its kind an error of the control has in its window, summed over the windows, and how many it
/// would have by chance. Those of its own tick do not count: they have one vote with it.
///
/// Method: traffic and outages bring errors of all kinds together, and leave it to chance which are of one kind. A cause
/// that goes on writing brings its own kind together. Where there is one kind only, ticks that are shuffled are the chance.
#[derive(Clone, Copy, Debug, Default)]
struct Partners {
    found: f64,
    by_chance: f64,
}

impl Partners {
    fn count(ticks: &[Tick], window_milliseconds: u64) -> Self {
        let mut elapsed_milliseconds = 0_u64;
        let windows = ticks.chunk_by(|tick, _| {
            let before = elapsed_milliseconds / window_milliseconds;
            elapsed_milliseconds += u64::from(tick.milliseconds);
            before == elapsed_milliseconds / window_milliseconds
        });
        let windows: Vec<Sums> = windows.map(Sums::of).collect();
        let whole = Sums::of(ticks);
        let (one, two) = whole.pairs();
        let mut partners = Self::default();
        for window in windows.iter().filter(|window| window.errors > 0.0) {
            let (of_one, of_two) = window.pairs();
            partners.found += of_one / window.errors;
            if two > 0.0 {
                partners.by_chance += (of_one + of_two) * one / (one + two) / window.errors;
            }
        }
        if two == 0.0 && one > 0.0 {
            let (count, windows) = (float(ticks.len() as u64), float(windows.len() as u64));
            // That two different ticks share a window.
            let chance = ((count / windows - 1.0) / (count - 1.0)).max(0.0);
            partners.by_chance = one * chance * windows / whole.errors;
        }
        partners
    }
}

/// Errors of the control in some ticks.
#[derive(Default)]
struct Sums<'a> {
    /// The sum over the ticks, and the sum of squares, by kind.
    kinds: BTreeMap<&'a str, (f64, f64)>,
    errors: f64,
    squares: f64,
}

impl<'a> Sums<'a> {
    fn of(ticks: &'a [Tick]) -> Self {
        let mut sums = Self::default();
        for tick in ticks {
            sums.take(tick);
        }
        sums
    }

    fn take(&mut self, tick: &'a Tick) {
        let kinds = tick.signatures.iter();
        let kinds = kinds.map(|kind| (kind.signature.as_str(), kind.control));
        let unknown = tick
            .signatures
            .is_empty()
            .then_some(("", tick.control.errors));
        let mut all = 0.0;
        for (kind, errors) in kinds.chain(unknown).filter(|(_, errors)| *errors > 0) {
            let errors = float(errors);
            let (sum, squares) = self.kinds.entry(kind).or_default();
            *sum += errors;
            *squares += errors * errors;
            all += errors;
        }
        self.errors += all;
        self.squares += all * all;
    }

    /// Pairs of errors in different ticks, of one kind and of two.
    fn pairs(&self) -> (f64, f64) {
        let one = self
            .kinds
            .values()
            .map(|(sum, squares)| sum * sum - squares);
        let one = one.sum::<f64>();
        (one, self.errors * self.errors - self.squares - one)
    }
}
