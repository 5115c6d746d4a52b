//! NRPE's configuration: the commands by which a host watches itself.

use crate::error::{Source, list};
use std::collections::BTreeSet;

/// A command as a host's files define it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NrpeCommand {
    /// The program and its arguments.
    pub words: Vec<String>,
}

/// Why a command cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NrpeError {
    #[error("no file defines the command `{name}` (known: {known})")]
    Unknown { name: String, known: String },
    #[error("the command `{name}` is defined at {first} and otherwise at {second}")]
    Ambiguous {
        name: String,
        first: String,
        second: String,
    },
    #[error("the command `{name}` at {place} {why}")]
    Unusable {
        name: String,
        place: String,
        why: &'static str,
    },
}

/// `command[NAME]=LINE`, and where it stands.
struct Definition<'a> {
    name: &'a str,
    line: &'a str,
    place: String,
}

/// What only a shell understands, where it stands alone.
const FOR_A_SHELL: &[&str] = &["|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>&1"];

impl NrpeCommand {
    /// The command `name` of `files`. What else they say is not looked at.
    pub fn find(name: &str, files: &[Source]) -> Result<Self, NrpeError> {
        let all: Vec<Definition<'_>> = files.iter().flat_map(definitions).collect();
        let mut wanted = all.iter().filter(|definition| definition.name == name);
        let Some(first) = wanted.next() else {
            return Err(unknown(name, &all));
        };
        if let Some(other) = wanted.find(|definition| definition.line != first.line) {
            return Err(NrpeError::Ambiguous {
                name: name.to_owned(),
                first: first.place.clone(),
                second: other.place.clone(),
            });
        }
        let words = words(first.line).map_err(|why| NrpeError::Unusable {
            name: name.to_owned(),
            place: first.place.clone(),
            why,
        })?;
        Ok(Self { words })
    }
}

fn definitions(file: &Source) -> impl Iterator<Item = Definition<'_>> {
    let lines = file.text.lines().enumerate();
    lines.filter_map(|(index, text)| {
        let (name, rest) = text.trim().strip_prefix("command[")?.split_once(']')?;
        Some(Definition {
            name,
            line: rest.trim_start().strip_prefix('=')?.trim(),
            place: format!("{}:{}", file.file, index + 1),
        })
    })
}

fn unknown(name: &str, all: &[Definition<'_>]) -> NrpeError {
    let known: BTreeSet<&str> = all.iter().map(|definition| definition.name).collect();
    NrpeError::Unknown {
        name: name.to_owned(),
        known: list(known),
    }
}

fn words(line: &str) -> Result<Vec<String>, &'static str> {
    if line.contains("$ARG") {
        return Err("wants arguments, which a test does not give");
    }
    let words = shlex::split(line).ok_or("has a quotation that does not end")?;
    if words.is_empty() {
        return Err("is empty");
    }
    if words.iter().any(|word| FOR_A_SHELL.contains(&&**word)) {
        return Err("needs a shell, which commands are not given");
    }
    Ok(words)
}
