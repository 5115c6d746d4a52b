//! What a test asks, and of whom.

use scap_plan::{HttpbbTest, SpecificationPlace, Test, TestKind};

use super::command::Declared;
use super::on_host::HostTest;
use super::requests::Wanted;
use crate::checks::instances::Subject;

/// A test where it is tried, and tried again as one.
pub(super) enum Trial<'a> {
    /// The host, or each pod of the release.
    Instances(InstanceTest<'a>, &'a Subject<'a>),
    /// The host or the release as a whole.
    Subject(SubjectTest<'a>, &'a Subject<'a>),
    /// All subjects, as several may lead to the same host.
    Together(&'a HttpbbTest, Vec<&'a Subject<'a>>),
}

/// What each instance is asked.
#[derive(Clone, Copy)]
pub(super) enum InstanceTest<'a> {
    Http {
        path: &'a str,
        port: Option<u16>,
        status: u16,
        text: Option<&'a str>,
    },
    OpenApi {
        place: &'a SpecificationPlace,
        port: Option<u16>,
    },
    Requests(Wanted<'a>),
}

/// What is tried of a host or a release as a whole.
#[derive(Clone, Copy)]
pub(super) enum SubjectTest<'a> {
    Port(Option<u16>),
    Command(Declared<'a>),
    HelmTest,
    OnHost(HostTest<'a>),
}

impl<'a> Trial<'a> {
    /// All of a test.
    pub(super) fn all(test: &'a Test, subjects: Vec<&'a Subject<'a>>) -> Vec<Self> {
        let of_instances = |asked: InstanceTest<'a>| {
            let subjects = subjects.iter();
            subjects.map(|it| Self::Instances(asked, it)).collect()
        };
        let of_subjects = |asked: SubjectTest<'a>| {
            let subjects = subjects.iter();
            subjects.map(|it| Self::Subject(asked, it)).collect()
        };
        match &test.kind {
            TestKind::Http {
                path,
                port,
                status,
                text,
            } => of_instances(InstanceTest::Http {
                path,
                port: *port,
                status: *status,
                text: text.as_deref(),
            }),
            TestKind::OpenApi {
                specification,
                port,
            } => of_instances(InstanceTest::OpenApi {
                place: specification,
                port: *port,
            }),
            TestKind::Requests {
                path,
                port,
                count,
                side_by_side,
                passes,
            } => of_instances(InstanceTest::Requests(Wanted {
                path,
                port: *port,
                count: *count,
                side_by_side: *side_by_side,
                passes: *passes,
            })),
            TestKind::Port { port } => of_subjects(SubjectTest::Port(*port)),
            TestKind::Command {
                command,
                environment,
                base_url,
            } => of_subjects(SubjectTest::Command(Declared {
                command,
                environment,
                base_url: base_url.as_ref(),
            })),
            TestKind::HelmTest => of_subjects(SubjectTest::HelmTest),
            TestKind::Nrpe { command, warning } => {
                of_subjects(SubjectTest::OnHost(HostTest::Nrpe {
                    command,
                    warning: *warning,
                }))
            }
            TestKind::Script { script } => {
                of_subjects(SubjectTest::OnHost(HostTest::Script(script)))
            }
            TestKind::Httpbb(_) if subjects.is_empty() => Vec::new(),
            TestKind::Httpbb(wanted) => vec![Self::Together(wanted, subjects)],
        }
    }
}
