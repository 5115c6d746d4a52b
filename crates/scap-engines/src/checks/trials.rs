//! Tests, on hosts and on releases.

use scap_plan::{Test, TestKind};
use scap_run::TestReport;

use super::Checks;
use super::command::{self, Told};
use super::http::{self, ANYTHING, Expected};
use super::instances::{Host, Release, Subject};
use super::pods::Pod;
use super::{helm_test, httpbb, pods};
use crate::port;
use crate::secrets::KnownSecrets;

/// A release has no port that could be connected to from here.
const NO_PORT: &str = "the ports of pods are not connected to: ask them by a test of type http";

impl Checks {
    /// One report for each instance that the test is about, of the subjects that are tried [`together`].
    pub(super) async fn try_on(&self, test: &Test, subjects: &[Subject<'_>]) -> Vec<TestReport> {
        let results = match (&test.kind, subjects) {
            (TestKind::Httpbb(wanted), _) => {
                let settings = (&self.settings, self.scratch.secrets());
                return httpbb::test(test, wanted, subjects, settings).await;
            }
            (_, [Subject::Host(host)]) => {
                vec![(host.name.clone(), self.on_host(test, host).await)]
            }
            (_, [Subject::Release(release)]) => self.on_release(test, release).await,
            _ => Vec::new(),
        };
        let report = |(instance, result): (String, Result<(), String>)| TestReport {
            test: test.name.clone(),
            instance,
            failure: result.err(),
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
            TestKind::Command {
                command,
                environment,
            } => {
                let told = Told::of_host(host);
                command::test(&self.scratch, test, told, (command, environment)).await
            }
            TestKind::HelmTest => Err("a host has no helm tests".to_owned()),
            TestKind::Httpbb(_) => unreachable!("its subjects are tried together"),
        }
    }

    async fn on_release(
        &self,
        test: &Test,
        release: &Release<'_>,
    ) -> Vec<(String, Result<(), String>)> {
        let result = match &test.kind {
            TestKind::Http { .. } => match self.pods(release).await {
                Ok(pods) => return self.on_pods(test, pods).await,
                Err(why) => Err(why),
            },
            TestKind::Port { .. } => Err(NO_PORT.to_owned()),
            TestKind::Command {
                command,
                environment,
            } => {
                let directory = self.settings.kubernetes.directory_of(release.step);
                let told = Told::of_release(release, directory);
                command::test(&self.scratch, test, told, (command, environment)).await
            }
            TestKind::HelmTest => {
                let settings = &self.settings.kubernetes;
                helm_test::test(&self.scratch, settings, test, release).await
            }
            TestKind::Httpbb(_) => unreachable!("its subjects are tried together"),
        };
        vec![(release.name.clone(), result)]
    }

    async fn on_pods(&self, test: &Test, pods: Vec<Pod>) -> Vec<(String, Result<(), String>)> {
        let on_pod = async |pod: Pod| {
            let result = ask(test, &pod, self.scratch.secrets()).await;
            (pod.name, result)
        };
        super::side_by_side(pods.into_iter().map(on_pod)).await
    }

    pub(super) async fn pods(&self, release: &Release<'_>) -> Result<Vec<Pod>, String> {
        pods::of_release(&self.clusters, &self.settings.kubernetes, release.step).await
    }
}

/// How many of the subjects one trial is about: several may lead to the same host.
pub(super) fn together(test: &Test, subjects: &[Subject<'_>]) -> usize {
    match test.kind {
        TestKind::Httpbb(_) => subjects.len().max(1),
        _ => 1,
    }
}

async fn ask(test: &Test, pod: &Pod, secrets: &KnownSecrets) -> Result<(), String> {
    let TestKind::Http {
        path,
        port,
        status,
        text,
    } = &test.kind
    else {
        return Ok(());
    };
    let answer = pod.get(*port, path, (ANYTHING, test.timeout)).await?;
    answer.compare(&expected(*status, text.as_ref(), secrets))
}

fn expected<'a>(status: u16, text: Option<&'a String>, secrets: &'a KnownSecrets) -> Expected<'a> {
    Expected {
        status,
        text: text.map(String::as_str),
        secrets,
    }
}
