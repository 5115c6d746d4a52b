//! Evidence against the past, for a version that nothing is beside that it could be compared with.
//!
//! A mean of e-processes: on the rate of errors (quasi-Poisson), on windows that are much worse than one of ten was, and, where
//! former kinds of errors are known, one half of all on windows with a kind that was never seen. What was may have changed
//! by itself meanwhile, so that the past alone gives a [`super::Verdict::Concern`] and no failure.

use super::counts::{Counts, Tick};
use super::wealth::{RATIOS, float, ln_sum_exp};
use scap_plan::{CountersSource, HighWindow, Past, PastSource, Period};

/// How many times as often as in the past errors may come.
const TOLERATED_RATIO: f64 = 2.0;
/// The share of windows that may be much worse than one of ten was, or have a kind of error that is new.
const TOLERATED_SHARE: f64 = 0.15;
/// Much worse: a level that has risen by itself since is no fault.
const MUCH_WORSE: [u128; 2] = [3, 2];
/// Shares that are bet on.
const SHARES: [f64; 4] = [0.3, 0.5, 0.75, 0.95];
/// So many errors more than there were: none in n requests may be chance up to a rate of 3 / n.
const ERRORS_BY_CHANCE: u64 = 3;

const SHORTEST_WINDOW_MILLISECONDS: u64 = 20_000;
/// With fewer requests there is no past.
const FEWEST_REQUESTS: u64 = 100;
/// With fewer windows nobody can tell how errors vary: as if one cause wrote some lines.
const FEWEST_WINDOWS: usize = 20;
const UNKNOWN_DISPERSION: f64 = 4.0;
/// So many windows that are alike show what one of ten is.
const FEWEST_ALIKE: usize = 100;

/// How long the windows are: whole scrapes, where a store is asked.
pub fn past_window(source: &CountersSource) -> u64 {
    let interval = source.interval().map_or(1, Period::milliseconds).max(1);
    SHORTEST_WINDOW_MILLISECONDS.div_ceil(interval) * interval
}

/// What there was in these stretches of time, each of counts and their lengths in milliseconds; nothing where that is too
/// little.
pub fn learn_past(
    stretches: impl IntoIterator<Item = Vec<(Counts, u32)>>,
    source: PastSource,
    window_milliseconds: u64,
) -> Option<Past> {
    let windows = stretches.into_iter();
    let windows = windows.flat_map(|stretch| windows_of(&stretch, window_milliseconds));
    let windows: Vec<Counts> = windows.filter(|window| window.requests > 0).collect();
    let mut all = Counts::default();
    for window in &windows {
        all.add(*window);
    }
    (all.requests >= FEWEST_REQUESTS).then(|| Past {
        source,
        requests: all.requests,
        errors: all.errors,
        windows: u32::try_from(windows.len()).unwrap_or(u32::MAX),
        dispersion: dispersion(&windows, all),
        high: high(&windows, all),
    })
}

/// The whole windows of a stretch.
fn windows_of(stretch: &[(Counts, u32)], window_milliseconds: u64) -> Vec<Counts> {
    let (mut windows, mut open, mut milliseconds) = (Vec::new(), Counts::default(), 0_u64);
    for (counts, length) in stretch {
        open.add(*counts);
        milliseconds = milliseconds.saturating_add(u64::from(*length));
        if milliseconds >= window_milliseconds {
            windows.push(std::mem::take(&mut open));
            milliseconds = 0;
        }
    }
    windows
}

/// Variance over mean, in hundredths: what a plan keeps must be read again as it was written.
fn dispersion(windows: &[Counts], all: Counts) -> f64 {
    let rate = all.rate().unwrap_or(0.0);
    let squares = windows.iter().map(|window| {
        let expected = rate * float(window.requests);
        (float(window.errors) - expected).powi(2)
    });
    let least = if windows.len() < FEWEST_WINDOWS {
        UNKNOWN_DISPERSION
    } else {
        1.0
    };
    let found = squares.sum::<f64>() / float(all.errors.max(1));
    (found.max(least) * 100.0).round() / 100.0
}

/// The window that one of ten was worse than, among those of about as many requests. Where errors are seldom, a window of
/// more requests has some more often.
fn high(windows: &[Counts], all: Counts) -> Option<HighWindow> {
    let squares = windows
        .iter()
        .map(|window| u128::from(window.requests).pow(2));
    let typical = squares.sum::<u128>() / u128::from(all.requests);
    let typical_requests = u64::try_from(typical).unwrap_or(u64::MAX);
    let alike = windows.iter();
    let alike = alike.filter(|window| is_alike(window.requests, typical_requests));
    let mut alike: Vec<&Counts> = alike.collect();
    alike.sort_by(|a, b| crossed(a, b).cmp(&crossed(b, a)));
    let place = (alike.len() * 9).div_ceil(10);
    (alike.len() >= FEWEST_ALIKE).then(|| HighWindow {
        requests: alike[place - 1].requests,
        errors: alike[place - 1].errors,
        typical_requests,
    })
}

/// Compares two rates without a division.
fn crossed(one: &Counts, other: &Counts) -> u128 {
    u128::from(one.errors) * u128::from(other.requests)
}

fn is_alike(requests: u64, typical: u64) -> bool {
    let (requests, typical) = (u128::from(requests), u128::from(typical));
    requests * 3 >= typical * 2 && requests * 2 <= typical * 3
}

