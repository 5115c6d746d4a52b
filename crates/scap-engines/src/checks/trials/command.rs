//! Tests that are programs of a team: run for each host, and once for each release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use scap_plan::{BaseUrl, Test};
use scap_run::TestReport;

use super::result_file::{self, Part};
use crate::Scratch;
use crate::causes::with_causes;
use crate::checks::instances::{Host, Release};
use crate::process::Program;
use crate::search_path::{ProgramNotFound, SEARCH_PATH, find_program};

/// The name of the file that a program may write.
const RESULT_FILE: &str = "result.json";
const LONGEST_NAME_CHARACTERS: usize = 120;
const LONGEST_FAILURE_CHARACTERS: usize = 1_000;

/// What a test declares of its program.
#[derive(Clone, Copy)]
pub(super) struct Declared<'a> {
    pub(super) command: &'a [String],
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) base_url: Option<&'a BaseUrl>,
}

/// What a program is told of what it tests.
pub(super) struct Told {
    instance: String,
    directory: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Told {
    pub(super) fn of_host(host: &Host<'_>, directory: PathBuf, declared: Declared<'_>) -> Self {
        let address = host.address.map(|address| address.to_string());
        let base_url = declared.base_url;
        let base_url = base_url.map(|url| url.of_host(host.service.as_str(), host.name.as_str()));
        let environment = vec![
            ("SERVICE", host.service.to_string()),
            ("INSTANCE", host.name.to_string()),
            ("ADDRESS", address.unwrap_or_default()),
        ];
        Self::new(host.name.as_str(), directory, (environment, base_url))
    }

    pub(super) fn of_release(
        release: &Release<'_>,
        directory: PathBuf,
        declared: Declared<'_>,
    ) -> Self {
        let step = release.step;
        let name = step.release.as_ref().map(ToString::to_string);
        let base_url = declared.base_url;
        let base_url = base_url.and_then(|url| url.of_release(release.service, step));
        let environment = vec![
            ("SERVICE", release.service.to_string()),
            ("INSTANCE", release.name.clone()),
            ("ENVIRONMENT", step.environment.to_string()),
            ("NAMESPACE", step.namespace.to_string()),
            ("RELEASE", name.unwrap_or_default()),
            ("STAGE", step.stage.to_string()),
            ("DATACENTER", step.datacenter.to_string()),
        ];
        Self::new(&release.name, directory, (environment, base_url))
    }

    fn new(
        instance: &str,
        directory: PathBuf,
        (mut environment, base_url): (Vec<(&'static str, String)>, Option<String>),
    ) -> Self {
        environment.push(("PATH", SEARCH_PATH.to_owned()));
        environment.extend(base_url.map(|url| ("BASE_URL", url)));
        Self {
            instance: instance.to_owned(),
            directory,
            environment,
        }
    }
}

/// One report of the program, which must exit with 0, and one of each part that it wrote about.
pub(super) async fn test(
    scratch: &Scratch,
    test: &Test,
    told: Told,
    declared: Declared<'_>,
) -> Vec<TestReport> {
    let instance = told.instance.clone();
    let (failure, parts) = match run(scratch, test, told, declared).await {
        Ok(parts) => (None, parts),
        Err((why, parts)) => (Some(why), parts),
    };
    let shown = |text: &str, characters| -> String {
        let masked = scratch.secrets().mask(text);
        masked.chars().take(characters).collect()
    };
    let of_part = |part: Part| TestReport {
        test: format!(
            "{}/{}",
            test.name,
            shown(&part.test, LONGEST_NAME_CHARACTERS)
        ),
        instance: match &part.instance {
            Some(own) => shown(own, LONGEST_NAME_CHARACTERS),
            None => instance.clone(),
        },
        failure: part
            .failure
            .map(|why| shown(&why, LONGEST_FAILURE_CHARACTERS)),
        ..TestReport::default()
    };
    let own = TestReport {
        test: test.name.clone(),
        instance: instance.clone(),
        failure,
        ..TestReport::default()
    };
    std::iter::once(own)
        .chain(parts.into_iter().map(of_part))
        .collect()
}

/// The parts; beside them why it failed, where the program itself did.
async fn run(
    scratch: &Scratch,
    test: &Test,
    told: Told,
    declared: Declared<'_>,
) -> Result<Vec<Part>, (String, Vec<Part>)> {
    let alone = |why: String| (why, Vec::new());
    let executable = executable(declared.command, &told.directory);
    let executable = executable.map_err(|error| alone(error.to_string()))?;
    let place = scratch
        .place()
        .map_err(|error| alone(with_causes(&error)))?;
    let file = place.path().join(RESULT_FILE);
    let environment = told.environment.into_iter();
    let mut environment: BTreeMap<String, String> = environment
        .chain([("RESULT_FILE", file.display().to_string())])
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    // What the team says about a variable counts.
    environment.extend(declared.environment.clone());
    let program = Program {
        arguments: declared.command.iter().skip(1).cloned().collect(),
        environment,
        directory: told.directory,
        timeout: Some(test.timeout.duration()),
        ..Program::new(&test.name, executable)
    };
    let ended = scratch.run(&program).await;
    let ended = ended.map_err(|error| alone(with_causes(&error)))?;
    let failure = ended.failure();
    let failure = failure.map(|failure| format!("the command {failure}"));
    match (failure, result_file::read(&file)) {
        (None, Ok(parts)) => Ok(parts),
        (Some(why), Ok(parts)) => Err((why, parts)),
        (why, Err(error)) => {
            let wrong = format!("the command's result file {}", with_causes(&error));
            let all: Vec<String> = why.into_iter().chain([wrong]).collect();
            Err(alone(all.join("; ")))
        }
    }
}

fn executable(command: &[String], directory: &Path) -> Result<PathBuf, ProgramNotFound> {
    find_program(command.first().map_or("", String::as_str), directory)
}
