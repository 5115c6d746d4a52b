//! Tests, on hosts and on releases.

mod command;
mod helm_test;
pub(super) mod httpbb;
pub(super) mod openapi;
mod requests;
mod result_file;
mod rounds;

use std::path::Path;

use scap_plan::{Test, TestKind};
use scap_run::TestReport;

use super::Checks;
use super::ask::Asked;
use super::http::{self, ANYTHING, Expected};
use super::instances::{Host, Release, Subject};
use super::pods::{self, Pod};
use crate::port;
use crate::secrets::KnownSecrets;
use command::{Declared, Told};

/// A release has no port that could be connected to from here.
const NO_PORT: &str = "the ports of pods are not connected to: ask them by a test of type http";

/// An instance, and why the test failed on it.
type Tried = (String, Result<(), String>);

impl Checks {
    /// One report for each instance that the test is about, or part of it, of the subjects that are tried [`together`].
    pub(super) async fn try_on(&self, test: &Test, subjects: &[&Subject<'_>]) -> Vec<TestReport> {
        if let TestKind::Httpbb(wanted) = &test.kind {
            let settings = (&self.settings, self.scratch.secrets());
            return httpbb::test(test, wanted, subjects, settings).await;
        }
        let [subject] = subjects else {
            return Vec::new();
        };
        if let Some(declared) = declared_command(&test.kind) {
            let told = match subject {
                Subject::Host(host) => Told::of_host(host, declared),
                Subject::Release(release) => {
                    let directory = self.settings.kubernetes.directory_of(release.step);
                    Told::of_release(release, directory, declared)
                }
            };
            return command::test(&self.scratch, test, told, declared).await;
        }
        let results = match subject {
            Subject::Host(host) => vec![(host.name.clone(), self.on_host(test, host).await)],
            Subject::Release(release) => self.on_release(test, release).await,
        };
        let report = |(instance, result): Tried| TestReport {
            test: test.name.clone(),
            instance,
            failure: result.err(),
            ..TestReport::default()
        };
        results.into_iter().map(report).collect()
    }

    async fn on_host(&self, test: &Test, host: &Host) -> Result<(), String> {
        match &test.kind {
            TestKind::Http {
                path,
                port,
                status,
                text,
            } => {
                let target = host.target(*port, path, test.timeout);
                let target = target.map_err(|error| error.to_string())?;
                let answer = http::get(&self.client, &target, ANYTHING).await?;
                answer.compare(&expected(*status, text.as_ref(), self.scratch.secrets()))
            }
            TestKind::Port { port } => {
                let address = host.socket(*port).map_err(|error| error.to_string())?;
                let accepted = port::accepts(address, test.timeout.duration()).await;
                accepted.map_err(|error| format!("no connection to {address}: {error}"))
            }
            TestKind::HelmTest => Err("a host has no helm tests".to_owned()),
            TestKind::OpenApi {
                specification,
                port,
            } => {
                let subject = openapi::Subject {
                    place: specification,
                    port: *port,
                    directory: &host.directory,
                };
                self.try_examples(test, &subject, Asked::Host(host)).await
            }
            TestKind::Requests { .. } => self.try_requests(test, Asked::Host(host)).await,
            TestKind::Command { .. } | TestKind::Httpbb(_) => unreachable!("it was run above"),
        }
    }

    async fn on_release(&self, test: &Test, release: &Release<'_>) -> Vec<Tried> {
        let result = match &test.kind {
            TestKind::Http { .. } | TestKind::OpenApi { .. } | TestKind::Requests { .. } => {
                match self.pods(release).await {
                    Ok(pods) => return self.on_pods(test, release, pods).await,
                    Err(why) => Err(why),
                }
            }
            TestKind::Port { .. } => Err(NO_PORT.to_owned()),
            TestKind::HelmTest => {
                let settings = &self.settings.kubernetes;
                helm_test::test(&self.scratch, settings, test, release).await
            }
            TestKind::Command { .. } | TestKind::Httpbb(_) => unreachable!("it was run above"),
        };
        vec![(release.name.clone(), result)]
    }

    async fn on_pods(&self, test: &Test, release: &Release<'_>, pods: Vec<Pod>) -> Vec<Tried> {
        let directory = &self.settings.kubernetes.directory_of(release.step);
        let on_pod = async |pod: Pod| {
            let result = self.on_pod(test, directory, &pod).await;
            (pod.name, result)
        };
        super::side_by_side(pods.into_iter().map(on_pod)).await
    }

    async fn on_pod(&self, test: &Test, directory: &Path, pod: &Pod) -> Result<(), String> {
        match &test.kind {
            TestKind::Http {
                path,
                port,
                status,
                text,
            } => {
                let answer = pod.get(*port, path, (ANYTHING, test.timeout)).await?;
                answer.compare(&expected(*status, text.as_ref(), self.scratch.secrets()))
            }
            TestKind::OpenApi {
                specification,
                port,
            } => {
                let subject = openapi::Subject {
                    place: specification,
                    port: *port,
                    directory,
                };
                self.try_examples(test, &subject, Asked::Pod(pod)).await
            }
            TestKind::Requests { .. } => self.try_requests(test, Asked::Pod(pod)).await,
            TestKind::Port { .. }
            | TestKind::Command { .. }
            | TestKind::HelmTest
            | TestKind::Httpbb(_) => {
                unreachable!("it is not asked of pods")
            }
        }
    }

    pub(super) async fn pods(&self, release: &Release<'_>) -> Result<Vec<Pod>, String> {
        pods::of_release(&self.clusters, &self.settings.kubernetes, release.step).await
    }
}

/// How many of so many subjects one trial is about: several may lead to the same host.
pub(super) fn together(test: &Test, subjects: usize) -> usize {
    match test.kind {
        TestKind::Httpbb(_) => subjects.max(1),
        _ => 1,
    }
}

fn declared_command(kind: &TestKind) -> Option<Declared<'_>> {
    match kind {
        TestKind::Command {
            command,
            environment,
            base_url,
        } => Some(Declared {
            command,
            environment,
            base_url: base_url.as_ref(),
        }),
        _ => None,
    }
}

fn expected<'a>(status: u16, text: Option<&'a String>, secrets: &'a KnownSecrets) -> Expected<'a> {
    Expected {
        status,
        text: text.map(String::as_str),
        secrets,
    }
}
