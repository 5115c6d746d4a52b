//! Tests that are programs of a team: run for each host, and once for each release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use scap_plan::Test;

use super::instances::{Host, Release};
use crate::Scratch;
use crate::causes::with_causes;
use crate::process::Program;
use crate::search_path::{ProgramNotFound, SEARCH_PATH, find_program};

/// What a program is told of what it tests.
pub(super) struct Told {
    directory: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Told {
    pub(super) fn of_host(host: &Host) -> Self {
        let address = host.address.map(|address| address.to_string());
        Self {
            directory: host.directory.clone(),
            environment: vec![
                ("SERVICE", host.service.clone()),
                ("INSTANCE", host.name.clone()),
                ("ADDRESS", address.unwrap_or_default()),
            ],
        }
    }

    pub(super) fn of_release(release: &Release<'_>, directory: PathBuf) -> Self {
        let step = release.step;
        let name = step.release.as_ref().map(ToString::to_string);
        Self {
            directory,
            environment: vec![
                ("SERVICE", release.service.to_string()),
                ("INSTANCE", release.name.clone()),
                ("ENVIRONMENT", step.environment.to_string()),
                ("NAMESPACE", step.namespace.to_string()),
                ("RELEASE", name.unwrap_or_default()),
            ],
        }
    }
}

/// Passes when the program exits with 0; what `given` says about a variable counts.
pub(super) async fn test(
    scratch: &Scratch,
    test: &Test,
    told: Told,
    (command, given): (&[String], &BTreeMap<String, String>),
) -> Result<(), String> {
    let executable = executable(command, &told.directory).map_err(|error| error.to_string())?;
    let environment = [("PATH", SEARCH_PATH.to_owned())]
        .into_iter()
        .chain(told.environment);
    let mut environment: BTreeMap<String, String> = environment
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    environment.extend(given.clone());
    let program = Program {
        arguments: command.iter().skip(1).cloned().collect(),
        environment,
        directory: told.directory,
        timeout: Some(test.timeout.duration()),
        ..Program::new(&test.name, executable)
    };
    let ended = scratch
        .run(&program)
        .await
        .map_err(|error| with_causes(&error))?;
    ended
        .failure()
        .map_or(Ok(()), |failure| Err(format!("the command {failure}")))
}

fn executable(command: &[String], directory: &Path) -> Result<PathBuf, ProgramNotFound> {
    find_program(command.first().map_or("", String::as_str), directory)
}
