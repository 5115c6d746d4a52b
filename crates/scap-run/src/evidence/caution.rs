//! What is asked beyond an alarm where nobody knows what is ordinary of the service.
//!
//! Without former rollouts any kind of error is new, and a single cause that goes on writing looks like a fault. An alarm is
//! believed once it could not be one cause: the errors go on for longer than a burst lasts, or are too many for one.

use super::counts::Tick;
use super::thinning::{Thinner, Thinning};
use super::wealth::ln_sum_exp;
use super::{Evidence, Settings};

/// How long one cause may go on, where nobody knows.
const BURST_MILLISECONDS: u64 = 30_000;
/// How many errors one cause may write, where nobody knows.
const LINES_OF_A_CAUSE: u64 = 10;
/// How many to one it has to be something else than one cause. An alarm without that is certain enough beside it.
const BELIEVED_AT: f64 = 50.0;

/// Three ways to look at the same ticks, which one cause misleads in none; the mean of their e-values is one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Caution {
    /// All ticks of a burst have one vote.
    lasting: Evidence,
    /// The first tick with errors has a vote, then none for as long as a burst lasts.
    returning: Evidence,
    deaf_milliseconds: u64,
    /// Each so-manieth error of the canary counts.
    many: Evidence,
    thinner: Thinner,
    log_e_max: f64,
}

impl Caution {
    pub(super) fn of(settings: &Settings) -> Self {
        let lasting = Settings {
            burst_milliseconds: BURST_MILLISECONDS,
            ..settings.clone()
        };
        let each = Settings {
            window_milliseconds: 0,
            ..settings.clone()
        };
        let many = Settings {
            settling_milliseconds: 0,
            ..settings.clone()
        };
        Self {
            lasting: Evidence::empty(lasting).doubting_novelty(),
            returning: Evidence::empty(each).doubting_novelty(),
            deaf_milliseconds: 0,
            many: Evidence::empty(many),
            thinner: Thinner::new(
                Thinning::each(LINES_OF_A_CAUSE),
                settings.maximum_signatures as usize,
            ),
            log_e_max: f64::NEG_INFINITY,
        }
    }

    pub(super) fn vote(&mut self, tick: &Tick) {
        self.lasting.vote(tick);
        self.hear(tick);
        self.many.vote(&self.thinner.thin(tick));
        let ways = [&self.lasting, &self.returning, &self.many];
        let mean = ln_sum_exp(&ways.map(Evidence::log_e)) - 3.0_f64.ln();
        self.log_e_max = self.log_e_max.max(mean);
    }

    fn hear(&mut self, tick: &Tick) {
        let milliseconds = u64::from(tick.milliseconds);
        if self.deaf_milliseconds > 0 {
            self.deaf_milliseconds = self.deaf_milliseconds.saturating_sub(milliseconds);
            return self.returning.vote(&without_errors(tick));
        }
        self.returning.vote(tick);
        if tick.canary.errors + tick.control.errors > 0 {
            self.deaf_milliseconds = BURST_MILLISECONDS;
        }
    }

    /// Whether an alarm is to be believed.
    pub(super) fn believes(&self) -> bool {
        self.log_e_max >= BELIEVED_AT.ln()
    }
}

fn without_errors(tick: &Tick) -> Tick {
    let mut quiet = tick.clone();
    quiet.signatures.clear();
    (quiet.canary.errors, quiet.control.errors) = (0, 0);
    quiet
}
