//! `scap abort RUN`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::requests;
use crate::trouble::Trouble;
use scap_journal::Request;
use scap_run::{AbortKind, RunId};

pub(crate) async fn run(
    context: &Context,
    run: RunId,
    stop: bool,
    reason: Option<String>,
) -> Result<Exit, Trouble> {
    let kind = if stop {
        AbortKind::Stop
    } else {
        AbortKind::Undo
    };
    let control = context.control().await?;
    requests::ask(control, run, Request::Abort { kind, reason }).await?;
    Ok(Exit::Done)
}
