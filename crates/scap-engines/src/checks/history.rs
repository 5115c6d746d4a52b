//! What stores have of a release's past days: requests and errors of each pod in each window, and kinds with an example.

mod lines;
mod range;
mod slow;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use futures::StreamExt;
use scap_plan::{Counters, CountersSource, Period, Plan, StepId, StepKind};
use scap_run::UnixMillis;
use scap_run::evidence::Counts;
use scap_run::history::{History, Kind, Window};

use super::instances::Release;
use super::scope::Scope;
use super::{Checks, access};

/// A run has a tick for each scrape; shorter ones would be very many in a month.
const SHORTEST_WINDOW: Period = Period::from_secs(15);
/// Windows that are asked for at once: even with a hundred pods they stay below the usual limit of buckets, and the answer
/// below what is read of one.
const AT_ONCE: u64 = 360;
/// Half of the turns that a store has for us: the others are for runs that go on meanwhile.
const SIDE_BY_SIDE: usize = access::AT_ONCE / 2;

/// Windows from one moment to another, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit is the last word of each"
)]
struct Stretch {
    from_seconds: u64,
    to_seconds: u64,
    window_seconds: u64,
}

/// The time for which lines may still be on their way to a store, in seconds.
const SETTLED: u64 = 600;
/// The same where an early look that tells a little too little is worth more than a late one.
const SOON_SETTLED: u64 = 60;

/// What was counted of a signal from one moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at: UnixMillis,
    pub counts: Counts,
    /// How long 95 of a hundred requests took at the most; of checks that count slow requests, where there were any.
    pub p95_milliseconds: Option<f64>,
}

/// What each pod counted, by the beginning of the window.
type ByWindow = BTreeMap<u64, BTreeMap<String, u64>>;

/// What was counted in the windows of a stretch.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    requests: ByWindow,
    errors: ByWindow,
    /// Of all pods together.
    p95_milliseconds: BTreeMap<u64, f64>,
    /// Those of the histogram that it was counted by, if it was.
    bounds: BTreeSet<String>,
}

/// What was counted in all windows.
#[derive(Default)]
struct Past {
    instances: Instances,
    windows: Vec<Window>,
    p95_milliseconds: BTreeMap<u64, f64>,
    bounds: BTreeSet<String>,
}

impl Checks {
    /// Requests and errors of a step's release over the last `days`, or why there are none.
    pub async fn history(
        &self,
        plan: &Plan,
        counters: &Counters,
        (step, days): (StepId, u32),
    ) -> Result<History, String> {
        if counters.is_shared {
            let scope = Scope::Shared(&counters.name);
            return self.history_of(counters, scope, days).await;
        }
        let StepKind::Release(of_step) = &plan.step(step).kind else {
            return Err("stores are asked for pods only".to_owned());
        };
        let release = Release {
            name: plan.step(step).to_string(),
            service: &plan.service,
            step: of_step,
        };
        let scope = Scope::Release(&release);
        self.history_of(counters, scope, days).await
    }

    /// What a signal that all deployments share counted lately, window by window, or why that is not known.
    pub async fn recent(
        &self,
        counters: &Counters,
        (period, window): (Period, Period),
    ) -> Result<Vec<Point>, String> {
        let window = window.max(self::window(counters));
        let lately = stretch(period, window, SOON_SETTLED);
        let scope = Scope::Shared(&counters.name);
        let past = self.past(counters, scope, lately).await?;
        let windows = lately.starts().zip(past.windows);
        let points = windows.map(|(start, window)| Point {
            at: UnixMillis(i64::try_from(start * 1_000).unwrap_or(i64::MAX)),
            counts: window.sum(),
            p95_milliseconds: past.p95_milliseconds.get(&start).copied(),
        });
        Ok(points.collect())
    }

    async fn history_of(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
        days: u32,
    ) -> Result<History, String> {
        let days = Period::from_secs(u64::from(days) * 86_400);
        let stretch = stretch(days, window(counters), SETTLED);
        let past = self.past(counters, scope, stretch).await?;
        let kinds = self.kinds(counters, scope, stretch).await?;
        Ok(History {
            release: scope.name().to_owned(),
            instances: past.instances.names,
            windows: past.windows,
            kinds,
        })
    }

    async fn past(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
        stretch: Stretch,
    ) -> Result<Past, String> {
        let parts = futures::stream::iter(stretch.parts());
        let parts = parts.map(async |part| (part, self.part(counters, scope, part).await));
        let mut parts = parts.buffered(SIDE_BY_SIDE);
        let mut past = Past::default();
        while let Some((part, counted)) = parts.next().await {
            past.take_in(part, counted?);
        }
        if let CountersSource::PrometheusHistogram(source) = &counters.source {
            slow::has_bound(&past, source)?;
        }
        Ok(past)
    }

