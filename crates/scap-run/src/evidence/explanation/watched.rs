//! The sentence for each verdict of a watch, which has the past in the place of a control.

use std::fmt::{Formatter, Result};

use super::numbers::{factor, one_in, percent, seconds, thousands};
use super::{Counts, Explanation, Verdict, Watched};
use scap_plan::{Past, PastSource};

impl Explanation {
    pub(super) fn of_watch(&self, watched: &Watched, to: &mut Formatter<'_>) -> Result {
        let seen = counts(self.canary);
        let time = seconds(watched.milliseconds);
        match (self.verdict, &watched.past) {
            (Some(Verdict::Fail | Verdict::Concern), Some(past)) => self.concern(past, to),
            (Some(Verdict::Fail | Verdict::Concern), None) => write!(
                to,
                "more than {} of the requests had {} ({seen}), and nothing is known of the past",
                percent(self.settings.error_budget),
                self.settings.counted.words()
            ),
            (Some(Verdict::Pass), Some(past)) => write!(
                to,
                "in {time} no more {} than the past lets expect ({seen}; {})",
                self.settings.counted.words(),
                before(past)
            ),
            (Some(Verdict::Pass), None) => write!(
                to,
                "{} stay below {} ({seen}), certain to {}; nothing is known of the past",
                self.settings.counted.words(),
                percent(self.settings.error_budget),
                one_in(self.log_good)
            ),
            (Some(Verdict::Inconclusive), _) => {
                let missed = self.smallest_fault_excluded.unwrap_or(1.0);
                write!(
                    to,
                    "nothing is known of the past, and there is too little to tell ({seen}): a fault in less than {} of the requests could have been missed",
                    percent(missed)
                )
            }
            (Some(Verdict::NoData), _) => self.silence(to),
            (None, _) => write!(to, "no verdict yet ({seen})"),
        }
    }

    fn concern(&self, past: &Past, to: &mut Formatter<'_>) -> Result {
        let words = self.settings.counted.words();
        let (now, then) = (self.canary.rate(), whole(past).rate());
        match (now, then) {
            (Some(now), Some(then)) if now > then && then > 0.0 => {
                write!(
                    to,
                    "{words} came {} times as often as before",
                    factor(now / then)
                )?;
            }
            (Some(now), _) if now > 0.0 && past.errors == 0 => {
                write!(to, "{words} came, and there were none before")?;
            }
            _ => write!(to, "{words} came in more of the time than before")?,
        }
        let certainty = one_in(self.log_e_max);
        write!(
            to,
            " ({}; {}), certain to {certainty}",
            counts(self.canary),
            before(past)
        )?;
        if let Some(kind) = &self.signature {
            let (name, count) = (&kind.signature, thousands(kind.canary));
            write!(to, "; `{name}` was never seen before ({count})")?;
        }
        write!(to, "; the past alone takes nothing back")
    }

    fn silence(&self, to: &mut Formatter<'_>) -> Result {
        let least = self.settings.minimum_requests;
        if self.canary.requests < least {
            let (found, least) = (thousands(self.canary.requests), thousands(least));
            write!(
                to,
                "no data to judge by: {found} requests, and it needs {least}"
            )
        } else {
            let silent = seconds(self.silent_milliseconds);
            write!(to, "no data to judge by: no requests for {silent}")
        }
    }
}

fn counts(counts: Counts) -> String {
    let (errors, requests) = (thousands(counts.errors), thousands(counts.requests));
    format!("{errors} in {requests} requests")
}

fn whole(past: &Past) -> Counts {
    Counts {
        requests: past.requests,
        errors: past.errors,
    }
}

/// `412 in 1,203,400 of 9 former runs`
fn before(past: &Past) -> String {
    let (errors, requests) = (thousands(past.errors), thousands(past.requests));
    format!("{errors} in {requests} {}", of(past.source))
}

fn of(source: PastSource) -> String {
    match source {
        PastSource::Runs { runs: 1 } => "of a former run".to_owned(),
        PastSource::Runs { runs } => format!("of {runs} former runs"),
        PastSource::Store { days: 1 } => "of the last day".to_owned(),
        PastSource::Store { days } => format!("of the last {days} days"),
        PastSource::Control => "of this run's control".to_owned(),
    }
}
