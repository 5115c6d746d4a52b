//! Tries instances: tests that pass or fail, and counts of requests and errors. Changes nothing.

mod access;
mod ask;
mod clues;
mod clusters;
mod counters;
mod examples;
mod history;
mod http;
mod instances;
mod load;
mod pods;
mod preflight;
mod scope;
mod settings;
mod trials;

pub use clues::{SpecificationStanding, specification};
pub use history::{Point, window};
pub use settings::CheckSettings;
pub use trials::httpbb::{HttpbbReport, HttpbbSettings, HttpbbTarget, Mismatch, smoke};

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt};
use scap_plan::{Counters, Load, Plan, StepId, Test};
use scap_run::{Check, ErrorExample, Finding, Inspect, Snapshot, TestReport, WantedExamples, Work};

use crate::Scratch;
use crate::causes::with_causes;
use ask::Instance;
use clusters::Clusters;
use counters::Wanted;
use http::Answer;
use instances::{Host, Subject};
use pods::Pod;
use scope::Scope;

/// More at once would measure this machine rather than the instances.
const SIDE_BY_SIDE: usize = 40;

/// Tries the instances of steps.
#[derive(Clone, Debug)]
pub struct Checks {
    scratch: Scratch,
    settings: CheckSettings,
    client: reqwest::Client,
    clusters: Clusters,
    access: access::Access,
    exposed: counters::exposed::Exposed,
    looks: Arc<Mutex<counters::moments::Looks<counters::stores::Counted>>>,
}

/// Why an instance has no counters.
struct Unread {
    why: String,
    /// Whether it has answered, and not what the check expects.
    is_of_the_check: bool,
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        Self {
            why,
            is_of_the_check: false,
        }
    }
}

/// Each instance's counters, or why there are none.
type Reads = Vec<(String, Result<counters::Read, Unread>)>;

impl Checks {
    /// `scratch` is where tests of the types `command` and `helm_test` run.
    pub fn new(scratch: Scratch, settings: CheckSettings) -> Self {
        Self {
            scratch,
            settings,
            client: http::client(),
            clusters: Clusters::default(),
            access: access::Access::default(),
            exposed: counters::exposed::Exposed::default(),
            looks: Arc::default(),
        }
    }

