//! Has a plan carried out, here or by the runner, and shows it meanwhile.

use crate::context::Context;
use crate::control::verb::{Deploy, Resume};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use crate::watch::{Manner, Watch};
use crate::{ask, interrupt};
use scap_plan::Plan;
use scap_run::RunId;
use std::io::Write;
use std::sync::Arc;

/// What is to be done.
pub(crate) struct Order {
    pub(crate) plan: Plan,
    pub(crate) reason: Option<String>,
    pub(crate) waits_for_locks: bool,
}

/// Begins a new run of a plan that was made a moment ago, and sees it to its end.
pub(crate) async fn begin(context: &Context, order: Order) -> Result<Exit, Trouble> {
    let Order {
        plan,
        reason,
        waits_for_locks,
    } = order;
    if !plan.changes_anything() {
        let runs = match plan.version() {
            version if version.is_empty() => "what its helmfile says".to_owned(),
            version => version,
        };
        writeln!(
            std::io::stderr(),
            "Nothing to do: {} runs {runs} everywhere.",
            plan.service,
        )?;
        return Ok(Exit::Done);
    }
    if !context.is_json() {
        context.print(&view::plan::page(&plan, Context::width()))?;
        writeln!(std::io::stdout())?;
    }
    // Where nobody can be asked, the run itself asks, and whoever answers first decides.
    let may_ask = !context.global.yes && ask::is_possible(context);
    let approved = context.global.yes || (may_ask && ask::for_approval()?);
    if may_ask && !approved {
        return Ok(Exit::Cancelled);
    }
    let deploy = Deploy {
        digest: plan.digest(),
        reason,
        approved,
        waits_for_locks,
    };
    let run = context.ask(deploy).await?;
    see_to_its_end(context, run).await
}

/// Has a run taken over that nobody carries out, and sees it to its end.
pub(crate) async fn resume(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    context.ask(Resume { run }).await?;
    see_to_its_end(context, run).await
}

async fn see_to_its_end(context: &Context, run: RunId) -> Result<Exit, Trouble> {
    let control = context.control().await?;
    let interrupts = tokio::spawn(interrupt::abort_when_asked(Arc::clone(control), run));
    // Whatever becomes of the view, the run is seen to its end.
    let shown = match Watch::begin(context, run, Manner::Beside).await {
        Ok(watch) => watch.until_end(async || control.has_left(run)).await,
        Err(trouble) => Err(trouble),
    };
    let ended = control.end(run).await;
    interrupts.abort();
    match (ended?, shown) {
        // The run went on without its terminal, and its end is what counts.
        (Some(state), Err(trouble)) if trouble.is_gone() => Ok(Exit::of(&state)),
        (None, Err(trouble)) => Err(Trouble::Unfollowed(run, Box::new(trouble))),
        (_, shown) => Ok(Exit::of(&shown?)),
    }
}
