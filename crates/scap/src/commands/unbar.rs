//! `scap unbar RUN REASON`

use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::person;
use crate::trouble::Trouble;
use scap_run::{Failure, RunId};

pub(crate) fn run(context: &Context, run: RunId, reason: &str) -> Result<Exit, Trouble> {
    if context
        .journal()?
        .unbar(run, &person::name(), reason, now())?
    {
        return Ok(Exit::Done);
    }
    let failure = Failure::failed(format!("run {run} bars nothing"));
    Err(failure
        .hint("`scap status SERVICE` shows what is barred, and by which run")
        .into())
}