/// The evidence so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PastEvidence {
    past: Option<Past>,
    window_milliseconds: u64,
    knows_kinds: bool,
    open: Window,
    rate: Stakes<{ RATIOS.len() }>,
    high: Stakes<{ SHARES.len() }>,
    novel: Stakes<{ SHARES.len() }>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Window {
    counts: Counts,
    milliseconds: u64,
    has_novel: bool,
    has_settled: bool,
}

/// What of a tick may be held against a version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Held {
    /// Not while instances start.
    pub(super) ordinary: bool,
    /// Errors of kinds that were never seen.
    pub(super) novel: u64,
}

impl PastEvidence {
    /// All of the stake is there from the start.
    pub(super) fn new(past: Option<Past>, window_milliseconds: u64, stake: f64) -> Self {
        Self {
            past,
            window_milliseconds,
            knows_kinds: false,
            open: Window::default(),
            rate: Stakes::new(stake),
            high: Stakes::new(stake),
            novel: Stakes::new(stake),
        }
    }

    /// The same before any data.
    pub(super) fn afresh(&self, stake: f64) -> Self {
        Self {
            knows_kinds: self.knows_kinds,
            ..Self::new(self.past.clone(), self.window_milliseconds, stake)
        }
    }

    pub(super) fn past(&self) -> Option<&Past> {
        self.past.as_ref()
    }

    /// Takes in what was, if nothing is known of it.
    pub(super) fn remember(&mut self, past: Past) {
        self.past.get_or_insert(past);
    }

    pub(super) fn know_kinds(&mut self) {
        self.knows_kinds = true;
    }

    /// Adds fresh money, for faults that begin later.
    pub(super) fn add(&mut self, stake: f64) {
        self.rate.add(stake);
        self.high.add(stake);
        self.novel.add(stake);
    }

    pub(super) fn take(&mut self, tick: &Tick, held: Held) {
        let Some(past) = &self.past else {
            return;
        };
        if held.ordinary {
            self.rate.pay(rate_bets(past, tick.canary));
        }
        if self.open.milliseconds == 0 {
            self.open.has_settled = held.ordinary;
        }
        self.open.counts.add(tick.canary);
        self.open.has_novel |= held.novel > 0;
        self.open.milliseconds += u64::from(tick.milliseconds);
        if self.open.milliseconds >= self.window_milliseconds {
            self.settle();
        }
    }

    fn settle(&mut self) {
        let window = std::mem::take(&mut self.open);
        let requests = window.counts.requests;
        if requests > 0 && self.knows_kinds {
            self.novel.pay(share_bets(window.has_novel));
        }
        let high = self.past.as_ref().and_then(|past| past.high);
        let high = high.filter(|high| is_alike(requests, high.typical_requests));
        if let Some(high) = high.filter(|_| window.has_settled) {
            let high = Counts {
                requests: high.requests,
                errors: high.errors,
            };
            let [times, over] = MUCH_WORSE;
            let is_higher =
                crossed(&window.counts, &high) * over > crossed(&high, &window.counts) * times;
            self.high.pay(share_bets(is_higher));
        }
    }

    /// Natural logarithm of the e-value.
    pub(super) fn log_e(&self) -> f64 {
        let half = 0.5_f64.ln();
        let ordinary = half + ln_sum_exp(&[self.rate.log_e(), self.high.log_e()]);
        if self.knows_kinds {
            half + ln_sum_exp(&[ordinary, self.novel.log_e()])
        } else {
            ordinary
        }
    }
}

/// What a tick pays on each ratio, as logarithms: a Poisson count has E r^X = exp((r − 1)·mean), and one whose variance is
/// φ times its mean is taken for φ times a Poisson count.
fn rate_bets(past: &Past, counts: Counts) -> [f64; RATIOS.len()] {
    let rate = float(past.errors + ERRORS_BY_CHANCE) / float(past.requests);
    let expected = TOLERATED_RATIO * rate * float(counts.requests);
    let errors = float(counts.errors);
    RATIOS.map(|ratio| (errors * ratio.ln() - (ratio - 1.0) * expected) / past.dispersion)
}

/// What a window pays on each share.
fn share_bets(is_bad: bool) -> [f64; SHARES.len()] {
    SHARES.map(|share| {
        if is_bad {
            (share / TOLERATED_SHARE).ln()
        } else {
            ((1.0 - share) / (1.0 - TOLERATED_SHARE)).ln()
        }
    })
}

/// Natural logarithms of the wealth of bets that are made side by side.
#[derive(Clone, Debug, PartialEq)]
struct Stakes<const N: usize>([f64; N]);

impl<const N: usize> Stakes<N> {
    fn new(stake: f64) -> Self {
        Self([stake.ln(); N])
    }

    fn add(&mut self, stake: f64) {
        for wealth in &mut self.0 {
            *wealth = ln_sum_exp(&[*wealth, stake.ln()]);
        }
    }

    fn pay(&mut self, logs: [f64; N]) {
        for (wealth, log) in self.0.iter_mut().zip(logs) {
            *wealth += log;
        }
    }

    fn log_e(&self) -> f64 {
        ln_sum_exp(&self.0) - float(N as u64).ln()
    }
}
