//! `scap abort RUN`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::{person, requests};
use scap_journal::Request;
use scap_run::{AbortKind, RunId};

pub(crate) async fn run(
    context: &Context,
    run: RunId,
    stop: bool,
    reason: Option<String>,
) -> Result<Exit, Trouble> {
    let journal = context.journal()?;
    let kind = if stop {
        AbortKind::Stop
    } else {
        AbortKind::Undo
    };
    requests::ask(
        &journal,
        run,
        &person::name(),
        &Request::Abort { kind, reason },
    )
    .await?;
    Ok(Exit::Done)
}
