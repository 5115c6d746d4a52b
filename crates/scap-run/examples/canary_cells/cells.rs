//! One cell of the tables: a level of traffic, a noise, a fault, and many rollouts of each rule.

use crate::rule::{LAG_SECONDS, Rollout, Rule, play};
use crate::streams::number;
use crate::world::{Fault, Hardship, Level, Noise, World};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scap_plan::Ordinary;
use scap_run::evidence::{Evidence, Settings, Tick, learn_ordinary};

const SECONDS: u32 = 1200;
const HISTORY_SEED: u64 = 0x0a17_94e3_0000_0000;

pub(crate) struct Cell {
    pub(crate) level: Level,
    pub(crate) noise: Noise,
    pub(crate) fault: Fault,
    pub(crate) hardship: Hardship,
    pub(crate) tick_seconds: u32,
    pub(crate) rollouts: u64,
}

/// What a rule came to in a cell.
pub(crate) struct Outcome {
    pub(crate) stopped: u64,
    /// Seconds from the fault's beginning until it was stopped, in the median; what nobody stops is stopped by people.
    pub(crate) delay_seconds: f64,
    /// Requests that failed for the fault, in the mean.
    pub(crate) failed: f64,
}

impl Cell {
    pub(crate) fn world(&self, seed: u64, fault: Fault) -> (World, ChaCha8Rng) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let length = (SECONDS, self.tick_seconds);
        let world = World::new(&mut random, (&self.level, self.noise), fault, length, true);
        (world.with(self.hardship), random)
    }

    /// What is learnt from so many healthy rollouts, each watched until it is good enough, for as long as the first share
    /// lasts at most.
    pub(crate) fn ordinary(&self, rollouts: u64, settings: &Settings) -> Ordinary {
        let ticks = (0..rollouts).map(|seed| self.watch(HISTORY_SEED ^ seed, settings));
        let ticks: Vec<Vec<Tick>> = ticks.collect();
        learn_ordinary(ticks.iter().map(|ticks| (ticks.as_slice(), true)))
    }

    fn watch(&self, seed: u64, settings: &Settings) -> Vec<Tick> {
        let (mut world, mut random) = self.world(seed, Fault::NONE);
        let mut evidence = Evidence::new(settings.clone()).expect("settings are valid");
        let mut ticks = Vec::new();
        for at in 0..(600 / self.tick_seconds) as usize {
            let mut tick = world.observe(&mut random, at, 0.05).0;
            if settings.maximum_signatures == 0 {
                tick.signatures.clear();
            }
            evidence.vote(&tick);
            ticks.push(tick);
            if evidence.is_good_enough() {
                break;
            }
        }
        ticks
    }

    /// What `play` makes of each seed, in their order, on all processors.
    pub(crate) fn all<T: Send>(&self, play: impl Fn(u64) -> T + Sync) -> Vec<T> {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
        let each = self.rollouts.div_ceil(workers);
        std::thread::scope(|scope| {
            let play = &play;
            let workers: Vec<_> = (0..workers)
                .map(|worker| {
                    let seeds = worker * each..((worker + 1) * each).min(self.rollouts);
                    scope.spawn(move || seeds.map(play).collect::<Vec<T>>())
                })
                .collect();
            let parts = workers.into_iter();
            parts
                .flat_map(|part| part.join().expect("no rollout panics"))
                .collect()
        })
    }

    /// Rollouts without the fault, each with its rule as it was at the end.
    pub(crate) fn healthy<R: Rule + Send>(&self, rule: impl Fn() -> R + Sync) -> Vec<(R, Rollout)> {
        self.all(|seed| {
            let (mut world, mut random) = self.world(!seed, Fault::NONE);
            let mut rule = rule();
            let rollout = play(&mut world, &mut rule, &mut random);
            (rule, rollout)
        })
    }

    pub(crate) fn false_alarms<R: Rule + Send>(&self, rule: impl Fn() -> R + Sync) -> u64 {
        alarms(&self.healthy(rule))
    }

    /// `missed_seconds` is how long a fault goes on that was promoted, until people undo it.
    pub(crate) fn outcome<R: Rule>(
        &self,
        missed_seconds: u32,
        rule: impl Fn() -> R + Sync,
    ) -> Outcome {
        let promoted = rule().promoted_seconds();
        let rollouts = self.all(|seed| {
            let (mut world, mut random) = self.world(seed, self.fault);
            play(&mut world, &mut rule(), &mut random)
        });
        let everywhere = self.fault.share * self.level.requests_per_second;
        let of_a_miss = everywhere * f64::from(missed_seconds);
        let onset = self.fault.onset_seconds;
        let failed = |it: &Rollout| match it.alarm_seconds {
            Some(_) => number(it.failed),
            None => number(it.failed) + of_a_miss,
        };
        let delay = |it: &Rollout| match it.alarm_seconds {
            Some(alarm) => f64::from(alarm + LAG_SECONDS) - f64::from(onset),
            None => f64::from(promoted + missed_seconds) - f64::from(onset),
        };
        let mut delays: Vec<f64> = rollouts.iter().map(delay).collect();
        delays.sort_by(f64::total_cmp);
        let is_stopped = |it: &&Rollout| it.alarm_seconds.is_some();
        Outcome {
            stopped: rollouts.iter().filter(is_stopped).count() as u64,
            delay_seconds: delays[delays.len() / 2],
            failed: rollouts.iter().map(failed).sum::<f64>() / number(self.rollouts),
        }
    }
}

/// How many were stopped.
pub(crate) fn alarms<R>(rollouts: &[(R, Rollout)]) -> u64 {
    let stopped = rollouts.iter().filter(|(_, it)| it.alarm_seconds.is_some());
    stopped.count() as u64
}
