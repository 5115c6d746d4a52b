//! `scap log RUN [--follow | --unmasked --reason REASON [--step STEP]]`

use crate::ask;
use crate::clock::now;
use crate::context::Context;
use crate::control::verb::{SummarizeRun, Unmask};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use crate::watch::{Manner, Watch};
use scap_plan::StepId;
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

/// A code is asked for where there is a policy; whoever owns the files may do without.
pub(crate) async fn unmasked(
    context: &Context,
    run: RunId,
    step: Option<u16>,
    reason: Option<String>,
) -> Result<Exit, Trouble> {
    let has_policy = context
        .settings()
        .is_ok_and(|settings| settings.configuration.spiderpig.is_some());
    let code = if has_policy && ask::is_possible(context) {
        Some(ask::line("The code that your app shows now: ")?)
    } else {
        None
    };
    let unmask = Unmask {
        run,
        step: step.map(|step| StepId(usize::from(step) - 1)),
        reason: reason.unwrap_or_default(),
        code,
    };
    let output = context.ask(unmask).await?;
    context.show(&output, |width| view::unmasked::page(&output, width))?;
    Ok(Exit::Done)
}
