//! Whether a Prometheus has what a query asks for, and how often it gets it.

use std::time::Duration;

use jiff::SignedDuration;

use super::selectors::Selector;
use super::{Asked, series};

/// What is there of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::checks) enum Presence {
    /// As it is wanted, now.
    Now,
    /// As it is wanted, in the last days.
    Earlier,
    /// With other labels only.
    Elsewhere,
    /// Not at all in the last days.
    Never,
}

/// Long enough for some scrapes, short enough to be of the pods that run now.
const SCRAPES: Duration = Duration::from_mins(5);

impl Asked<'_> {
    /// What there is of `selector` at a moment, in seconds since 1970, or was in the `days` before.
    pub(in crate::checks) async fn presence(
        &self,
        selector: &Selector,
        (at_seconds, days): (u64, u64),
    ) -> Result<Presence, String> {
        let Selector { metric, text } = selector;
        let is_there = async |query: String| {
            let number = self.number(&query, at_seconds).await;
            number.map(|number| number.is_some())
        };
        if is_there(format!("count({text})")).await? {
            return Ok(Presence::Now);
        }
        if is_there(format!("count(last_over_time({text}[{days}d]))")).await? {
            return Ok(Presence::Earlier);
        }
        let is_elsewhere = is_there(format!("count({metric})")).await?
            || is_there(format!("count(last_over_time({metric}[{days}d]))")).await?;
        Ok(if is_elsewhere {
            Presence::Elsewhere
        } else {
            Presence::Never
        })
    }

    /// How far samples of `selector` are apart; none where there are not enough of them to tell. Series that are younger than
    /// the time that is looked at have fewer, however often they are scraped.
    pub(in crate::checks) async fn interval(
        &self,
        selector: &Selector,
        at_seconds: u64,
    ) -> Result<Option<Duration>, String> {
        let seconds = SCRAPES.as_secs();
        let text = &selector.text;
        let query =
            format!("max(count_over_time({text}[{seconds}s]) and {text} offset {seconds}s)");
        let samples = self.number(&query, at_seconds).await?;
        let samples = samples.filter(|samples| *samples >= 2.0);
        Ok(samples.map(|samples| SCRAPES.div_f64(samples)))
    }

    /// How far its own clock is ahead of this machine's.
    pub(in crate::checks) async fn clock_ahead(&self, at_seconds: u64) -> Option<SignedDuration> {
        self.ask("vector(1)", at_seconds).await.ok()?.said.ahead
    }

    /// The one number that `query` has as its result, if it has any.
    async fn number(&self, query: &str, at_seconds: u64) -> Result<Option<f64>, String> {
        let answer = self.ask(query, at_seconds).await?;
        let series = series(&answer, query).map_err(|error| error.to_string())?;
        Ok(series
            .first()
            .and_then(|series| series.value.1.parse().ok()))
    }
}
