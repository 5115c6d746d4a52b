//! The sentence for each verdict.

use std::fmt::{Display, Formatter, Result};

use super::numbers::{factor, one_in, percent, seconds, thousands};
use super::{Counts, Explanation, Verdict};

impl Display for Explanation {
    fn fmt(&self, to: &mut Formatter<'_>) -> Result {
        if let Some(watched) = &self.watch {
            self.of_watch(watched, to)?;
            return self.warm_up(to);
        }
        match self.verdict {
            Some(Verdict::Fail | Verdict::Concern) => self.fail(to)?,
            None if self.is_doubted => self.fail(to)?,
            Some(Verdict::Pass) => self.pass(to)?,
            Some(Verdict::Inconclusive) => self.inconclusive(to)?,
            Some(Verdict::NoData) => self.no_data(to)?,
            None => write!(to, "no verdict yet ({})", both(self.canary, self.control))?,
        }
        self.doubts(to)?;
        self.warm_up(to)?;
        self.burst(to)
    }
}

impl Explanation {
    fn fail(&self, to: &mut Formatter<'_>) -> Result {
        let (mut canary, mut control) = (self.canary, self.control);
        match &self.signature {
            Some(kind) if self.is_led_by_signature => {
                (canary.errors, control.errors) = (kind.canary, kind.control);
                write!(to, "errors `{}` ", kind.signature)?;
            }
            _ => write!(to, "{} ", self.settings.counted.words())?,
        }
        match growth(canary, control) {
            Some(growth) if growth > 1.0 => {
                write!(to, "grew {}-fold against the control", factor(growth))?;
            }
            // An alarm stays, even if the control fails more later.
            Some(_) => write!(to, "outgrew the control's for a time")?,
            None => write!(to, "appeared that the control does not have")?,
        }
        let certainty = one_in(self.log_e_max);
        write!(to, " ({}), certain to {certainty}", both(canary, control))?;
        match &self.signature {
            Some(kind) if !self.is_led_by_signature => {
                let (canary, control) = (thousands(kind.canary), thousands(kind.control));
                let name = &kind.signature;
                write!(to, "; above all `{name}` ({canary} against {control})")
            }
            _ => Ok(()),
        }
    }

    /// Why nothing follows from what looks like a failure.
    fn doubts(&self, to: &mut Formatter<'_>) -> Result {
        if self.is_doubted {
            let word =
                "; held, as one cause may go on like that: former rollouts are too few to know";
            return to.write_str(word);
        }
        Ok(())
    }

    /// What was not held against the canary.
    fn warm_up(&self, to: &mut Formatter<'_>) -> Result {
        match self.settings.warm_up_milliseconds {
            0 => Ok(()),
            warm_up => write!(to, "; the first {} were its warm-up", seconds(warm_up)),
        }
    }

    /// What was held against it once only.
    fn burst(&self, to: &mut Formatter<'_>) -> Result {
        match self.settings.burst_milliseconds {
            0 => Ok(()),
            burst => write!(
                to,
                "; a cause may go on for {}, so that errors within them have one vote",
                seconds(burst)
            ),
        }
    }

    fn pass(&self, to: &mut Formatter<'_>) -> Result {
        let budget = percent(self.settings.error_budget);
        let (counts, certainty) = (both(self.canary, self.control), one_in(self.log_good));
        write!(
            to,
            "{} of the canary stay below {budget} ({counts}), certain to {certainty}",
            self.settings.counted.words()
        )
    }

    fn inconclusive(&self, to: &mut Formatter<'_>) -> Result {
        let counts = both(self.canary, self.control);
        match self.smallest_fault_excluded {
            Some(share) => write!(
                to,
                "too little to tell ({counts}): a fault in less than {} of the requests could have been missed",
                percent(share)
            ),
            None => write!(
                to,
                "too little to tell ({counts}): any fault could have been missed"
            ),
        }
    }

    fn no_data(&self, to: &mut Formatter<'_>) -> Result {
        let (canary, control) = (self.canary.requests, self.control.requests);
        if canary.min(control) < self.settings.minimum_requests {
            write!(
                to,
                "no data to judge by: {} requests of the canary and {} of the control, and each needs {}",
                thousands(canary),
                thousands(control),
                thousands(self.settings.minimum_requests)
            )
        } else {
            write!(
                to,
                "no data to judge by: the canary or the control has had no requests for {}",
                seconds(self.silent_milliseconds)
            )
        }
    }
}

/// Error rate of the canary over that of the control; none when the control has no errors.
fn growth(canary: Counts, control: Counts) -> Option<f64> {
    let rate = control.rate().filter(|rate| *rate > 0.0)?;
    Some(canary.rate()? / rate)
}

fn both(canary: Counts, control: Counts) -> String {
    format!(
        "{} in {} requests; {} in {}",
        thousands(canary.errors),
        thousands(canary.requests),
        thousands(control.errors),
        thousands(control.requests)
    )
}
