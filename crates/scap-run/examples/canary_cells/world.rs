//! One request stream with its noise, in the image of the reference simulation (`canary_sim.py`).

use crate::spread::Spread;
use crate::streams::{FAULT, Stream};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Normal};
use scap_run::evidence::Tick;

/// Mean lines that one cause writes, where there are clusters.
const LINES_OF_A_CAUSE: f64 = 4.0;
/// How often in the fleet an error comes once and never again, where there are clusters.
pub(crate) const SECONDS_BETWEEN_ONE_OFFS: f64 = 300.0;
/// Bursts of errors on both sides.
const BURSTS_PER_SECOND: f64 = 3.0 / 3600.0;
const BURST_SECONDS: f64 = 30.0;
const BURST_RATIO: f64 = 10.0;
/// Wandering of an error rate: spread of its logarithm, and how long it remembers.
const SIGMA: f64 = 0.5;
const MEMORY_SECONDS: f64 = 60.0;
/// Today's level, over that of the history that thresholds were learnt from.
const DRIFT: f64 = 1.5;

/// Traffic of the whole service, and how often its requests fail anyway.
#[derive(Clone, Copy)]
pub(crate) struct Level {
    pub(crate) name: &'static str,
    pub(crate) requests_per_second: f64,
    pub(crate) base_error_rate: f64,
    /// Shares of the canary's requests that fail anew, in the faulty cells.
    pub(crate) faults: [f64; 3],
}

pub(crate) const LEVELS: [Level; 3] = [
    Level {
        name: "low",
        requests_per_second: 5.0,
        base_error_rate: 0.005,
        faults: [0.02, 0.1, 0.5],
    },
    Level {
        name: "mid",
        requests_per_second: 200.0,
        base_error_rate: 0.001,
        faults: [0.002, 0.01, 0.1],
    },
    Level {
        name: "high",
        requests_per_second: 4000.0,
        base_error_rate: 0.0005,
        faults: [0.0005, 0.002, 0.02],
    },
];

/// What there is on top of Poisson counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noise {
    /// Nothing.
    Independent,
    /// Wandering and bursts on both sides.
    Common,
    /// Causes that write many lines, and one-off errors.
    Clustered,
    /// Both.
    Production,
    /// Both, and a wandering of the canary's own: breaks every assumption.
    Local,
}

pub(crate) const NOISES: [(&str, Noise); 5] = [
    ("iid", Noise::Independent),
    ("common", Noise::Common),
    ("cluster", Noise::Clustered),
    ("prod", Noise::Production),
    ("local", Noise::Local),
];

impl Noise {
    fn is_common(self) -> bool {
        matches!(self, Self::Common | Self::Production | Self::Local)
    }

    fn is_clustered(self) -> bool {
        matches!(self, Self::Clustered | Self::Production | Self::Local)
    }
}

/// What makes healthy rollouts hard to tell from faulty ones, beside the noise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hardship {
    None,
    /// Ten times as many of the ordinary errors for the canary's first 45 s.
    ColdStart,
    /// Causes that go on writing lines for 30 s.
    LongClusters,
    /// Traffic that grows three-fold in ten minutes, and errors per request two-fold with it.
    Ramp,
    /// Requests of the canary that fail half again as often for what they are.
    Skew,
    /// A canary that is believed to serve 5 % and serves 6 %.
    MisjudgedShare,
}

const COLD_SECONDS: u32 = 45;
const COLD_RATIO: f64 = 10.0;
const RAMP_SECONDS: f64 = 600.0;
const SKEW_RATIO: f64 = 1.5;
const BELIEVED_OVER_TRUE: (u64, u64) = (5, 6);

impl Hardship {
    /// How many times as many requests there are, and errors per request, so long after the begin.
    fn growth(self, seconds: f64) -> (f64, f64) {
        let part = (seconds / RAMP_SECONDS).min(1.0);
        match self {
            Self::Ramp => (1.0 + 2.0 * part, 1.0 + part),
            _ => (1.0, 1.0),
        }
    }

    /// How many times as often the ordinary errors occur on the canary.
    fn canary_ratio(self, seconds: u32) -> f64 {
        match self {
            Self::ColdStart if seconds < COLD_SECONDS => COLD_RATIO,
            Self::Skew => SKEW_RATIO,
            _ => 1.0,
        }
    }

    /// What is believed of a tick.
    fn believed(self, mut tick: Tick) -> Tick {
        if self == Self::MisjudgedShare {
            let (believed, of) = BELIEVED_OVER_TRUE;
            let unseen = tick.canary.requests - tick.canary.requests * believed / of;
            tick.canary.requests -= unseen;
            tick.control.requests += unseen;
        }
        tick
    }
}

/// A share of the canary's requests that fail from a moment on.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) share: f64,
    pub(crate) onset_seconds: u32,
}

impl Fault {
    pub(crate) const NONE: Self = Self {
        share: 0.0,
        onset_seconds: 0,
    };
}

