//! `scap unbar RUN REASON`

use crate::context::Context;
use crate::control::verb::Unbar;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use scap_run::{Failure, RunId};

pub(crate) async fn run(context: &Context, run: RunId, reason: String) -> Result<Exit, Trouble> {
    if context.ask(Unbar { run, reason }).await? {
        return Ok(Exit::Done);
    }
    let failure = Failure::failed(format!("run {run} bars nothing"));
    Err(failure
        .hint("`scap status SERVICE` shows what is barred, and by which run")
        .into())
}
