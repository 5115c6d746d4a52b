//! `scap runs [SERVICE]`

use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;

pub(crate) fn run(context: &Context, service: Option<&str>, limit: u32) -> Result<Exit, Trouble> {
    let runs = context.journal()?.runs(service, limit)?;
    context.show(&runs, |width| view::runs::page(&runs, now(), width))?;
    Ok(Exit::Done)
}
