//! `scap explain RUN`

use crate::context::Context;
use crate::control::verb::{FindMending, FindQueries};
use crate::exit_code::Exit;
use crate::report::Report;
use crate::trouble::Trouble;
use crate::view;
use scap_run::RunId;
use std::path::Path;

pub(crate) async fn run(
    context: &Context,
    run: RunId,
    junit: Option<&Path>,
) -> Result<Exit, Trouble> {
    let state = context.control().await?.fold(run).await?;
    if let Some(file) = junit {
        Context::write(file, &view::junit::document(&view::junit::of_run(&state)))?;
    }
    let mending = context.ask(FindMending { run }).await?;
    let queries = context.ask(FindQueries { run }).await?;
    context.show(&Report::explaining(&state, &queries), |width| {
        view::explain::page(&state, &mending, &queries, width)
    })?;
    Ok(Exit::Done)
}
