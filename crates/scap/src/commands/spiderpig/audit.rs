//! `scap spiderpig audit list|verify|head|checkpoint|prune`

use crate::cli::AuditCommand;
use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::person;
use crate::settings;
use crate::trouble::Trouble;
use crate::view;
use scap_run::Failure;
use serde_json::json;
use spiderpig_control::{Audit, Head};
use std::path::Path;

pub(crate) fn run(context: &Context, command: &AuditCommand) -> Result<Exit, Trouble> {
    let folder = settings::state_dir(&context.global)?;
    // To look is not to write: what was cut off stays as it is until the next entry.
    let audit = match command {
        AuditCommand::Checkpoint | AuditCommand::Prune { .. } => Audit::open(&folder, now())?,
        _ => Audit::open_to_look(&folder)?,
    };
    match command {
        AuditCommand::Checkpoint => {
            let made = audit.checkpoint(now())?;
            let made = made.ok_or_else(|| Failure::failed("the audit has no entry yet"))?;
            context.show(&json!({ "checkpoint": made.seq }), |width| {
                view::audit::head(&made.seq.to_string(), width)
            })?;
            Ok(Exit::Done)
        }
        AuditCommand::Prune { checkpoint } => {
            audit.prune(*checkpoint, &person::name(), now())?;
            Ok(Exit::Done)
        }
        AuditCommand::List { person, limit } => {
            let is_wanted = |by: &str| person.as_ref().is_none_or(|person| person == by);
            let entries = audit.list(|entry| is_wanted(&entry.deed.person), *limit)?;
            context.show(&entries, |width| view::audit::page(&entries, now(), width))?;
            Ok(Exit::Done)
        }
        AuditCommand::Verify { heads } => {
            let heads = heads.as_deref().map_or(Ok(Vec::new()), read_heads)?;
            let found = audit.verify(&heads, &audit.public_key())?;
            context.show(&found, |width| {
                view::audit::verified(&found, heads.len(), width)
            })?;
            Ok(if found.damages.is_empty() {
                Exit::Done
            } else {
                Exit::Refused
            })
        }
        AuditCommand::Head => {
            let head = audit.head()?.to_string();
            context.show(&json!({ "head": head }), |width| {
                view::audit::head(&head, width)
            })?;
            Ok(Exit::Done)
        }
    }
}

fn read_heads(path: &Path) -> Result<Vec<Head>, Trouble> {
    let source = settings::read(path)?;
    let lines = source.text.lines().filter(|line| !line.trim().is_empty());
    let heads = lines.map(str::parse).collect::<Result<_, _>>();
    heads.map_err(|error: spiderpig_control::HeadError| {
        let hint = "each line is one that `scap spiderpig audit head` printed";
        Trouble::usage(format!("a head in `{}` {error}", source.file), hint)
    })
}
