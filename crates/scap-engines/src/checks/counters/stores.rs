//! Counts of a release's pods from stores: requests from Prometheus, errors from there or from a log store.

mod counted;
mod examples;
mod probe;

use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use scap_plan::{
    Counters, CountersSource, LogCounters, Period, PrometheusCounters, PrometheusHistogram,
    RequestsQuery, UrlPattern,
};

use super::log_store::{self, Search, Stretch};
use super::moments::{self, Ask, Due};
use super::prometheus;
use crate::checks::Checks;
use crate::checks::scope::Scope;
pub(in crate::checks) use counted::Counted;
use counted::{Memory, Names};

const NO_METRICS: &str = "scap.yaml names no Prometheus under `metrics`";
const NO_LOGS: &str = "scap.yaml names no log store under `logs`";

/// What is asked for one release.
struct Question<'a> {
    source: &'a CountersSource,
    requests: &'a RequestsQuery,
    metrics_url: String,
    requests_query: String,
    errors_query: String,
    lag: Period,
    errors: Errors<'a>,
}

enum Errors<'a> {
    Prometheus(&'a PrometheusCounters),
    Logs(&'a LogCounters, String),
    /// They are in the answer for requests.
    Slow(&'a PrometheusHistogram),
}

impl Checks {
    /// The counters of a release's pods, or of what all share; or why there are none.
    pub(in crate::checks) async fn counted(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
    ) -> Result<Counted, String> {
        let question = self.question(counters, scope)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let interval = question.requests.interval.duration();
        let moment = moments::moment(now, question.lag.duration(), interval);
        let asker = question.asker();
        let due = moments::due(&mut self.looks(), &asker, now, moment);
        let ask = match due {
            Due::Known(result) => return result,
            Due::Ask(ask) => ask,
        };
        let moment = ask.moment;
        let result = self.ask(&question, ask).await;
        moments::keep(&mut self.looks(), &asker, (now, moment), result.clone());
        result
    }

    fn looks(&self) -> std::sync::MutexGuard<'_, moments::Looks<Counted>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn question<'a>(
        &self,
        counters: &'a Counters,
        scope: Scope<'_>,
    ) -> Result<Question<'a>, String> {
        let (requests, errors_query, lag, errors) = match &counters.source {
            CountersSource::Exposition(_) | CountersSource::ExpositionHistogram(_) => {
                return Err("instances have them".to_owned());
            }
            CountersSource::PrometheusHistogram(source) => {
                let (requests, lag) = (&source.requests, Period::from_secs(0));
                (requests, &source.requests.query, lag, Errors::Slow(source))
            }
            CountersSource::Prometheus(source) => {
                let (requests, lag) = (&source.requests, Period::from_secs(0));
                (requests, &source.errors, lag, Errors::Prometheus(source))
            }
            CountersSource::Logs(source) => {
                let errors = Errors::Logs(source, scope.url(self.logs_address()?));
                (&source.requests, &source.errors, source.lag, errors)
            }
        };
        Ok(Question {
            source: &counters.source,
            requests,
            metrics_url: scope.url(self.metrics_address()?),
            requests_query: scope.query(&requests.query)?,
            errors_query: scope.query(errors_query)?,
            lag,
            errors,
        })
    }

    async fn ask(&self, question: &Question<'_>, ask: Ask<Counted>) -> Result<Counted, String> {
        let (moment, before) = (ask.moment, ask.before);
        let search = |query: &str| Search {
            query: query.to_owned(),
            all: stretch(ask.since, moment),
            newest: before.as_ref().map(|(before, _)| stretch(*before, moment)),
        };
        let metrics = self.prometheus(&question.metrics_url);
        let requests = metrics.series(&question.requests_query, moment.as_secs());
        let names = question.names();
        match &question.errors {
            Errors::Slow(source) => {
                counted::of_histogram(&requests.await?, source.over, names, memory(before))
            }
            Errors::Prometheus(_) => {
                let errors = metrics.series(&question.errors_query, moment.as_secs());
                let (requests, errors) = futures::join!(requests, errors);
                counted::of_series((&requests?, &errors?), names, memory(before))
            }
            Errors::Logs(source, url) => {
                let store = self.log_store(url)?;
                let search = search(&question.errors_query);
                let memory = memory(before);
                let from = (&memory.lines, self.scratch.secrets());
                let errors = store.count(source, &search, from);
                let (requests, errors) = futures::join!(requests, errors);
                counted::of_logs(&requests?, errors?, names, memory)
            }
        }
    }

    /// The address of the Prometheus that has a release's series.
    pub(in crate::checks) fn metrics_address(&self) -> Result<&UrlPattern, String> {
        let store = self.settings.metrics.as_ref().ok_or(NO_METRICS)?;
        Ok(&store.url)
    }

    /// The address of the log store that has a release's lines.
    pub(in crate::checks) fn logs_address(&self) -> Result<&UrlPattern, String> {
        let store = self.settings.logs.as_ref().ok_or(NO_LOGS)?;
        Ok(&store.url)
    }

    pub(in crate::checks) fn prometheus<'a>(&'a self, url: &'a str) -> prometheus::Asked<'a> {
        prometheus::Asked {
            client: &self.client,
            access: &self.access,
            url,
        }
    }

    pub(in crate::checks) fn log_store<'a>(
        &'a self,
        url: &'a str,
    ) -> Result<log_store::Asked<'a>, String> {
        Ok(log_store::Asked {
            client: &self.client,
            access: &self.access,
            store: self.settings.logs.as_ref().ok_or(NO_LOGS)?,
            url,
        })
    }
}

fn memory(before: Option<(Duration, Counted)>) -> Memory {
    before
        .map(|(_, counted)| counted.memory)
        .unwrap_or_default()
}

fn stretch(from: Duration, to: Duration) -> Stretch {
    let [from, to] = [from, to].map(|moment| moment.as_secs() * 1000);
    Stretch { from, to }
}

impl Question<'_> {
    fn names(&self) -> Names<'_> {
        let signature = match &self.errors {
            Errors::Prometheus(source) => &source.signature,
            Errors::Logs(source, _) => &source.signature,
            Errors::Slow(_) => &None,
        };
        Names {
            instance: self.requests.label.as_deref(),
            signature: signature.as_deref(),
        }
    }

    /// The same for the same queries to the same stores, by whoever counts in the same way.
    fn asker(&self) -> String {
        let (queries, stores) = (
            [&self.requests_query, &self.errors_query],
            (&self.metrics_url, self.logs_url()),
        );
        format!("{queries:?} {stores:?} {:?}", self.source)
    }

    fn logs_url(&self) -> Option<&str> {
        match &self.errors {
            Errors::Logs(_, url) => Some(url),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
