//! What gates of evidence ask, as a person can ask it again.

use crate::clock::link_times;
use crate::view::words;
use scap_plan::{
    Configuration, CountersSource, Evidence, LinkPattern, LinkTimes, Plan, Query, ReleaseStep,
    RequestsQuery, StepId, StepKind, WaveId,
};
use scap_run::{GateState, RunState, UnixMillis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Shown before and after what was watched.
const MARGIN_MILLISECONDS: i64 = 60_000;

/// What one gate asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GateQueries {
    pub(crate) wave: WaveId,
    pub(crate) gate: usize,
    pub(crate) queries: Vec<AskedQuery>,
}

/// One question to a store, or to the instances themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AskedQuery {
    /// What it finds: `requests`, `errors`.
    pub(crate) finds: String,
    /// The steps whose instances it is about.
    pub(crate) of: Vec<String>,
    /// Who is asked.
    pub(crate) place: String,
    pub(crate) query: String,
    /// Which fields, labels or metrics of the answer mean what.
    pub(crate) fields: BTreeMap<String, String>,
    /// The page where a person sees the same.
    pub(crate) link: Option<String>,
}

/// What all gates of evidence of a run ask. Without a configuration it is not known where stores are.
pub(crate) fn of_run(state: &RunState, configuration: Option<&Configuration>) -> Vec<GateQueries> {
    let gates = state.evidence_gates();
    let asked = gates.map(|((wave, gate), evidence, progress)| {
        let asker = Asker {
            plan: &state.plan,
            configuration,
            times: times(progress),
        };
        GateQueries {
            wave,
            gate,
            queries: asker.queries(evidence),
        }
    });
    asked.collect()
}

/// Those of one gate.
pub(crate) fn of_gate(all: &[GateQueries], wave: WaveId, gate: usize) -> &[AskedQuery] {
    let found = all.iter().find(|it| (it.wave, it.gate) == (wave, gate));
    found.map_or(&[], |found| &found.queries)
}

fn times(progress: &GateState) -> Option<LinkTimes> {
    let (from, to) = progress.watched()?;
    Some(link_times(
        UnixMillis(from.0.saturating_sub(MARGIN_MILLISECONDS)),
        UnixMillis(to.0.saturating_add(MARGIN_MILLISECONDS)),
    ))
}

struct Asker<'a> {
    plan: &'a Plan,
    configuration: Option<&'a Configuration>,
    /// Absent before anything was asked.
    times: Option<LinkTimes>,
}

