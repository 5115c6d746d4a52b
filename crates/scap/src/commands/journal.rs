//! `scap journal verify` and `scap journal backup FILE`

use crate::cli::JournalCommand;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::settings;
use crate::trouble::Trouble;
use crate::view;
use scap_journal::Journal;

pub(crate) fn run(context: &Context, command: &JournalCommand) -> Result<Exit, Trouble> {
    // Of the state folder itself, as its owner: a runner may be what has to be looked after.
    let journal = Journal::open(&settings::state_dir(&context.global)?)?;
    let found = match command {
        JournalCommand::Verify => journal.verify()?,
        JournalCommand::Backup { file } => journal.backup(file)?,
    };
    context.show(&found, |width| view::journal::page(&found, width))?;
    Ok(if found.damages.is_empty() {
        Exit::Done
    } else {
        Exit::Refused
    })
}
