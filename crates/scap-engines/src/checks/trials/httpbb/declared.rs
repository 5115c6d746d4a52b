//! Tests of the type `httpbb`: what the files said when the plan was made, sent to the hosts that the test names.

use futures::FutureExt;
use futures::future::BoxFuture;
use scap_plan::{ConfigError, HostPattern, Httpbb, HttpbbHost, HttpbbTest, Source, Test};
use scap_run::TestReport;

use super::{HttpbbReport, HttpbbSettings, HttpbbTarget, smoke};
use crate::checks::CheckSettings;
use crate::checks::instances::{Host, Subject};
use crate::checks::side_by_side;
use crate::secrets::KnownSecrets;

/// More of them do not help to see what is wrong.
const MOST_SHOWN: usize = 10;

/// A file as the test names it, and its path.
#[derive(Clone, PartialEq)]
struct File {
    written: String,
    path: String,
}

/// A host, and which files are sent to it.
struct Place {
    target: HttpbbTarget,
    files: Vec<File>,
}

/// One report for each host, which may be that of several subjects.
pub(in crate::checks) fn test<'a>(
    test: &'a Test,
    wanted: &'a HttpbbTest,
    subjects: &[&Subject<'_>],
    (settings, secrets): (&CheckSettings, &'a KnownSecrets),
) -> BoxFuture<'a, Vec<TestReport>> {
    let places = places(wanted, subjects, settings).into_iter();
    let tries: Vec<_> = places
        .map(|place| try_on(test, wanted, place, secrets))
        .collect();
    async move { side_by_side(tries.into_iter()).await }.boxed()
}

async fn try_on(
    test: &Test,
    wanted: &HttpbbTest,
    place: Place,
    secrets: &KnownSecrets,
) -> TestReport {
    let settings = HttpbbSettings {
        insecure: wanted.insecure,
        request_timeout: wanted.request_timeout,
        timeout: Some(test.timeout),
        secrets: secrets.clone(),
    };
    let result = on_place(wanted, &settings, &place).await;
    TestReport {
        test: test.name.clone(),
        instance: place.target.name,
        failure: result.err(),
        ..TestReport::default()
    }
}

fn places(wanted: &HttpbbTest, subjects: &[&Subject<'_>], settings: &CheckSettings) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for subject in subjects {
        let directory = settings.directory_of(subject);
        let files = wanted.files.iter().map(|written| File {
            written: written.clone(),
            path: directory.join(written).display().to_string(),
        });
        let files: Vec<File> = files.collect();
        for target in targets(wanted, subject) {
            match places.iter_mut().find(|place| place.target == target) {
                None => places.push(Place {
                    target,
                    files: files.clone(),
                }),
                Some(place) => {
                    let known = &place.files;
                    let others = files.iter().filter(|file| !known.contains(file));
                    let others: Vec<File> = others.cloned().collect();
                    place.files.extend(others);
                }
            }
        }
    }
    places
}

fn targets(wanted: &HttpbbTest, subject: &Subject<'_>) -> Vec<HttpbbTarget> {
    let named = |host: HttpbbHost| HttpbbTarget {
        name: host.to_string(),
        address: host.as_str().to_owned(),
        https_port: wanted.https_port,
        http_port: wanted.http_port,
    };
    let hosts = wanted.hosts.iter();
    match subject {
        Subject::Host(host) if wanted.hosts.is_empty() => vec![own(wanted, host)],
        Subject::Host(_) => hosts.filter_map(HostPattern::alone).map(named).collect(),
        Subject::Release(release) => {
            let hosts = hosts.filter_map(|host| host.of(release.step));
            hosts.map(named).collect()
        }
    }
}

/// One of the wave's own hosts.
fn own(wanted: &HttpbbTest, host: &Host<'_>) -> HttpbbTarget {
    let address = host.address.map(|address| address.to_string());
    HttpbbTarget {
        name: host.name.to_string(),
        address: address.unwrap_or_else(|| host.name.to_string()),
        https_port: wanted.https_port,
        http_port: wanted.http_port.or(host.group.service_port),
    }
}

async fn on_place(
    wanted: &HttpbbTest,
    settings: &HttpbbSettings,
    place: &Place,
) -> Result<(), String> {
    let files = place.files.iter().map(|file| {
        let text = wanted.texts.get(&file.path);
        let text =
            text.ok_or_else(|| format!("the plan does not have the text of `{}`", file.path))?;
        let read = Httpbb::read(&Source::new(&file.written, text));
        read.map_err(|errors| unreadable(&errors))
    });
    let files: Vec<Httpbb> = files.collect::<Result<_, String>>()?;
    let reports = smoke(settings, &files, std::slice::from_ref(&place.target)).await;
    reports.iter().try_for_each(|report| {
        if report.passed {
            Ok(())
        } else {
            Err(summary(report))
        }
    })
}

/// All that is wrong with a file. That of a plan was read well when the plan was made, perhaps by another version.
pub(in crate::checks) fn unreadable(errors: &[ConfigError]) -> String {
    let said = errors.iter().map(|error| {
        let ConfigError { file, line, .. } = error;
        format!("{file}:{line}: {error}")
    });
    said.collect::<Vec<_>>().join("; ")
}

fn summary(report: &HttpbbReport) -> String {
    let shown = report.mismatches.iter().take(MOST_SHOWN);
    let mut parts = vec![format!(
        "{} of {} requests failed",
        report.failed, report.requests
    )];
    parts.extend(shown.map(|it| {
        let place = format!("{}:{}: {} {}", it.file, it.line, it.method, it.url);
        format!("{place}: expected {}, found {}", it.expected, it.found)
    }));
    let others = report.mismatches.len().saturating_sub(MOST_SHOWN);
    if others > 0 {
        parts.push(format!("and {others} more"));
    }
    parts.join("; ")
}
