//! Causes that go on writing lines for a while, instead of all at once.

use crate::streams::number;
use crate::world::SECONDS_BETWEEN_ONE_OFFS;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Geometric};
use scap_run::evidence::{Counts, SignatureCounts, Tick};
use std::collections::{BTreeMap, VecDeque};

/// How long a cause goes on.
const SECONDS: f64 = 30.0;
/// Mean lines of what occurs once and never again.
const LINES_OF_ONE_OFF: f64 = 8.0;

/// Lines that are still to come, tick by tick: on the canary and on the control, by kind.
#[derive(Default)]
pub(crate) struct Spread {
    to_come: VecDeque<BTreeMap<String, [u64; 2]>>,
}

impl Spread {
    /// Makes of each error of the tick the begin of so many lines in the mean, and now and then of something unique.
    pub(crate) fn over_time(
        &mut self,
        random: &mut impl Rng,
        causes: &Tick,
        lines_of_a_cause: f64,
    ) -> Tick {
        let length = f64::from(causes.milliseconds) / 1000.0;
        for kind in &causes.signatures {
            for (side, count) in [kind.canary, kind.control].into_iter().enumerate() {
                for _ in 0..count {
                    let cause = (kind.signature.as_str(), side);
                    self.begin(random, cause, (lines_of_a_cause, length));
                }
            }
        }
        if random.random_bool((length / SECONDS_BETWEEN_ONE_OFFS).min(1.0)) {
            let requests = number(causes.canary.requests + causes.control.requests);
            let share = number(causes.canary.requests) / requests.max(1.0);
            let side = usize::from(!random.random_bool(share));
            let kind = format!("one-off {}", random.random::<u32>());
            self.begin(random, (&kind, side), (LINES_OF_ONE_OFF, length));
        }
        self.next(causes)
    }

    fn begin(
        &mut self,
        random: &mut impl Rng,
        (kind, side): (&str, usize),
        (lines, tick_seconds): (f64, f64),
    ) {
        let more = Geometric::new(1.0 / lines).expect("a probability");
        for _ in 0..=more.sample(random) {
            let at = ticks(random.random_range(0.0..SECONDS) / tick_seconds);
            if self.to_come.len() <= at {
                self.to_come.resize(at + 1, BTreeMap::new());
            }
            self.to_come[at].entry(kind.to_owned()).or_default()[side] += 1;
        }
    }

    fn next(&mut self, causes: &Tick) -> Tick {
        let lines = self.to_come.pop_front().unwrap_or_default();
        let errors = |side: usize| lines.values().map(|sides| sides[side]).sum();
        let counts = |counts: Counts, side| Counts {
            errors: errors(side),
            ..counts
        };
        Tick {
            canary: counts(causes.canary, 0),
            control: counts(causes.control, 1),
            signatures: lines
                .iter()
                .map(|(signature, [canary, control])| SignatureCounts {
                    signature: signature.clone(),
                    canary: *canary,
                    control: *control,
                })
                .collect(),
            milliseconds: causes.milliseconds,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few ticks"
)]
fn ticks(ticks: f64) -> usize {
    ticks as usize
}
