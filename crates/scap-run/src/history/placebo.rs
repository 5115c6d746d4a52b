//! Rollouts that never were: past stretches of time in which two sides are compared that run the same version.

use super::distribution::Quantiles;
use super::{History, Pair, Window};
use crate::evidence::{Counts, Evidence, Settings, SettingsError, Tick, Verdict, float};
use scap_plan::CountersSettings;
use serde::{Deserialize, Serialize};

/// How a kind of comparison would have gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placebo {
    /// Who is compared with whom.
    pub name: String,
    /// Stretches as long as the check may hold a run, one after the other.
    pub rollouts: usize,
    /// Those that the settings of now would have stopped: each a false alarm.
    pub alarms: usize,
    /// Those that would have been promoted early.
    pub passed: usize,
    /// Those that had too few requests on a side.
    pub without_data: usize,
    /// Error rate of the one side over that of the other in a rollout, each with half an error more.
    pub ratio: Quantiles,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Windows of a rollout.
    pub(super) length: usize,
    pub(super) window_milliseconds: u32,
}

/// Comparisons of one kind, as ticks.
pub(super) struct Rollouts {
    name: String,
    all: Vec<Vec<Tick>>,
}

/// How many of them end in which way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ends {
    pub(super) alarms: usize,
    pub(super) passed: usize,
    pub(super) without_data: usize,
}

impl Rollouts {
    /// One half of a release's instances against the other, drawn anew for each rollout; none if it never has two.
    pub(super) fn of_halves(history: &History, shape: Shape) -> Option<Self> {
        let stretches = history.windows.chunks_exact(shape.length).enumerate();
        let all = stretches.map(|(number, stretch)| {
            let half = half(history, stretch, number as u64);
            let is_canary = |place: usize| half.contains(&place);
            let tick = |window: &Window| {
                let canary = window.counts(is_canary);
                let control = window.counts(|place| !is_canary(place));
                tick(canary, control, shape)
            };
            stretch.iter().map(tick).collect()
        });
        let name = format!("halves of the pods of {}", history.release);
        Self::new(name, all.collect())
    }

    /// The sides of a gate as they were before: they ran the same version most of the time.
    pub(super) fn of_pair(histories: &[History], pair: &Pair, shape: Shape) -> Option<Self> {
        let windows = |side: &[usize]| -> Vec<Counts> {
            let length = histories.iter().map(|history| history.windows.len()).min();
            let counts = |window: usize| {
                let mut sum = Counts::default();
                for history in side.iter().filter_map(|place| histories.get(*place)) {
                    let counts = history.windows[window].counts(|_| true);
                    sum.requests = sum.requests.saturating_add(counts.requests);
                    sum.errors = sum.errors.saturating_add(counts.errors);
                }
                sum
            };
            (0..length.unwrap_or(0)).map(counts).collect()
        };
        let (canary, control) = (windows(&pair.canary), windows(&pair.control));
        let ticks = canary.into_iter().zip(control);
        let ticks: Vec<Tick> = ticks
            .map(|(canary, control)| tick(canary, control, shape))
            .collect();
        let all = ticks.chunks_exact(shape.length).map(<[Tick]>::to_vec);
        Self::new(pair.name.clone(), all.collect())
    }

    /// Only with rollouts in which both sides served.
    fn new(name: String, mut all: Vec<Vec<Tick>>) -> Option<Self> {
        let serves = |tick: &Tick| tick.canary.requests > 0 && tick.control.requests > 0;
        all.retain(|ticks| ticks.iter().any(serves));
        (!all.is_empty()).then_some(Self { name, all })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Error rate of the one side over that of the other, over all rollouts: what always differs between them.
    pub(super) fn lasting_ratio(&self) -> f64 {
        let all: Vec<Tick> = self.all.concat();
        ratio(&all).unwrap_or(1.0)
    }

    pub(super) fn judge(&self, settings: &CountersSettings) -> Result<Placebo, SettingsError> {
        let ends = self.ends(settings)?;
        Ok(Placebo {
            name: self.name.clone(),
            rollouts: self.len(),
            alarms: ends.alarms,
            passed: ends.passed,
            without_data: ends.without_data,
            ratio: Quantiles::of(self.all.iter().filter_map(|ticks| ratio(ticks)).collect()),
        })
    }

    pub(super) fn ends(&self, settings: &CountersSettings) -> Result<Ends, SettingsError> {
        let settings = Settings {
            // Nothing starts in them.
            settling_milliseconds: 0,
            ..Settings::from(settings)
        };
        let mut ends = Ends::default();
        for ticks in &self.all {
            match verdict(&settings, ticks)? {
                Verdict::Fail | Verdict::Concern => ends.alarms += 1,
                Verdict::Pass => ends.passed += 1,
                Verdict::NoData => ends.without_data += 1,
                Verdict::Inconclusive => {}
            }
        }
        Ok(ends)
    }
}

fn verdict(settings: &Settings, ticks: &[Tick]) -> Result<Verdict, SettingsError> {
    let mut evidence = Evidence::new(settings.clone())?;
    let mut said = ticks.iter().filter_map(|tick| {
        evidence.vote(tick);
        evidence.verdict(false)
    });
    let first = said.next();
    Ok(first.unwrap_or_else(|| {
        let at_last = evidence.verdict(true);
        at_last.expect("held to the longest there is a verdict")
    }))
}

fn ratio(ticks: &[Tick]) -> Option<f64> {
    let side = |of: fn(&Tick) -> Counts| {
        let counts = ticks.iter().map(of);
        let (errors, requests) = counts.fold((0.5, 0.0), |(errors, requests), counts| {
            (
                errors + float(counts.errors),
                requests + float(counts.requests),
            )
        });
        (requests > 0.0).then(|| errors / requests)
    };
    Some(side(|tick| tick.canary)? / side(|tick| tick.control)?)
}

fn tick(canary: Counts, control: Counts, shape: Shape) -> Tick {
    Tick {
        canary,
        control,
        signatures: Vec::new(),
        milliseconds: shape.window_milliseconds,
    }
}

/// The first half of those that served in the stretch, in an order that is another one for each rollout and the same each
/// time.
fn half(history: &History, stretch: &[Window], number: u64) -> Vec<usize> {
    let served = stretch.iter().flat_map(|window| &window.0);
    let mut places: Vec<usize> = served.map(|(place, _)| *place).collect();
    places.sort_unstable();
    places.dedup();
    places.sort_by_key(|place| shuffled(&history.instances[*place], number));
    places.truncate(places.len() / 2);
    places
}

/// FNV-1a over the number and the name, stirred once more: its last letters alone would say little.
fn shuffled(name: &str, number: u64) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = number.to_le_bytes().into_iter().chain(name.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
