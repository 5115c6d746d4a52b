//! The verdict mathematics of a canary: counts of canary and control in, evidence that may be looked at any time out.
//!
//! The e-value is the mean of one half on all errors and one half spread over the kinds of errors (where kinds are told
//! apart), each of them one bounded vote a window. Under "the canary's error rate is at most `tolerated_ratio` times the control's" its mean is at
//! most 1 at every moment, so the probability that it ever reaches 1 / `false_alarm_rate` is at most that rate (Ville's
//! inequality), however often it is looked at and however shares and traffic change.

mod bisection;
mod budget;
mod caution;
mod counterfactual;
mod counts;
mod explanation;
mod kinds;
mod ordinary;
mod past;
mod settings;
mod signatures;
mod thinning;
mod verdict;
mod watch;
mod wealth;

pub use counts::{Counts, SignatureCounts, Tick};
pub use explanation::{Explanation, Watched, thousands};
pub use ordinary::learn_ordinary;
pub use past::{learn_past, past_window};
pub use settings::{Counted, Settings, SettingsError};
pub use signatures::SignatureEvidence;
pub use verdict::Verdict;
pub use wealth::RATIOS;
pub(crate) use wealth::float;

use caution::Caution;
use past::PastEvidence;
use scap_plan::{Counters, Ordinary};
use signatures::Signatures;
use std::collections::BTreeSet;
use wealth::{Bets, Errors, TickOdds, Wealth, ln_sum_exp};

/// How many to one a fault is refuted before it is called excluded.
const EXCLUDED_AT: f64 = 20.0;

/// The evidence of one canary so far. Its size depends on the number of signatures only, a vote costs the same at any age.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    settings: Settings,
    known: BTreeSet<String>,
    caution: Option<Box<Caution>>,
    canary: Counts,
    control: Counts,
    elapsed_milliseconds: u64,
    silent_milliseconds: u64,
    window_milliseconds: [u64; Bets::ALL.len()],
    starts: u64,
    all: Wealth,
    signatures: Signatures,
    /// In the place of a control.
    watch: Option<PastEvidence>,
    log_e: f64,
    log_e_max: f64,
}

