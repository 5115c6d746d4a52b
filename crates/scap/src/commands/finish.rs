//! `scap finish RUN`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::requests;
use crate::trouble::Trouble;
use scap_journal::Request;
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let control = context.control().await?;
    requests::ask(control, run, Request::Finish).await?;
    Ok(Exit::Done)
}
