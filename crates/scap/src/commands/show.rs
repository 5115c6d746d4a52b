//! `scap show RUN`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::FindMending;
use crate::exit_code::Exit;
use crate::report::Report;
use crate::trouble::Trouble;
use crate::view;
use scap_run::RunId;
use std::io::Write;

pub(crate) async fn run(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let state = context.control().await?.fold(run).await?;
    if context.is_json() {
        Context::print_json(&Report::of(&state))?;
        return Ok(Exit::Done);
    }
    let width = Context::width();
    context.print(&view::plan::page(&state.plan, width))?;
    writeln!(std::io::stdout())?;
    let mending = context.ask(FindMending { run }).await?;
    context.print(&view::summary::page(&state, &mending, now(), width))?;
    Ok(Exit::Done)
}
