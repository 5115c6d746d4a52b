//! Tests, on hosts and on releases.

mod command;
mod helm_test;
pub(super) mod httpbb;
mod on_host;
pub(super) mod openapi;
mod requests;
mod result_file;
mod rounds;
mod trial;

use std::path::Path;

use scap_plan::Test;
use scap_run::TestReport;

use super::Checks;
use super::ask::{Instance, Request};
use super::http::Expected;
use super::instances::{Host, Subject};
use crate::port;
use command::Told;
use trial::{InstanceTest, SubjectTest, Trial};

/// A release has no port that could be connected to from here.
const NO_PORT: &str = "the ports of pods are not connected to: ask them by a test of type http";

impl Checks {
    /// One report for each instance that the trial is about, or part of it.
    async fn try_on(&self, test: &Test, trial: &Trial<'_>) -> Vec<TestReport> {
        match trial {
            Trial::Instances(asked, subject) => self.on_instances(test, asked, subject).await,
            Trial::Subject(asked, subject) => self.on_subject(test, *asked, subject).await,
            Trial::Together(wanted, subjects) => {
                let settings = (&self.settings, self.scratch.secrets());
                httpbb::test(test, wanted, subjects, settings).await
            }
        }
    }

    async fn on_instances(
        &self,
        test: &Test,
        asked: &InstanceTest<'_>,
        subject: &Subject<'_>,
    ) -> Vec<TestReport> {
        let instances = match self.instances(subject).await {
            Ok(instances) => instances,
            Err(why) => return vec![report(test, subject.name(), Err(why))],
        };
        let directory = &self.settings.directory_of(subject);
        let on_instance = async |instance: Instance<'_>| {
            let result = self.on_instance(test, asked, (&instance, directory)).await;
            report(test, instance.name(), result)
        };
        super::side_by_side(instances.into_iter().map(on_instance)).await
    }

    async fn on_instance(
        &self,
        test: &Test,
        asked: &InstanceTest<'_>,
        (instance, directory): (&Instance<'_>, &Path),
    ) -> Result<(), String> {
        match asked {
            InstanceTest::Http {
                path,
                port,
                status,
                text,
            } => {
                let (request, how) = (Request::get(path), (*port, test.timeout));
                let (answer, _) = self.send_to(instance, &request, how).await?;
                answer.compare(&Expected {
                    status: *status,
                    text: *text,
                    secrets: self.scratch.secrets(),
                })
            }
            InstanceTest::OpenApi { place, port } => {
                let subject = openapi::Subject {
                    place,
                    port: *port,
                    directory,
                };
                self.try_examples(test, &subject, instance).await
            }
            InstanceTest::Requests(wanted) => self.try_requests(test, wanted, instance).await,
        }
    }

    async fn on_subject(
        &self,
        test: &Test,
        asked: SubjectTest<'_>,
        subject: &Subject<'_>,
    ) -> Vec<TestReport> {
        let result = match (asked, subject) {
            (SubjectTest::Command(declared), _) => {
                let directory = self.settings.directory_of(subject);
                let told = match subject {
                    Subject::Host(host) => Told::of_host(host, directory, declared),
                    Subject::Release(release) => Told::of_release(release, directory, declared),
                };
                return command::test(&self.scratch, test, told, declared).await;
            }
            (SubjectTest::Port(port), Subject::Host(host)) => connect(test, port, host).await,
            (SubjectTest::Port(_), Subject::Release(_)) => Err(NO_PORT.to_owned()),
            (SubjectTest::OnHost(asked), Subject::Host(host)) => {
                let world = (&self.scratch, &self.settings.fleet);
                return vec![on_host::test(world, test, asked, host).await];
            }
            (SubjectTest::OnHost(_), Subject::Release(_)) => Err("a release is no host".to_owned()),
            (SubjectTest::HelmTest, Subject::Host(_)) => Err("a host has no helm tests".to_owned()),
            (SubjectTest::HelmTest, Subject::Release(release)) => {
                let settings = &self.settings.kubernetes;
                helm_test::test(&self.scratch, settings, test, release).await
            }
        };
        vec![report(test, subject.name(), result)]
    }
}

async fn connect(test: &Test, port: Option<u16>, host: &Host<'_>) -> Result<(), String> {
    let address = host.socket(port).map_err(|error| error.to_string())?;
    let accepted = port::accepts(address, test.timeout.duration()).await;
    accepted.map_err(|error| format!("no connection to {address}: {error}"))
}

fn report(test: &Test, instance: &str, result: Result<(), String>) -> TestReport {
    TestReport {
        test: test.name.clone(),
        instance: instance.to_owned(),
        failure: result.err(),
        ..TestReport::default()
    }
}
