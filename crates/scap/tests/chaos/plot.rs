//! Where scap is to be killed, drawn over all scenarios from a fixed seed.

use crate::place::Place;
use crate::scenario::{SCENARIOS, Scenario, named};
use crate::trial::{Counts, Story};
use crate::victim::{Kill, Point};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

const SEED: u64 = 5;
/// Of so many kills, one is followed by another while the run is recovered.
const ONE_IN: usize = 4;
/// In a plot's text.
const BY_RUNNER: &str = "by-runner";
/// Kinds of points.
const KINDS: usize = 3;

/// A scenario with kills: the first one of the run, the others of those who carry it on.
pub(crate) struct Plot {
    pub(crate) scenario: &'static Scenario,
    /// Whether `scap runner` carries it out, and is what is killed; else the command itself does.
    pub(crate) by_runner: bool,
    pub(crate) kills: Vec<Kill>,
}

/// A scenario that was left alone.
pub(crate) struct Whole {
    pub(crate) place: Place,
    counts: Counts,
}

impl Whole {
    pub(crate) fn of(story: Story) -> Self {
        Self {
            counts: story.counts(),
            place: story.place,
        }
    }
}

/// So many plots, some of more than one kill; each scenario and each kind of point gets its share, spread over
/// the whole of its run.
pub(crate) fn draw(wholes: &BTreeMap<&'static str, Whole>, kills: usize) -> Vec<Plot> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut order: Vec<&Scenario> = SCENARIOS.iter().collect();
    order.shuffle(&mut random);
    let rounds = kills.div_ceil(order.len());
    let mut plots = Vec::new();
    for round in 0..rounds {
        for (place, scenario) in order.iter().enumerate() {
            let kind = round + place;
            let counts = wholes.get(scenario.name).map(|whole| &whole.counts);
            let counts = counts.unwrap_or(&Counts::USUAL);
            let mut draw = |kind, (part, parts)| {
                let (most, point) = counts.of(kind);
                let most = most.max(1);
                let number = 1 + (part * most + random.random_range(0..most)) / parts;
                let with_children = (kind / KINDS) % 2 == 1 && scenario.beside.is_none();
                Kill {
                    point: point(number),
                    with_children,
                }
            };
            let mut drawn = vec![draw(kind, (round, rounds))];
            if kind % ONE_IN == 0 {
                // Who recovers a run has about half of it before them.
                drawn.push(draw(kind + round / ONE_IN, (0, 2)));
            }
            plots.push(Plot {
                scenario: named(scenario.name),
                by_runner: (kind / (2 * KINDS)) % 2 == 1 && scenario.beside.is_none(),
                kills: drawn,
            });
        }
    }
    plots.truncate(kills);
    plots
}

impl Counts {
    /// Most runs are longer.
    const USUAL: Self = Self {
        events: 8,
        writes: 80,
        syncs: 9,
    };

    /// `kind` goes round all of them.
    fn of(&self, kind: usize) -> (usize, fn(usize) -> Point) {
        match kind % KINDS {
            0 => (self.events, Point::Seen),
            1 => (self.writes, Point::Write),
            _ => (self.syncs, Point::Sync),
        }
    }
}

impl fmt::Display for Plot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.scenario.name)?;
        if self.by_runner {
            write!(f, "/{BY_RUNNER}")?;
        }
        self.kills.iter().try_for_each(|kill| write!(f, "/{kill}"))
    }
}

impl FromStr for Plot {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('/').peekable();
        let scenario = named(parts.next().unwrap_or_default());
        let by_runner = parts.next_if_eq(&BY_RUNNER).is_some();
        let kills = parts.map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self {
            scenario,
            by_runner,
            kills,
        })
    }
}
