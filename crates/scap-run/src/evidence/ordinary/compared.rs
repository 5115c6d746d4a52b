//! How many errors good canaries had beside their controls.

use super::{agree, sum, young};
use crate::evidence::counts::Tick;
use crate::evidence::wealth::float;
use crate::evidence::{Counts, Settings};

/// Errors that canaries must have been expected to have, young ones and all, before anything is said.
const FEWEST_OF_YOUNG: f64 = 4.0;
const FEWEST: f64 = 20.0;
/// How many times as many as expected they may have had, and how many standard errors beyond, if a start brings none.
const HARDLY: f64 = 1.5;
const BY_CHANCE: f64 = 2.0;
/// No service is so different on a canary that more is tolerated.
const GREATEST_RATIO: f64 = 3.0;

/// Errors of canaries, and how many they would have had at their controls' rate.
#[derive(Clone, Copy, Default)]
struct Compared {
    found: f64,
    expected: f64,
}

impl Compared {
    fn new(canary: &[Tick], control: Counts) -> Self {
        let canary = sum(canary.iter().map(|tick| &tick.canary));
        Self {
            found: float(canary.errors),
            expected: float(canary.requests) * control.rate().unwrap_or_default(),
        }
    }

    fn sum(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |sum, it| Self {
            found: sum.found + it.found,
            expected: sum.expected + it.expected,
        })
    }
}

/// Whether canaries had more errors while their instances were young; nothing where too few were expected.
pub(super) fn settles(good: &[&[Tick]]) -> Option<bool> {
    let young = |ticks: &&[Tick]| Compared::new(&ticks[..young(ticks)], control(ticks));
    let young: Vec<Compared> = good.iter().map(young).collect();
    let Compared { found, expected } = Compared::sum(&young);
    let by_chance = HARDLY * expected + BY_CHANCE * expected.sqrt();
    (expected >= FEWEST_OF_YOUNG).then_some(found > by_chance)
}

/// The error rates of canaries beside those of their controls, a rollout each and of all.
pub(super) struct Rates {
    each: Vec<Compared>,
    all: Compared,
}

impl Rates {
    pub(super) fn of(good: &[&[Tick]]) -> Self {
        let each = good.iter();
        let each: Vec<Compared> = each
            .map(|ticks| Compared::new(ticks, control(ticks)))
            .collect();
        let all = Compared::sum(&each);
        Self { each, all }
    }

    /// Canaries' over controls'; 1 where those have no errors.
    pub(super) fn ratio(&self) -> f64 {
        if self.all.expected > 0.0 {
            self.all.found / self.all.expected
        } else {
            1.0
        }
    }

    /// How many times as many errors as their controls canaries may have, where they clearly had more without any harm: for
    /// what their requests are, or for where they run.
    pub(super) fn tolerable(&self) -> Option<f64> {
        let excess = self.each.iter().map(|it| it.found - it.expected);
        let is_clear = self.all.expected >= FEWEST && agree(&excess.collect::<Vec<f64>>());
        let tolerated = Settings::default().tolerated_ratio;
        is_clear.then(|| (self.ratio() * tolerated).min(GREATEST_RATIO))
    }
}

fn control(ticks: &[Tick]) -> Counts {
    sum(ticks.iter().map(|tick| &tick.control))
}