impl Evidence {
    /// No data yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.validate()?;
        Ok(Self::empty(settings))
    }

    /// The same, of a check and with what is ordinary of its service.
    pub fn of(check: &Counters, ordinary: Ordinary) -> Result<Self, SettingsError> {
        Ok(Self::new(Settings::from(check))?.knowing(ordinary))
    }

    /// The same, of a gate of a plan.
    pub fn of_gate(gate: &scap_plan::Evidence) -> Result<Self, SettingsError> {
        let evidence = Self::of(&gate.counters, gate.ordinary.clone())?;
        Ok(match &gate.watch {
            Some(watch) => evidence.watching(watch, &gate.counters),
            None => evidence,
        })
    }

    fn empty(settings: Settings) -> Self {
        let mut evidence = Self {
            signatures: Signatures::new(settings.maximum_signatures),
            settings,
            known: BTreeSet::new(),
            caution: None,
            canary: Counts::default(),
            control: Counts::default(),
            elapsed_milliseconds: 0,
            silent_milliseconds: 0,
            window_milliseconds: [0; Bets::ALL.len()],
            starts: 1,
            all: Wealth::new(weight_of_starts(0, 1)),
            watch: None,
            log_e: 0.0,
            log_e_max: f64::NEG_INFINITY,
        };
        evidence.look();
        evidence
    }

    /// With what is ordinary of the service. Where nobody knows how long one cause of errors goes on, an alarm has to be more
    /// than one could be.
    #[must_use]
    pub fn knowing(mut self, ordinary: Ordinary) -> Self {
        if ordinary.settles == Some(false) {
            self.settings.settling_milliseconds = 0;
        }
        if let Some(ratio) = ordinary.ratio {
            self.settings.tolerated_ratio = self.settings.tolerated_ratio.max(ratio);
        }
        if !ordinary.calm && self.settings.burst_milliseconds == 0 {
            self.caution = Some(Caution::of(&self.settings).into());
        }
        self.known = ordinary.signatures;
        self
    }

    /// The same where any kind of error may have been there before.
    fn doubting_novelty(mut self) -> Self {
        self.signatures.is_any_known = true;
        self
    }

    /// The same before any data.
    #[must_use]
    pub(crate) fn afresh(&self) -> Self {
        let stake = weight_of_starts(0, 1);
        let watch = self.watch.as_ref();
        let fresh = Self {
            known: self.known.clone(),
            caution: self
                .caution
                .as_ref()
                .map(|_| Caution::of(&self.settings).into()),
            watch: watch.map(|watch| watch.afresh(stake)),
            ..Self::empty(self.settings.clone())
        };
        fresh.restart()
    }

    /// Forgets what was looked at while there was nothing.
    fn restart(mut self) -> Self {
        self.log_e_max = f64::NEG_INFINITY;
        self.look();
        self
    }

    /// Takes in one tick. They come in the order of time: the starts and the places of the kinds depend on it.
    pub fn vote(&mut self, tick: &Tick) {
        if let Some(caution) = &mut self.caution {
            caution.vote(tick);
        }
        self.open_starts();
        let is_silent = match self.watch.take() {
            Some(past) => self.compare_with_past(past, tick),
            None => self.compare_with_control(tick),
        };
        self.canary.add(tick.canary);
        self.control.add(tick.control);
        let milliseconds = u64::from(tick.milliseconds);
        self.pass(milliseconds);
        self.silent_milliseconds = if is_silent {
            self.silent_milliseconds.saturating_add(milliseconds)
        } else {
            0
        };
        self.look();
    }

    /// Whether a side had no requests.
    fn compare_with_control(&mut self, tick: &Tick) -> bool {
        let odds = TickOdds::of_tick(
            tick,
            self.settings.tolerated_ratio,
            self.is_settling().then_some(self.settings.settling_factor),
        );
        let is_silent = odds.is_none();
        let odds = odds.filter(|_| !self.is_warming_up());
        let novel = self.signatures.take(tick, &self.known, odds.as_ref());
        if let Some(odds) = &odds {
            let errors = Errors::new(tick.canary.errors, tick.control.errors);
            let ordinary = errors.without(novel);
            self.all.take(ordinary, true, odds);
            self.all.take(errors.without(ordinary), false, odds);
        }
        is_silent
    }

    /// Whether the canary's instances are so young that more of the ordinary errors are no wonder.
    pub fn is_settling(&self) -> bool {
        self.elapsed_milliseconds < self.settings.settling_milliseconds
    }

    /// Whether the canary's instances are so young that nothing counts against them.
    fn is_warming_up(&self) -> bool {
        self.elapsed_milliseconds < self.settings.warm_up_milliseconds
    }

    /// Settles the windows that are over.
    fn pass(&mut self, milliseconds: u64) {
        self.elapsed_milliseconds = self.elapsed_milliseconds.saturating_add(milliseconds);
        for bets in Bets::ALL {
            let open = &mut self.window_milliseconds[bets as usize];
            *open = open.saturating_add(milliseconds);
            if *open >= self.settings.window(bets) {
                self.settle(bets);
            }
        }
    }

    fn settle(&mut self, bets: Bets) {
        self.window_milliseconds[bets as usize] = 0;
        self.all.settle(bets);
        self.signatures.settle(bets);
    }

    /// Opens the starts that are due. Start j has the stake 1 / ((j+1)(j+2)): all of them together never exceed 1, so
    /// there may be any number, and as equal bets on equal odds they share one wealth (after Shin, Ramdas and Rinaldo,
    /// "E-detectors").
    fn open_starts(&mut self) {
        let due = (self.elapsed_milliseconds / self.settings.restart_every_milliseconds)
            .saturating_add(1);
        if due > self.starts {
            for bets in Bets::ALL {
                self.settle(bets);
            }
            let stake = weight_of_starts(self.starts, due);
            self.all.add(stake);
            if let Some(watch) = &mut self.watch {
                watch.add(stake);
            }
            self.starts = due;
        }
    }

    fn look(&mut self) {
        self.log_e = match (&self.watch, self.settings.maximum_signatures) {
            (Some(watch), _) => watch.log_e(),
            (None, 0) => self.all.log_e(),
            (None, _) => 0.5_f64.ln() + ln_sum_exp(&[self.all.log_e(), self.signatures.log_e()]),
        };
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

    /// Whether the limit was ever reached, and the alarm is believed; nothing that comes later takes that back.
    pub fn is_alarming(&self) -> bool {
        self.is_suspicious() && self.caution.as_ref().is_none_or(|it| it.believes())
    }

    /// Whether the limit was reached, and that may be one cause that goes on.
    pub fn is_doubted(&self) -> bool {
        self.is_suspicious() && !self.is_alarming()
    }

    /// Whether the limit was ever reached, be it believed or not.
    fn is_suspicious(&self) -> bool {
        self.log_e_max >= self.limit()
    }

    /// Natural logarithm of the e-value against "the canary's error rate is `error_budget` or more".
    pub fn log_good(&self) -> f64 {
        budget::log_good(self.canary, self.settings.error_budget)
    }

    /// Whether the canary may be promoted early, to the next stage.
    pub fn is_good_enough(&self) -> bool {
        self.watch.is_none() && self.keeps_its_budget()
    }

    fn keeps_its_budget(&self) -> bool {
        self.log_good() >= self.settings.promote_confidence.ln()
            && self.elapsed_milliseconds >= self.settings.shortest_hold()
            && self.has_data()
            && !self.is_suspicious()
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
        if self.is_watch() {
            return self.verdict_of_watch(held_to_the_longest);
        }
        if self.is_alarming() {
            Some(Verdict::Fail)
        } else if self.is_good_enough() {
            Some(Verdict::Pass)
        } else if !held_to_the_longest {
            None
        } else if self.is_doubted() {
            Some(Verdict::Concern)
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
        let control = match self.watch {
            Some(_) => u64::MAX,
            None => self.control.requests,
        };
        self.canary.requests.min(control) >= self.settings.minimum_requests
            && self.silent_milliseconds < self.settings.longest_silence_milliseconds
    }
}

/// Σ 1 / ((j+1)(j+2)) over the starts from `first` up to, without, `end`.
fn weight_of_starts(first: u64, end: u64) -> f64 {
    float(end - first) / ((float(first) + 1.0) * (float(end) + 1.0))
}