/// All of a stream that does not depend on the canary's share, tick by tick.
pub(crate) struct World {
    tick_seconds: u32,
    requests_per_second: f64,
    error_rates: Vec<f64>,
    canary_factors: Vec<f64>,
    fault: Fault,
    is_clustered: bool,
    hardship: Hardship,
    spread: Spread,
}

impl World {
    pub(crate) fn with(mut self, hardship: Hardship) -> Self {
        self.hardship = hardship;
        self
    }

    /// `is_today` has today's level of errors, not that of the history.
    pub(crate) fn new(
        random: &mut impl Rng,
        (level, noise): (&Level, Noise),
        fault: Fault,
        (seconds, tick_seconds): (u32, u32),
        is_today: bool,
    ) -> Self {
        let ticks = (seconds / tick_seconds) as usize;
        let length = f64::from(tick_seconds);
        let mut error_rates = vec![level.base_error_rate; ticks];
        if noise.is_common() {
            let level = if is_today { DRIFT } else { 1.0 };
            let factors = wandering(random, ticks, length);
            let bursts = bursts(random, ticks, length);
            for ((rate, factor), burst) in error_rates.iter_mut().zip(factors).zip(bursts) {
                *rate *= level * factor * burst;
            }
        }
        let canary_factors = if noise == Noise::Local {
            wandering(random, ticks, length)
        } else {
            vec![1.0; ticks]
        };
        Self {
            tick_seconds,
            requests_per_second: level.requests_per_second,
            error_rates,
            canary_factors,
            fault,
            is_clustered: noise.is_clustered(),
            hardship: Hardship::None,
            spread: Spread::default(),
        }
    }

    pub(crate) fn ticks(&self) -> usize {
        self.error_rates.len()
    }

    /// When a tick begins.
    pub(crate) fn seconds(&self, tick: usize) -> u32 {
        u32::try_from(tick).expect("few ticks") * self.tick_seconds
    }

    /// What is counted in a tick in which the canary serves this share, and how many of its requests fail for the fault.
    pub(crate) fn observe(&mut self, random: &mut impl Rng, at: usize, share: f64) -> (Tick, u64) {
        let tick = if self.hardship == Hardship::LongClusters {
            let causes = Stream {
                base_error_rate: self.error_rates[at] / LINES_OF_A_CAUSE,
                ..self.stream(at, share)
            };
            let tick = causes.tick(random);
            self.spread.over_time(random, &tick, LINES_OF_A_CAUSE)
        } else {
            let (lines_per_cause, one_offs_per_second) = if self.is_clustered {
                (LINES_OF_A_CAUSE, 1.0 / SECONDS_BETWEEN_ONE_OFFS)
            } else {
                (1.0, 0.0)
            };
            let stream = Stream {
                lines_per_cause,
                one_offs_per_second,
                ..self.stream(at, share)
            };
            stream.tick(random)
        };
        let failing = tick.signatures.iter().find(|kind| kind.signature == FAULT);
        let failing = failing.map_or(0, |kind| kind.canary);
        (self.hardship.believed(tick), failing)
    }

    /// One line a cause, and no one-offs.
    fn stream(&self, at: usize, share: f64) -> Stream {
        let seconds = self.seconds(at);
        let (requests, errors) = self.hardship.growth(f64::from(seconds));
        let has_begun = seconds >= self.fault.onset_seconds;
        Stream {
            requests_per_second: self.requests_per_second * requests,
            canary_share: share,
            base_error_rate: self.error_rates[at] * errors,
            canary_ratio: self.canary_factors[at] * self.hardship.canary_ratio(seconds),
            lines_per_cause: 1.0,
            one_offs_per_second: 0.0,
            fault: if has_begun { self.fault.share } else { 0.0 },
            tick_milliseconds: self.tick_seconds * 1000,
        }
    }
}

/// A log-normal factor of mean 1 that wanders (AR(1)).
fn wandering(random: &mut impl Rng, ticks: usize, tick_seconds: f64) -> Vec<f64> {
    let normal = Normal::new(0.0, 1.0).expect("a spread of 1");
    let keeps = (-tick_seconds / MEMORY_SECONDS).exp();
    let fresh = (1.0 - keeps * keeps).sqrt();
    let mut place: f64 = normal.sample(random);
    let mut factor = || {
        let factor = (SIGMA * place - SIGMA * SIGMA / 2.0).exp();
        place = keeps * place + fresh * normal.sample(random);
        factor
    };
    (0..ticks).map(|_| factor()).collect()
}

fn bursts(random: &mut impl Rng, ticks: usize, tick_seconds: f64) -> Vec<f64> {
    let mut left = 0.0;
    let mut factor = || {
        if random.random_bool(BURSTS_PER_SECOND * tick_seconds) {
            left = BURST_SECONDS;
        }
        let factor = if left > 0.0 { BURST_RATIO } else { 1.0 };
        left -= tick_seconds;
        factor
    };
    (0..ticks).map(|_| factor()).collect()
}
