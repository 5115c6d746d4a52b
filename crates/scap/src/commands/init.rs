//! `scap init SERVICE`

use crate::cli::InitArguments;
use crate::context::Context;
use crate::control::verb::{ProposeFirstFile, ProposedFile};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use scap_run::Failure;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What was made, for programs.
#[derive(Serialize)]
struct Data<'a> {
    /// Absent where it was not written.
    file: Option<&'a Path>,
    text: &'a str,
    unasked: &'a BTreeMap<String, String>,
}

pub(crate) async fn run(context: &Context, arguments: InitArguments) -> Result<Exit, Trouble> {
    let service = arguments.service.clone();
    let proposed = context.ask(ProposeFirstFile { service }).await?;
    let file = file(&arguments, &proposed);
    if let Some(file) = &file {
        write(file, &proposed.text, arguments.force)?;
    }
    if context.is_json() {
        Context::print_json(&Data {
            file: file.as_deref(),
            text: &proposed.text,
            unasked: &proposed.unasked,
        })?;
        return Ok(Exit::Done);
    }
    if file.is_none() {
        io::stdout().write_all(proposed.text.as_bytes())?;
    }
    let stderr = io::stderr();
    let page = view::first_file::page(&arguments.service, &proposed, file.as_deref());
    page.write(&mut stderr.lock(), context.colors(&stderr))?;
    Ok(Exit::Done)
}

/// Where it is to be written; nowhere if that is not wanted, or it would not be read there.
fn file(arguments: &InitArguments, proposed: &ProposedFile) -> Option<PathBuf> {
    match (&arguments.output, &proposed.there) {
        (Some(output), _) => (output.as_os_str() != "-").then(|| output.clone()),
        (None, Some(there)) => arguments.force.then(|| there.clone()),
        (None, None) if proposed.declared.is_empty() => proposed.places.first().cloned(),
        (None, None) => None,
    }
}

fn write(file: &Path, text: &str, force: bool) -> Result<(), Trouble> {
    if force {
        return Context::write(file, text);
    }
    let new = OpenOptions::new().write(true).create_new(true).open(file);
    let written = new.and_then(|mut new| new.write_all(text.as_bytes()));
    written.map_err(|error| {
        let is_there = error.kind() == ErrorKind::AlreadyExists;
        let message = format!("`{}` cannot be written", file.display());
        let failure = Failure::failed(message).caused_by(&error);
        Trouble::Failed(if is_there {
            failure.hint("`--force` replaces it; `--output -` only prints")
        } else {
            failure.hint("name another place with `--output`")
        })
    })
}
