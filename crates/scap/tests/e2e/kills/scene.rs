//! What is interrupted, when and how: all of it decided by a seed.

use super::victim::Victim;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Install,
    Upgrade,
    /// A version that crashes, and so is taken back.
    Undo,
    /// A person takes a good version back.
    Rollback,
}

#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) seed: u64,
    pub(crate) environment: &'static str,
    pub(crate) phase: Phase,
    pub(crate) victim: Victim,
    pub(crate) signal: Signal,
    /// As a share of the time that the phase takes when it is left alone.
    pub(crate) moment: f64,
    /// How long a helm that is to be killed has lived at least, unless it ends before.
    pub(crate) age: Duration,
    /// How often it was begun anew at an earlier moment, as nobody was there to be killed.
    pub(crate) tries: u32,
}

impl Scene {
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // An undo and a rollback are both the way back.
        let phases = [
            Phase::Install,
            Phase::Install,
            Phase::Upgrade,
            Phase::Upgrade,
            Phase::Undo,
            Phase::Rollback,
        ];
        let victims = [
            Victim::Scap,
            Victim::Helm,
            Victim::ScapAndHelm,
            Victim::Everything,
        ];
        let (phase, victim) = (
            *phases.choose(&mut random).unwrap(),
            *victims.choose(&mut random).unwrap(),
        );
        // Later there is no helm any more; a rollback runs it once, at the beginning.
        let (latest, oldest) = match phase {
            Phase::Rollback if victim.has_helm() => (0.02, 150),
            Phase::Install | Phase::Upgrade if victim.has_helm() => (0.45, 400),
            _ => (0.9, 400),
        };
        Self {
            seed,
            environment: if seed % 10 == 3 { "codfw" } else { "staging" },
            phase,
            victim,
            signal: *[Signal::INT, Signal::TERM, Signal::KILL]
                .choose(&mut random)
                .unwrap(),
            moment: random.random_range(0.0..latest),
            age: Duration::from_millis(random.random_range(0..oldest)),
            tries: 0,
        }
    }

    pub(crate) fn earlier(self) -> Self {
        Self {
            moment: self.moment / 3.0,
            age: self.age / 2,
            tries: self.tries + 1,
            ..self
        }
    }
}