    async fn part(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
        stretch: Stretch,
    ) -> Result<Counted, String> {
        if let CountersSource::PrometheusHistogram(source) = &counters.source {
            let query = scope.query(&source.requests.query)?;
            let url = scope.url(self.metrics_address()?);
            return slow::counted(&self.prometheus(&url), (&query, source), stretch).await;
        }
        Ok(Counted {
            requests: self.requests(counters, scope, stretch).await?,
            errors: self.errors(counters, scope, stretch).await?,
            ..Counted::default()
        })
    }

    async fn requests(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
        stretch: Stretch,
    ) -> Result<ByWindow, String> {
        let source = match &counters.source {
            CountersSource::Prometheus(source) => &source.requests,
            CountersSource::Logs(source) => &source.requests,
            _ => return Err(no_history(counters)),
        };
        let query = scope.query(&source.query)?;
        self.grown(&query, source.label.as_deref(), (scope, stretch))
            .await
    }

    async fn errors(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
        stretch: Stretch,
    ) -> Result<ByWindow, String> {
        match &counters.source {
            CountersSource::Prometheus(source) => {
                let query = scope.query(&source.errors)?;
                let label = source.requests.label.as_deref();
                self.grown(&query, label, (scope, stretch)).await
            }
            CountersSource::Logs(source) => {
                let url = scope.url(self.logs_address()?);
                let search = lines::Search {
                    query: scope.query(&source.errors)?,
                    stretch,
                };
                lines::count(&self.log_store(&url)?, source, &search).await
            }
            _ => Err(no_history(counters)),
        }
    }

    async fn grown(
        &self,
        query: &str,
        label: Option<&str>,
        (scope, stretch): (Scope<'_>, Stretch),
    ) -> Result<ByWindow, String> {
        let url = scope.url(self.metrics_address()?);
        range::grown(&self.prometheus(&url), (query, label), stretch).await
    }

    async fn kinds(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
        past: Stretch,
    ) -> Result<Vec<Kind>, String> {
        let CountersSource::Logs(source) = &counters.source else {
            return Ok(Vec::new());
        };
        let url = scope.url(self.logs_address()?);
        let search = lines::Search {
            query: scope.query(&source.errors)?,
            stretch: past,
        };
        let what = (&search, self.scratch.secrets());
        lines::kinds(&self.log_store(&url)?, source, what).await
    }
}

fn no_history(counters: &Counters) -> String {
    let name = &counters.name;
    format!("the check `{name}` asks the pods, which remember nothing: only stores have a past")
}

/// As long as the ticks of a run.
pub fn window(counters: &Counters) -> Period {
    let interval = match &counters.source {
        CountersSource::Prometheus(source) => source.requests.interval,
        CountersSource::PrometheusHistogram(source) => source.requests.interval,
        CountersSource::Logs(source) => source.requests.interval,
        CountersSource::Exposition(_) | CountersSource::ExpositionHistogram(_) => SHORTEST_WINDOW,
    };
    interval.max(SHORTEST_WINDOW)
}

/// Whole windows up to `settled` seconds ago.
fn stretch(period: Period, window: Period, settled: u64) -> Stretch {
    let window_seconds = window.duration().as_secs();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_secs().saturating_sub(settled);
    let whole = |seconds: u64| seconds - seconds % window_seconds;
    Stretch {
        from_seconds: whole(now.saturating_sub(period.duration().as_secs())),
        to_seconds: whole(now),
        window_seconds,
    }
}

/// Pods in the order in which they were met.
#[derive(Default)]
struct Instances {
    names: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Instances {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}

impl Past {
    fn take_in(&mut self, stretch: Stretch, counted: Counted) {
        let windows = stretch.windows(&mut self.instances, &counted);
        self.windows.extend(windows);
        self.p95_milliseconds.extend(counted.p95_milliseconds);
        self.bounds.extend(counted.bounds);
    }
}

impl Stretch {
    fn starts(self) -> impl Iterator<Item = u64> {
        let length = usize::try_from(self.window_seconds).unwrap_or(usize::MAX);
        (self.from_seconds..self.to_seconds).step_by(length)
    }

    /// As much as is asked for at once each.
    fn parts(self) -> Vec<Self> {
        let seconds = AT_ONCE * self.window_seconds;
        let length = usize::try_from(seconds).unwrap_or(usize::MAX);
        let starts = (self.from_seconds..self.to_seconds).step_by(length);
        let part = |from_seconds: u64| Self {
            from_seconds,
            to_seconds: self.to_seconds.min(from_seconds + seconds),
            ..self
        };
        starts.map(part).collect()
    }

    /// Every window, also those in which nothing was counted.
    fn windows(self, instances: &mut Instances, counted: &Counted) -> Vec<Window> {
        let window = |start: u64| {
            let mut counts: BTreeMap<usize, Counts> = BTreeMap::new();
            for (pod, requests) in counted.requests.get(&start).into_iter().flatten() {
                counts.entry(instances.place(pod)).or_default().requests = *requests;
            }
            for (pod, errors) in counted.errors.get(&start).into_iter().flatten() {
                counts.entry(instances.place(pod)).or_default().errors = *errors;
            }
            Window(counts.into_iter().collect())
        };
        self.starts().map(window).collect()
    }
}
