//! `scap queue [RUN --before RUN | RUN --last]`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::{ListQueue, MoveInQueue};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use scap_run::RunId;

pub(crate) async fn run(
    context: &Context,
    run: Option<RunId>,
    before: Option<RunId>,
) -> Result<Exit, Trouble> {
    if let Some(run) = run {
        context.ask(MoveInQueue { run, before }).await?;
    }
    let queue = context.ask(ListQueue {}).await?;
    context.show(&queue, |width| view::runs::page(&queue, now(), width))?;
    Ok(Exit::Done)
}
