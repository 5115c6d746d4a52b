//! Several runs that wait in one queue, and the runners that claim them, each with what befalls it: drawn from a seed.

use crate::scenario::{Scenario, moment};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_journal::{Fault, Moment};
use std::ops::Range;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// What befalls a runner between its start and its death, or its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    /// It dies at one of its appends.
    pub(crate) crash: Option<Crash>,
    /// It is asked to leave after so long: what it carries out is left to others.
    pub(crate) leaves: Option<Duration>,
    /// The disk is full for these appends.
    pub(crate) full: Range<u64>,
    /// These appends take long, and the whole runner stands still meanwhile.
    pub(crate) slow: Range<u64>,
    pub(crate) slow_milliseconds: u64,
}

/// A runner dies at one of its appends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crash {
    pub(crate) append: u64,
    pub(crate) moment: Moment,
}

/// All of a simulation.
#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    pub(crate) runs: Vec<Scenario>,
    /// For each runner its lives; after the last of them nothing befalls it any more.
    pub(crate) runners: Vec<Vec<Life>>,
    /// Runs wait for locks instead of giving up.
    pub(crate) waits_for_locks: bool,
}

impl Fleet {
    /// One run, and one runner after the other until none dies any more.
    pub(crate) fn of(scenario: &Scenario, crashes: &[Crash]) -> Self {
        let life = |crash: &Crash| Life {
            crash: Some(*crash),
            ..Life::default()
        };
        Self {
            runs: vec![scenario.clone()],
            runners: vec![crashes.iter().map(life).collect()],
            waits_for_locks: false,
        }
    }

    /// Everything at once.
    pub(crate) fn wild(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let is_crowded = random.random_bool(0.15);
        let runs = if is_crowded {
            random.random_range(2..=3)
        } else {
            1
        };
        let runners = [1, 2, 2, 3][random.random_range(0..4)];
        let mut runs: Vec<Scenario> = (0..runs).map(|_| Scenario::wild(random.random())).collect();
        let waits_for_locks = is_crowded && random.random_bool(0.8);
        for run in &mut runs {
            // Nobody would ever give it back.
            run.locked_by_another &= !waits_for_locks;
        }
        Self {
            runs,
            runners: (0..runners).map(|_| lives(&mut random)).collect(),
            waits_for_locks,
        }
    }
}

impl Fleet {
    /// Simulated time within which each run must be over once nothing is in its way any more: all of its steps one after
    /// the other, each as slow as its tools are, forward and back; after all the others.
    pub(crate) fn budget(&self) -> Duration {
        let of_run = |scenario: &Scenario| {
            let steps = (0..scenario.plan.steps.len()).map(|step| of_step(scenario, step));
            let gates = scenario
                .plan
                .waves
                .iter()
                .map(|wave| wave.gates.len())
                .sum::<usize>();
            let gates = u32::try_from(gates).expect("there are a few");
            steps.sum::<Duration>() + gates * GATE + QUESTION
        };
        let taken_up = Duration::from_millis(5_000 + 20_500 + 3_000);
        taken_up + self.runs.iter().map(of_run).sum::<Duration>()
    }
}

/// A look at what a dead runner left, a change, and reading back; and twice a look, an undo and reading that back.
fn of_step(scenario: &Scenario, step: usize) -> Duration {
    let [act, verify, undo] =
        [&scenario.act, &scenario.verify, &scenario.undo].map(|tools| tools[step].takes());
    2 * act + verify + 2 * (act.max(undo) + undo + Duration::from_secs(1)) + PROGRAM_GRACE
}

/// What a stopped program takes to end.
const PROGRAM_GRACE: Duration = Duration::from_secs(2);
const QUESTION: Duration = Duration::from_mins(1);
/// The longest of them holds, asks, and holds again as often as it was told to.
const GATE: Duration = Duration::from_secs(41 + 60);

fn lives(random: &mut impl Rng) -> Vec<Life> {
    let count = [0, 0, 1, 1, 2, 3][random.random_range(0..6)];
    (0..count).map(|_| life(random)).collect()
}

fn life(random: &mut impl Rng) -> Life {
    let mut life = Life::default();
    if random.random_bool(0.75) {
        life.crash = Some(Crash {
            append: random.random_range(0..25),
            moment: moment(random),
        });
    }
    if random.random_bool(0.2) {
        life.leaves = Some(Duration::from_millis(random.random_range(0..60_000)));
    }
    if random.random_bool(0.3) {
        life.full = stretch(random);
    }
    if random.random_bool(0.2) {
        life.slow = stretch(random);
        life.slow_milliseconds = random.random_range(50..12_000);
    }
    life
}

fn stretch(random: &mut impl Rng) -> Range<u64> {
    let first = random.random_range(0..20);
    first..first + random.random_range(1..8)
}

impl Life {
    pub(crate) fn fault(&self) -> Fault {
        let fault = match self.crash {
            Some(Crash { append, moment }) => Fault::at(append, moment),
            None => Fault::default(),
        };
        fault.full(self.full.clone())
    }

    /// Comes back when the runner, which began then, is to leave.
    pub(crate) fn leave(&self, began: Instant) -> impl Future<Output = ()> + use<> {
        let leaves = self.leaves;
        async move {
            match leaves {
                Some(time) => sleep_until(began + time).await,
                None => std::future::pending().await,
            }
        }
    }

    /// How long the appends from one number to before another take.
    pub(crate) fn stall(&self, appends: Range<u64>) -> Duration {
        let slow = appends.filter(|append| self.slow.contains(append)).count();
        Duration::from_millis(self.slow_milliseconds * slow as u64)
    }
}
