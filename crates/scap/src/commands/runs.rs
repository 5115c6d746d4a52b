//! `scap runs [SERVICE]`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::ListRuns;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;

pub(crate) async fn run(
    context: &Context,
    service: Option<String>,
    limit: u32,
) -> Result<Exit, Trouble> {
    let runs = context.ask(ListRuns { service, limit }).await?;
    context.show(&runs, |width| view::runs::page(&runs, now(), width))?;
    Ok(Exit::Done)
}
