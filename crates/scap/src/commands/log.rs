//! `scap log RUN [--follow]`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::SummarizeRun;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::watch::{Manner, Watch};
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId, follow: bool) -> Result<Exit, Trouble> {
    let control = context.control().await?;
    let watch = Watch::begin(context, run, Manner::Lines).await?;
    // A run that nobody carries out says nothing more; a runner takes it over by itself.
    let is_over = async || {
        let summary = control.ask(SummarizeRun { run });
        !follow || (control.is_here() && summary.await.map_or(true, |it| it.lease_until <= now()))
    };
    watch.until_end(is_over).await?;
    Ok(Exit::Done)
}
