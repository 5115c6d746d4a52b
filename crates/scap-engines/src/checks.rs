//! Tries instances: tests that pass or fail, and counters of requests and errors. Changes nothing.

mod command;
mod counters;
mod exposition;
mod http;
mod instances;
mod preflight;

use futures::{FutureExt, StreamExt};
use scap_plan::{Counters, Plan, StepId, Test, TestKind};
use scap_run::{Check, Finding, Inspect, InstanceCounters, Snapshot, TestReport, Work};

use crate::causes::with_causes;
use crate::hosts::Fleet;
use crate::{Scratch, port};
use instances::Instance;

/// More at once would measure this machine rather than the instances.
const SIDE_BY_SIDE: usize = 40;

/// Tries the instances of steps.
#[derive(Clone, Debug)]
pub struct Checks {
    scratch: Scratch,
    fleet: Fleet,
    client: reqwest::Client,
}

impl Checks {
    /// `scratch` is where tests of type command run.
    pub fn new(scratch: Scratch, fleet: Fleet) -> Self {
        Self {
            scratch,
            fleet,
            client: http::client(),
        }
    }

    fn instances(&self, plan: &Plan, steps: &[StepId]) -> Vec<Instance> {
        let of_step = |step: &StepId| instances::of_step(&self.fleet, plan, *step);
        steps.iter().flat_map(of_step).collect()
    }

    async fn report(&self, test: &Test, instance: Instance) -> TestReport {
        let result = match &test.kind {
            TestKind::Http {
                path,
                port,
                status,
                text,
            } => {
                let expected = http::Expected {
                    status: *status,
                    text: text.as_deref(),
                };
                let target = instance.target(*port, path, test.timeout);
                match target {
                    Ok(target) => http::test(&self.client, &target, &expected).await,
                    Err(error) => Err(error.to_string()),
                }
            }
            TestKind::Port { port } => match instance.socket(*port) {
                Ok(address) => port::accepts(address, test.timeout.duration())
                    .await
                    .map_err(|error| format!("no connection to {address}: {error}")),
                Err(error) => Err(error.to_string()),
            },
            TestKind::Command {
                command,
                environment,
            } => {
                let program = command::program(test, &instance, command, environment);
                command::test(&self.scratch, program).await
            }
        };
        TestReport {
            test: test.name.clone(),
            instance: instance.name,
            failure: result.err(),
        }
    }

    async fn read(
        &self,
        instance: &Instance,
        counters: &Counters,
    ) -> Result<counters::Read, String> {
        let target = instance
            .target(counters.port, &counters.path, counters::PATIENCE)
            .map_err(|error| error.to_string())?;
        let text = http::text(&self.client, &target).await?;
        counters::read(&text, counters).map_err(|error| with_causes(&error))
    }

    /// Each instance's counters, or why there are none, in the order of the steps.
    async fn read_all(
        &self,
        plan: &Plan,
        counters: &Counters,
        steps: &[StepId],
    ) -> Vec<(String, Result<counters::Read, String>)> {
        let read = async |instance: Instance| {
            let result = self.read(&instance, counters).await;
            (instance.name, result)
        };
        let reads = self.instances(plan, steps).into_iter().map(read);
        futures::stream::iter(reads)
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await
    }
}

impl Check for Checks {
    fn tests<'a>(
        &'a self,
        plan: &'a Plan,
        tests: &'a [Test],
        steps: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>> {
        let instances = self.instances(plan, steps);
        let mut reports = Vec::new();
        for test in tests {
            let report = |instance: &Instance| self.report(test, instance.clone());
            reports.extend(instances.iter().map(report));
        }
        futures::stream::iter(reports)
            .buffered(SIDE_BY_SIDE)
            .collect()
            .boxed()
    }

    /// An error counter that is not there yet counts as 0: most client libraries show a counter with labels only after
    /// the first error. [`Inspect::preflight`] says so once.
    fn counters<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
    ) -> Work<'a, Snapshot> {
        async move {
            let mut snapshot = Snapshot::default();
            for (name, result) in self.read_all(plan, counters, steps).await {
                match result {
                    Ok(read) => {
                        let counters: InstanceCounters = read.counters;
                        snapshot.instances.insert(name, counters);
                    }
                    Err(why) => _ = snapshot.missing.insert(name, why),
                }
            }
            snapshot
        }
        .boxed()
    }
}

impl Inspect for Checks {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        preflight::preflight(self, plan).boxed()
    }
}