impl Asker<'_> {
    /// The same question is told once, with all steps that it is about.
    fn queries(&self, evidence: &Evidence) -> Vec<AskedQuery> {
        let mut all: Vec<AskedQuery> = Vec::new();
        let steps = evidence.canary.iter().chain(&evidence.control);
        for query in steps.flat_map(|step| self.of_step(*step, &evidence.counters.source)) {
            let same = all.iter_mut().find(|known| {
                (&known.finds, &known.place, &known.query)
                    == (&query.finds, &query.place, &query.query)
            });
            match same {
                Some(known) => known.of.extend(query.of),
                None => all.push(query),
            }
        }
        all
    }

    fn of_step(&self, id: StepId, source: &CountersSource) -> Vec<AskedQuery> {
        let step = self.plan.step(id);
        let name = words::short_name(step);
        if let Some(query) = of_instances(source) {
            let of = vec![name];
            return vec![AskedQuery { of, ..query }];
        }
        let StepKind::Release(release) = &step.kind else {
            return Vec::new();
        };
        let queries = match source {
            CountersSource::Prometheus(source) => vec![
                self.of_requests("requests", &source.requests, release),
                self.of_metrics("errors", &source.errors, release)
                    .map(|query| query.field("kind", source.signature.as_deref())),
            ],
            CountersSource::Logs(source) => vec![
                self.of_requests("requests", &source.requests, release),
                self.of_logs(&source.errors, release).map(|query| {
                    query
                        .field("instance", Some(&source.instance_field))
                        .field("kind", source.signature.as_deref())
                        .field("distinct", source.distinct.as_deref())
                }),
            ],
            CountersSource::PrometheusHistogram(source) => {
                let query = self.of_requests("requests by duration", &source.requests, release);
                let over = source.over.to_string();
                vec![query.map(|query| query.field("slow above", Some(&over)))]
            }
            CountersSource::Exposition(_) | CountersSource::ExpositionHistogram(_) => Vec::new(),
        };
        let of = |query| AskedQuery {
            of: vec![name.clone()],
            ..query
        };
        queries.into_iter().flatten().map(of).collect()
    }

    fn of_requests(
        &self,
        finds: &str,
        requests: &RequestsQuery,
        release: &ReleaseStep,
    ) -> Option<AskedQuery> {
        let query = self.of_metrics(finds, &requests.query, release)?;
        Some(query.field("instance", requests.label.as_deref()))
    }

    fn of_metrics(&self, finds: &str, query: &Query, release: &ReleaseStep) -> Option<AskedQuery> {
        let store = self.configuration.and_then(|it| it.metrics.as_ref());
        let url = store.map_or_else(String::new, |store| {
            format!(" at {}", store.url.of(release))
        });
        let query = query.of(&self.plan.service, release)?;
        let link = store.and_then(|store| store.link.as_ref());
        Some(AskedQuery {
            link: self.link(link, &query, release),
            ..AskedQuery::new(finds, format!("Prometheus{url}"), query)
        })
    }

    fn of_logs(&self, query: &Query, release: &ReleaseStep) -> Option<AskedQuery> {
        let store = self.configuration.and_then(|it| it.logs.as_ref());
        let url = store.map_or_else(String::new, |store| {
            format!(" at {}", store.url.of(release))
        });
        let query = query.of(&self.plan.service, release)?;
        let link = store.and_then(|store| store.link.as_ref());
        let link = self.link(link, &query, release);
        let asked = AskedQuery::new("errors", format!("the log store{url}"), query);
        let asked = asked
            .field("index", store.map(|store| store.index.as_str()))
            .field("time", store.map(|store| store.time_field.as_str()));
        Some(AskedQuery { link, ..asked })
    }

    fn link(
        &self,
        pattern: Option<&LinkPattern>,
        query: &str,
        release: &ReleaseStep,
    ) -> Option<String> {
        Some(pattern?.of(query, self.times.as_ref()?, release))
    }
}

/// What instances are asked themselves, if they are.
fn of_instances(source: &CountersSource) -> Option<AskedQuery> {
    let place = |port: Option<u16>| match port {
        Some(port) => format!("each instance at port {port}"),
        None => "each instance at its own port".to_owned(),
    };
    match source {
        CountersSource::Exposition(source) => {
            let query = format!("GET {}", source.path);
            let asked = AskedQuery::new("requests and errors", place(source.port), query);
            let asked = asked.field("requests", Some(&source.requests));
            let asked = asked.field("errors", Some(&source.errors));
            Some(asked.field("kind", source.signature.as_deref()))
        }
        CountersSource::ExpositionHistogram(source) => {
            let query = format!("GET {}", source.path);
            let asked = AskedQuery::new("requests by duration", place(source.port), query);
            let asked = asked.field("histogram", Some(&source.histogram));
            Some(asked.field("slow above", Some(&source.over.to_string())))
        }
        _ => None,
    }
}

impl AskedQuery {
    fn new(finds: &str, place: String, query: String) -> Self {
        Self {
            finds: finds.to_owned(),
            of: Vec::new(),
            place,
            query,
            fields: BTreeMap::new(),
            link: None,
        }
    }

    fn field(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.fields.insert(name.to_owned(), value.to_owned());
        }
        self
    }
}

#[cfg(test)]
mod tests;
