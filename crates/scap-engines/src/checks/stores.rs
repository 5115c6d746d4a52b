//! Counts of a release's pods from stores: requests from Prometheus, errors from there or from a log store.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::{Duration, SystemTime};

use scap_plan::{
    Counters, CountersSource, LogCounters, Period, PrometheusCounters, Query, RequestsQuery,
};
use scap_run::InstanceCounters;

use super::instances::Release;
use super::log_store::{self, Lines, Search};
use super::moments::{self, Due};
use super::prometheus::{self, Series};
use super::{Checks, pods};
use crate::causes::with_causes;

const NO_METRICS: &str = "scap.yaml names no Prometheus under `metrics`";
const NO_LOGS: &str = "scap.yaml names no log store under `logs`";

/// What stores have counted, by pod.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counted {
    pub(super) instances: BTreeMap<String, InstanceCounters>,
    /// Pods that have errors, and requests under no such name.
    pub(super) strangers: Vec<String>,
    /// Whether there is no series of errors yet.
    pub(super) is_without_errors: bool,
}

/// What is asked for one release.
struct Question<'a> {
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
}

impl Checks {
    /// The counters of a release's pods, or why there are none.
    pub(super) async fn counted(
        &self,
        counters: &Counters,
        release: &Release<'_>,
    ) -> Result<Counted, String> {
        let question = self.question(counters, release)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let interval = question.requests.interval.duration();
        let moment = moments::moment(now, question.lag.duration(), interval);
        let asker = question.asker();
        let due = moments::due(&mut self.looks(), &asker, now, moment);
        let (since, moment) = match due {
            Due::Known(result) => return result,
            Due::Ask { since, moment } => (since, moment),
        };
        let result = self.ask(&question, (since, moment)).await;
        moments::keep(&mut self.looks(), &asker, (now, moment), result.clone());
        result
    }

    fn looks(&self) -> std::sync::MutexGuard<'_, moments::Looks<Counted>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn question<'a>(
        &self,
        counters: &'a Counters,
        release: &Release<'_>,
    ) -> Result<Question<'a>, String> {
        let step = release.step;
        let (requests, errors_query, lag, errors) = match &counters.source {
            CountersSource::Exposition(_) => return Err("instances have them".to_owned()),
            CountersSource::Prometheus(source) => {
                let (requests, lag) = (&source.requests, Period::from_secs(0));
                (requests, &source.errors, lag, Errors::Prometheus(source))
            }
            CountersSource::Logs(source) => {
                let store = self.settings.logs.as_ref().ok_or(NO_LOGS)?;
                let errors = Errors::Logs(source, store.url.of(step));
                (&source.requests, &source.errors, source.lag, errors)
            }
        };
        let metrics = self.settings.metrics.as_ref().ok_or(NO_METRICS)?;
        let filled = |query: &Query| query.of(release.service, step).ok_or(pods::PREVIEW);
        Ok(Question {
            requests,
            metrics_url: metrics.url.of(step),
            requests_query: filled(&requests.query)?,
            errors_query: filled(errors_query)?,
            lag,
            errors,
        })
    }

    async fn ask(
        &self,
        question: &Question<'_>,
        (since, moment): (Duration, Duration),
    ) -> Result<Counted, String> {
        let url = &question.metrics_url;
        let ask =
            async |query: &str| prometheus::ask(&self.client, url, (query, moment.as_secs())).await;
        let requests = ask(&question.requests_query);
        let label = question.requests.label.as_deref();
        match &question.errors {
            Errors::Prometheus(source) => {
                let errors = ask(&question.errors_query);
                let (requests, errors) = futures::join!(requests, errors);
                let errors = by_instance(&errors?, label, source.signature.as_deref())?;
                counted(&requests?, label, errors)
            }
            Errors::Logs(source, url) => {
                let store = self.settings.logs.as_ref().ok_or(NO_LOGS)?;
                let search = Search {
                    query: question.errors_query.clone(),
                    from_milliseconds: since.as_secs() * 1000,
                    to_milliseconds: moment.as_secs() * 1000,
                };
                let errors = log_store::count(
                    &self.client,
                    (store, url),
                    source,
                    &search,
                    self.scratch.secrets(),
                );
                let (requests, errors) = futures::join!(requests, errors);
                let counted = counted(&requests?, label, errors?)?;
                Ok(Counted {
                    is_without_errors: false,
                    ..counted
                })
            }
        }
    }

    /// Fields of a log store that no errors can be counted by.
    pub(super) async fn unusable_fields(
        &self,
        source: &LogCounters,
        release: &Release<'_>,
    ) -> Result<Vec<String>, String> {
        let store = self.settings.logs.as_ref().ok_or(NO_LOGS)?;
        let url = store.url.of(release.step);
        log_store::unusable_fields(&self.client, (store, &url), source).await
    }
}

impl Question<'_> {
    /// The same for the same queries to the same stores.
    fn asker(&self) -> String {
        let (kind, url) = match &self.errors {
            Errors::Prometheus(source) => (&source.signature, &self.metrics_url),
            Errors::Logs(source, url) => (&source.signature, url),
        };
        let label = &self.requests.label;
        let (interval, lag) = (self.requests.interval, self.lag);
        let (queries, stores) = (
            [&self.requests_query, &self.errors_query],
            [&self.metrics_url, url],
        );
        format!("{queries:?} {stores:?} {kind:?} {label:?} {interval} {lag}")
    }
}

/// Errors of each pod, by the label that names it.
fn by_instance(
    series: &[Series],
    label: Option<&str>,
    signature: Option<&str>,
) -> Result<BTreeMap<String, Lines>, String> {
    let mut found: BTreeMap<String, Lines> = BTreeMap::new();
    for series in series {
        let instance = series.instance(label).map_err(|error| error.to_string())?;
        let count = series
            .count("errors")
            .map_err(|error| with_causes(&error))?;
        let lines = found.entry(instance.to_owned()).or_default();
        lines.errors += count;
        // An error without the label counts as an error, but has no signature.
        if let Some(kind) = signature.and_then(|label| series.labels.get(label)) {
            *lines.signatures.entry(kind.clone()).or_insert(0) += count;
        }
    }
    Ok(found)
}

fn counted(
    requests: &[Series],
    label: Option<&str>,
    mut errors: BTreeMap<String, Lines>,
) -> Result<Counted, String> {
    if requests.is_empty() {
        return Err("the query for requests found no series".to_owned());
    }
    let is_without_errors = errors.is_empty();
    let mut instances: BTreeMap<String, InstanceCounters> = BTreeMap::new();
    for series in requests {
        let instance = series.instance(label).map_err(|error| error.to_string())?;
        let count = series
            .count("requests")
            .map_err(|error| with_causes(&error))?;
        instances.entry(instance.to_owned()).or_default().requests += count;
    }
    for (name, counters) in &mut instances {
        if let Some(lines) = errors.remove(name) {
            counters.errors = lines.errors;
            counters.signatures = lines.signatures;
        }
    }
    Ok(Counted {
        instances,
        strangers: errors.into_keys().collect(),
        is_without_errors,
    })
}

#[cfg(test)]
mod tests;
