//! Tests that are programs.

use std::collections::BTreeMap;

use scap_plan::Test;

use super::instances::Instance;
use crate::Scratch;
use crate::causes::with_causes;
use crate::process::Program;
use crate::search_path::{ProgramNotFound, SEARCH_PATH, find_program};

/// The program of `test` for `instance`; what `given` says about a variable counts.
pub(super) fn program(
    test: &Test,
    instance: &Instance,
    command: &[String],
    given: &BTreeMap<String, String>,
) -> Result<Program, ProgramNotFound> {
    let (name, arguments) = match command {
        [name, arguments @ ..] => (name.as_str(), arguments),
        [] => ("", command),
    };
    let address = instance.address.map(|address| address.to_string());
    let environment = [
        ("PATH", SEARCH_PATH.to_owned()),
        ("SERVICE", instance.service.clone()),
        ("INSTANCE", instance.name.clone()),
        ("ADDRESS", address.unwrap_or_default()),
    ];
    let mut environment = BTreeMap::from(environment.map(|(name, value)| (name.to_owned(), value)));
    environment.extend(given.clone());
    Ok(Program {
        arguments: arguments.to_vec(),
        environment,
        directory: instance.directory.clone(),
        timeout: Some(test.timeout.duration()),
        ..Program::new(&test.name, find_program(name, &instance.directory)?)
    })
}

/// Passes when the program exits with 0.
pub(super) async fn test(
    scratch: &Scratch,
    program: Result<Program, ProgramNotFound>,
) -> Result<(), String> {
    let program = program.map_err(|error| error.to_string())?;
    let ended = scratch
        .run(&program)
        .await
        .map_err(|error| with_causes(&error))?;
    ended
        .failure()
        .map_or(Ok(()), |failure| Err(format!("the command {failure}")))
}
