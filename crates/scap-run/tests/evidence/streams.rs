//! Seeded streams of requests and errors, in the image of the reference simulation.

use rand::{Rng, RngExt};
use rand_distr::{Binomial, Distribution, Gamma, Geometric, Poisson};
use scap_run::evidence::{Counts, SignatureCounts, Tick};

/// The name of the error that the fault brings.
pub(crate) const FAULT: &str = "fault";

/// Kinds of errors that are always there, with their share of them.
const BACKGROUND: [(&str, f64); 4] = [("a", 0.5), ("b", 0.3), ("c", 0.15), ("d", 0.05)];

/// Mean lines of an error that occurs once, on one side, and never again.
const LINES_OF_ONE_OFF: f64 = 8.0;

/// One request stream, of which the canary serves a share.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) requests_per_second: f64,
    pub(crate) canary_share: f64,
    /// Error lines per request of the control that are there anyway.
    pub(crate) base_error_rate: f64,
    /// How many times as often the same errors occur on the canary.
    pub(crate) canary_ratio: f64,
    /// Mean lines that one cause writes within a tick (geometric); 1 is one line a cause.
    pub(crate) lines_per_cause: f64,
    /// How often an error comes that occurs only once; 0 is never.
    pub(crate) one_offs_per_second: f64,
    /// Share of the canary's requests that fail anew.
    pub(crate) fault: f64,
    pub(crate) tick_milliseconds: u32,
}

impl Stream {
    /// The next tick.
    pub(crate) fn tick(&self, random: &mut impl Rng) -> Tick {
        let seconds = f64::from(self.tick_milliseconds) / 1000.0;
        let requests = poisson(random, self.requests_per_second * seconds);
        let canary = binomial(random, requests, self.canary_share);
        let control = requests - canary;
        let mut signatures: Vec<SignatureCounts> = BACKGROUND
            .iter()
            .map(|(kind, share)| {
                let rate = self.base_error_rate * share;
                let means = [number(canary) * self.canary_ratio, number(control)];
                signature(
                    (*kind).to_owned(),
                    means.map(|mean| self.lines(random, mean * rate)),
                )
            })
            .collect();
        let failing = binomial(random, canary, self.fault);
        signatures.push(signature(FAULT.to_owned(), [failing, 0]));
        if random.random_bool((self.one_offs_per_second * seconds).min(1.0)) {
            signatures.push(self.one_off(random));
        }
        signatures.retain(|kind| kind.canary + kind.control > 0);
        Tick {
            canary: Counts {
                requests: canary,
                errors: signatures.iter().map(|kind| kind.canary).sum(),
            },
            control: Counts {
                requests: control,
                errors: signatures.iter().map(|kind| kind.control).sum(),
            },
            signatures,
            milliseconds: self.tick_milliseconds,
        }
    }

    fn one_off(&self, random: &mut impl Rng) -> SignatureCounts {
        let more = Geometric::new(1.0 / LINES_OF_ONE_OFF).expect("a probability");
        let lines = 1 + more.sample(random);
        let kind = format!("one-off {}", random.random::<u32>());
        let is_canary = random.random_bool(self.canary_share);
        signature(kind, if is_canary { [lines, 0] } else { [0, lines] })
    }

    /// Lines with that mean: a Poisson number of causes, each with a geometric number of lines.
    fn lines(&self, random: &mut impl Rng, mean: f64) -> u64 {
        let causes = poisson(random, mean / self.lines_per_cause);
        if causes == 0 || self.lines_per_cause <= 1.0 {
            return causes;
        }
        // The sum of the lines beyond the first is negative binomial, which is Poisson with a gamma mean.
        let more = Gamma::new(number(causes), self.lines_per_cause - 1.0).expect("both positive");
        let mean = more.sample(random);
        causes + poisson(random, mean)
    }
}

fn signature(signature: String, [canary, control]: [u64; 2]) -> SignatureCounts {
    SignatureCounts {
        signature,
        canary,
        control,
    }
}

pub(crate) fn binomial(random: &mut impl Rng, of: u64, probability: f64) -> u64 {
    Binomial::new(of, probability)
        .expect("a probability")
        .sample(random)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a Poisson count is whole and small"
)]
fn poisson(random: &mut impl Rng, mean: f64) -> u64 {
    // The distribution is not defined at 0.
    Poisson::new(mean).map_or(0, |counts| counts.sample(random) as u64)
}

#[allow(clippy::cast_precision_loss, reason = "counts of one tick are small")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}