    fn subjects<'a>(&self, plan: &'a Plan, steps: &[StepId]) -> Vec<Subject<'a>> {
        let of_step = |step: &StepId| instances::of_step(&self.settings.fleet, plan, *step);
        steps.iter().flat_map(of_step).collect()
    }

    async fn read_host(
        &self,
        host: &Host<'_>,
        wanted: Wanted<'_>,
    ) -> Result<counters::Read, Unread> {
        let target = host
            .target(wanted.port(), wanted.path(), counters::PATIENCE)
            .map_err(|error| error.to_string())?;
        let answer = http::get(&self.client, &target, http::EXPOSITION).await?;
        self.read(host.name.as_str(), answer, wanted)
    }

    async fn read_pod(&self, pod: &Pod, wanted: Wanted<'_>) -> Result<counters::Read, Unread> {
        let port = wanted.port().or(pod.scraped_port);
        let how = (http::EXPOSITION, counters::PATIENCE);
        let answer = pod.get(port, wanted.path(), how).await?;
        self.read(&pod.name, answer, wanted)
    }

    fn read(
        &self,
        instance: &str,
        answer: Answer,
        wanted: Wanted<'_>,
    ) -> Result<counters::Read, Unread> {
        let content_type = answer.said.content_type.clone();
        let text = answer.text()?;
        // Without a lock: a text may be long.
        let whose = whose(instance, wanted);
        let mut memory = self.exposed.recall(&whose);
        let read = counters::read(&text, content_type.as_deref(), (wanted, &mut memory));
        let read = read.map_err(|error| Unread {
            why: with_causes(&error),
            is_of_the_check: true,
        })?;
        self.exposed.remember(whose, memory);
        Ok(read)
    }

    async fn read_subject(&self, subject: &Subject<'_>, wanted: Wanted<'_>) -> Reads {
        let instances = match self.instances(subject).await {
            Ok(instances) => instances,
            Err(why) => return vec![(subject.name().to_owned(), Err(why.into()))],
        };
        let read = async |instance: Instance<'_>| {
            let result = match &instance {
                Instance::Host(host) => self.read_host(host, wanted).await,
                Instance::Pod(pod) => self.read_pod(pod, wanted).await,
            };
            (instance.name().to_owned(), result)
        };
        side_by_side(instances.into_iter().map(read)).await
    }

    /// What instances expose, in the order of the steps.
    async fn read_all(&self, wanted: Wanted<'_>, subjects: &[Subject<'_>]) -> Reads {
        let read = async |subject: &Subject<'_>| self.read_subject(subject, wanted).await;
        let reads = side_by_side(subjects.iter().map(read)).await;
        reads.into_iter().flatten().collect()
    }

    async fn snapshot(&self, counters: &Counters, subjects: &[Subject<'_>]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        if counters.is_shared && !subjects.is_empty() {
            return self.of_scope(counters, Scope::Shared(&counters.name)).await;
        }
        if let Some(wanted) = Wanted::of(&counters.source) {
            self.exposed.forget_old();
            for (name, result) in self.read_all(wanted, subjects).await {
                match result {
                    Ok(read) => _ = snapshot.instances.insert(name, read.counters),
                    Err(unread) => _ = snapshot.missing.insert(name, unread.why),
                }
            }
            return snapshot;
        }
        let count = async |subject: &Subject<'_>| self.in_stores(counters, subject).await;
        for part in side_by_side(subjects.iter().map(count)).await {
            snapshot.instances.extend(part.instances);
            snapshot.missing.extend(part.missing);
        }
        snapshot
    }

    async fn in_stores(&self, counters: &Counters, subject: &Subject<'_>) -> Snapshot {
        match subject {
            Subject::Release(release) => self.of_scope(counters, Scope::Release(release)).await,
            Subject::Host(host) => {
                let why = "stores are asked for pods only".to_owned();
                Snapshot {
                    missing: [(host.name.to_string(), why)].into(),
                    ..Snapshot::default()
                }
            }
        }
    }

    async fn of_scope(&self, counters: &Counters, scope: Scope<'_>) -> Snapshot {
        let mut snapshot = Snapshot::default();
        match self.counted(counters, scope).await {
            Ok(counted) => {
                let name = |pod: &str| scope.pod(pod);
                let instances = counted.instances.into_iter();
                snapshot.instances = instances.map(|(pod, seen)| (name(&pod), seen)).collect();
                for pod in counted.strangers {
                    let why = "it has errors, and no requests under this name".to_owned();
                    snapshot.missing.insert(name(&pod), why);
                }
                let remarks = counted.remarks.into_iter();
                let of_release = |what| format!("{what} of {}", scope.name());
                snapshot
                    .missing
                    .extend(remarks.map(|(what, why)| (of_release(what), why)));
            }
            Err(why) => _ = snapshot.missing.insert(scope.name().to_owned(), why),
        }
        snapshot
    }
}

/// Under what is remembered what an instance exposed.
fn whose(instance: &str, wanted: Wanted<'_>) -> String {
    format!("{instance} {wanted:?}")
}

/// What comes of all of `work`, in its order.
async fn side_by_side<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let stream = futures::stream::iter(work);
    stream.buffered(SIDE_BY_SIDE).collect().await
}

impl Check for Checks {
    fn tests<'a>(
        &'a self,
        plan: &'a Plan,
        tests: &'a [Test],
        steps: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>> {
        self.in_rounds(plan, tests, steps).boxed()
    }

    /// An error counter that is not there yet counts as 0: most client libraries show a counter with labels only after
    /// the first error. [`Inspect::preflight`] says so once.
    fn counters<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
    ) -> Work<'a, Snapshot> {
        async move { self.snapshot(counters, &self.subjects(plan, steps)).await }.boxed()
    }

    fn examples<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
        wanted: &'a WantedExamples,
    ) -> Work<'a, Result<Vec<ErrorExample>, String>> {
        self.find_examples((plan, steps), counters, wanted).boxed()
    }

    fn load<'a>(
        &'a self,
        plan: &'a Plan,
        load: &'a Load,
        steps: &'a [StepId],
        answered: &'a AtomicU64,
    ) -> Work<'a, ()> {
        self.send_load(plan, load, steps, answered).boxed()
    }

    fn probe<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        preflight::preflight(self, plan).boxed()
    }
}

impl Inspect for Checks {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        self.probe(plan)
    }
}
