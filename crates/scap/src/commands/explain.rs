//! `scap explain RUN`

use crate::context::Context;
use crate::control::verb::FindMending;
use crate::exit_code::Exit;
use crate::report::Report;
use crate::trouble::Trouble;
use crate::view;
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let state = context.control().await?.fold(run).await?;
    let mending = context.ask(FindMending { run }).await?;
    context.show(&Report::of(&state), |width| {
        view::explain::page(&state, &mending, width)
    })?;
    Ok(Exit::Done)
}
