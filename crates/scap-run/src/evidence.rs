//! The verdict mathematics of a canary: counts of canary and control in, evidence that may be looked at any time out.
//!
//! The e-value is the mean of one half on all errors and one half spread over the kinds of errors, each of them one
//! bounded vote a tick. Under "the canary's error rate is at most `tolerated_ratio` times the control's" its mean is at
//! most 1 at every moment, so the probability that it ever reaches 1 / `false_alarm_rate` is at most that rate (Ville's
//! inequality), however often it is looked at and however shares and traffic change.

mod budget;
mod counterfactual;
mod counts;
mod explanation;
mod settings;
mod signatures;
mod verdict;
mod wealth;

pub use counts::{Counts, SignatureCounts, Tick};
pub use explanation::{Explanation, thousands};
pub use settings::{Settings, SettingsError};
pub use signatures::SignatureEvidence;
pub use verdict::Verdict;
pub use wealth::RATIOS;

use signatures::Signatures;
use wealth::{Odds, Wealth, float, ln_sum_exp};

/// How many to one a fault is refuted before it is called excluded.
const EXCLUDED_AT: f64 = 20.0;

/// The evidence of one canary so far. Its size depends on the number of signatures only, a vote costs the same at any age.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    settings: Settings,
    canary: Counts,
    control: Counts,
    elapsed_milliseconds: u64,
    silent_milliseconds: u64,
    starts: u64,
    all: Wealth,
    signatures: Signatures,
    log_e: f64,
    log_e_max: f64,
}

impl Evidence {
    /// No data yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.validate()?;
        Ok(Self::empty(settings))
    }

    fn empty(settings: Settings) -> Self {
        let mut evidence = Self {
            signatures: Signatures::new(settings.maximum_signatures),
            settings,
            canary: Counts::default(),
            control: Counts::default(),
            elapsed_milliseconds: 0,
            silent_milliseconds: 0,
            starts: 1,
            all: Wealth::new(weight_of_starts(0, 1)),
            log_e: 0.0,
            log_e_max: f64::NEG_INFINITY,
        };
        evidence.look();
        evidence
    }

    /// Takes in one tick. They come in the order of time: the starts and the places of the kinds depend on it.
    pub fn vote(&mut self, tick: &Tick) {
        self.open_starts();
        let odds = Odds::of(tick, self.settings.tolerated_ratio);
        if let Some(odds) = &odds {
            let (canary, control) = (tick.canary.errors, tick.control.errors);
            self.all.settle(canary, control, odds);
        }
        self.signatures.vote(tick, odds.as_ref());
        self.canary.add(tick.canary);
        self.control.add(tick.control);
        let milliseconds = u64::from(tick.milliseconds);
        self.elapsed_milliseconds = self.elapsed_milliseconds.saturating_add(milliseconds);
        self.silent_milliseconds = match odds {
            Some(_) => 0,
            None => self.silent_milliseconds.saturating_add(milliseconds),
        };
        self.look();
    }

    /// Opens the starts that are due. Start j has the stake 1 / ((j+1)(j+2)): all of them together never exceed 1, so
    /// there may be any number, and as equal bets on equal odds they share one wealth (after Shin, Ramdas and Rinaldo,
    /// "E-detectors").
    fn open_starts(&mut self) {
        let due = (self.elapsed_milliseconds / self.settings.restart_every_milliseconds)
            .saturating_add(1);
        if due > self.starts {
            self.all.add(weight_of_starts(self.starts, due));
            self.starts = due;
        }
    }

    fn look(&mut self) {
        let half = 0.5_f64.ln();
        self.log_e = half + ln_sum_exp(&[self.all.log_e(), self.signatures.log_e()]);
        self.log_e_max = self.log_e_max.max(self.log_e);
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Totals of the canary.
    pub fn canary(&self) -> Counts {
        self.canary
    }

    /// Totals of the control.
    pub fn control(&self) -> Counts {
        self.control
    }

    /// The kinds of errors in the order of their first one, at most `maximum_signatures`.
    pub fn signatures(&self) -> &[SignatureEvidence] {
        self.signatures.seen()
    }

    pub fn elapsed_milliseconds(&self) -> u64 {
        self.elapsed_milliseconds
    }

    /// For how long a side has had no requests, up to now.
    pub fn silent_milliseconds(&self) -> u64 {
        self.silent_milliseconds
    }

    /// Natural logarithm of the e-value now. Somewhat below 0 without data: what is kept for later starts is not counted.
    pub fn log_e(&self) -> f64 {
        self.log_e
    }

    /// The part of all errors together, before its half.
    pub fn log_e_all(&self) -> f64 {
        self.all.log_e()
    }

    /// The greatest `log_e` there ever was.
    pub fn log_e_max(&self) -> f64 {
        self.log_e_max
    }

    /// The `log_e` that is an alarm.
    pub fn limit(&self) -> f64 {
        self.settings.limit()
    }

    /// Whether the limit was ever reached; nothing that comes later takes that back.
    pub fn is_alarming(&self) -> bool {
        self.log_e_max >= self.limit()
    }

    /// Natural logarithm of the e-value against "the canary's error rate is `error_budget` or more".
    pub fn log_good(&self) -> f64 {
        budget::log_good(self.canary, self.settings.error_budget)
    }

    /// Whether the canary may be promoted early, to the next stage.
    pub fn is_good_enough(&self) -> bool {
        self.log_good() >= self.settings.promote_confidence.ln()
            && self.elapsed_milliseconds >= self.settings.minimum_hold_milliseconds
            && self.has_data()
            && !self.is_alarming()
    }

    /// The smallest share of failing canary requests that is refuted at 20 to 1, at any time of looking.
    ///
    /// Method: the e-process of early promotion, inverted (a confidence sequence). Every error of the canary is charged
    /// to the fault, the background too, so a fault this large is excluded whatever the background is.
    pub fn smallest_fault_excluded(&self) -> Option<f64> {
        budget::smallest_refuted(self.canary, EXCLUDED_AT)
    }

    /// The verdict, once there is one; `held_to_the_longest` says that waiting on is no option.
    pub fn verdict(&self, held_to_the_longest: bool) -> Option<Verdict> {
        if self.is_alarming() {
            Some(Verdict::Fail)
        } else if self.is_good_enough() {
            Some(Verdict::Pass)
        } else if !held_to_the_longest {
            None
        } else if self.has_data() {
            Some(Verdict::Inconclusive)
        } else {
            Some(Verdict::NoData)
        }
    }

    /// Why the verdict is what it is, for people. `ticks` are those voted on: they are voted on again to find what would
    /// have prevented an alarm, which without them remains unknown.
    pub fn explain(&self, held_to_the_longest: bool, ticks: &[Tick]) -> Explanation {
        Explanation::new(self, self.verdict(held_to_the_longest), ticks)
    }

    fn has_data(&self) -> bool {
        self.canary.requests.min(self.control.requests) >= self.settings.minimum_requests
            && self.silent_milliseconds < self.settings.longest_silence_milliseconds
    }
}

/// Σ 1 / ((j+1)(j+2)) over the starts from `first` up to, without, `end`.
fn weight_of_starts(first: u64, end: u64) -> f64 {
    float(end - first) / ((float(first) + 1.0) * (float(end) + 1.0))
}
