//! Requests of scap's own to the instances of steps, so that a service without traffic can be judged.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use http::{HeaderName, HeaderValue, Method};
use scap_plan::{Evidence, Httpbb, HttpbbRequest, Load, LoadSource, Period, Plan, Source, StepId};
use scap_run::Finding;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::Checks;
use super::ask::{Instance, Request};
use super::instances::Subject;
use super::trials::httpbb::{content, unreadable};
use super::trials::openapi;
use crate::secrets::KnownSecrets;

/// For one request.
const PATIENCE: Period = Period::from_secs(5);
/// How often pods are looked for anew.
const LIST_AGAIN: Duration = Duration::from_secs(5);
/// Requests that wait for an answer; beyond that the pace slows down.
const SIDE_BY_SIDE: usize = 50;

/// The instances of subjects, in turn.
struct Turns<'a> {
    checks: &'a Checks,
    subjects: &'a [Subject<'a>],
    pace: Interval,
    instances: Vec<Arc<Instance<'a>>>,
    listed: Option<Instant>,
    next: usize,
}

impl Checks {
    /// Goes on for as long as it is waited for; `answered` counts what came back, whatever its status.
    pub(super) async fn send_load(
        &self,
        plan: &Plan,
        load: &Load,
        steps: &[StepId],
        answered: &AtomicU64,
    ) {
        let subjects = self.subjects(plan, steps);
        // What cannot be sent was refused by preflight.
        let Ok(requests) = self.requests_of(load, &subjects) else {
            return;
        };
        let mut turns = Turns::new(self, &subjects, load.requests_per_second);
        let mut requests = requests.iter().cycle();
        let mut waiting = FuturesUnordered::new();
        loop {
            tokio::select! {
                instance = turns.take(), if waiting.len() < SIDE_BY_SIDE => {
                    if let (Some(instance), Some(request)) = (instance, requests.next()) {
                        waiting.push(self.ask_once(instance, request, (load.port, answered)));
                    }
                }
                Some(()) = waiting.next() => {}
            }
        }
    }

    async fn ask_once(
        &self,
        instance: Arc<Instance<'_>>,
        request: &Request,
        (port, answered): (Option<u16>, &AtomicU64),
    ) {
        let answer = self.send_to(&instance, request, (port, PATIENCE)).await;
        answered.fetch_add(u64::from(answer.is_ok()), Ordering::Relaxed);
    }

    /// Why the load of a gate cannot be sent.
    pub(super) fn unsendable(&self, plan: &Plan, evidence: &Evidence) -> Option<Finding> {
        let load = evidence.load.as_ref()?;
        let subjects = self.subjects(plan, &evidence.canary);
        let why = self.requests_of(load, &subjects).err()?;
        let message = format!("the requests of `load` cannot be sent: {why}");
        Some(Finding::error(message, "correct `load` of the service"))
    }

    /// At least one.
    fn requests_of(&self, load: &Load, subjects: &[Subject<'_>]) -> Result<Vec<Request>, String> {
        let subject = subjects.first().ok_or("nothing is compared")?;
        let directory = self.settings.directory_of(subject);
        let mut requests = requests(load, &directory, self.scratch.secrets())?;
        requests.retain(|request| load.r#unsafe || request.method.is_safe());
        if requests.is_empty() {
            return Err(
                "all of them may change something, and `unsafe: true` is not declared".to_owned(),
            );
        }
        Ok(requests)
    }
}

impl<'a> Turns<'a> {
    fn new(checks: &'a Checks, subjects: &'a [Subject<'a>], requests_per_second: u32) -> Self {
        let period = Duration::from_secs(1) / requests_per_second.max(1);
        let mut pace = tokio::time::interval(period);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            checks,
            subjects,
            pace,
            instances: Vec::new(),
            listed: None,
            next: 0,
        }
    }

    /// The next one, when it is time; nothing while there is none.
    async fn take(&mut self) -> Option<Arc<Instance<'a>>> {
        self.pace.tick().await;
        if self.listed.is_none_or(|at| at.elapsed() >= LIST_AGAIN) {
            self.list().await;
        }
        let place = self.next.checked_rem(self.instances.len())?;
        self.next = self.next.wrapping_add(1);
        Some(Arc::clone(&self.instances[place]))
    }

    async fn list(&mut self) {
        let mut instances = Vec::new();
        for subject in self.subjects {
            let found = self.checks.instances(subject).await;
            instances.extend(found.into_iter().flatten().map(Arc::new));
        }
        (self.instances, self.listed) = (instances, Some(Instant::now()));
    }
}

fn requests(load: &Load, directory: &Path, secrets: &KnownSecrets) -> Result<Vec<Request>, String> {
    match &load.source {
        LoadSource::Path(path) => Ok(vec![Request::get(path)]),
        LoadSource::OpenApi(file) => openapi::requests(&openapi::read(directory, file)?, secrets),
        LoadSource::Httpbb(file) => {
            let text = openapi::read(directory, file)?;
            let read = Httpbb::read(&Source::new(file, text));
            let read = read.map_err(|errors| unreadable(&errors))?;
            read.requests.iter().map(of_httpbb).collect()
        }
    }
}

/// Without the Host of its URL: it is the instance that is asked.
fn of_httpbb(wanted: &HttpbbRequest) -> Result<Request, String> {
    let (content_type, body) = content(wanted.body.as_ref());
    let content_type = content_type.map(|text| ("content-type", text));
    let own = wanted.headers.iter();
    let headers = own.map(|(name, value)| (name.as_str(), value.as_str()));
    let header = |(name, value): (&str, &str)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    };
    let headers: Option<Vec<_>> = content_type
        .into_iter()
        .chain(headers)
        .map(header)
        .collect();
    let method = Method::from_bytes(wanted.method.as_bytes()).ok();
    let request = headers.zip(method).map(|(headers, method)| Request {
        method,
        path: wanted.path.clone(),
        headers,
        body,
    });
    request.ok_or_else(|| {
        format!(
            "line {} has a method or a header that cannot be sent",
            wanted.line
        )
    })
}
