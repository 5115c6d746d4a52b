//! Carries a run out in this process, and shows it meanwhile.

use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use crate::view::progress::ProgressBoard;
use crate::watch::{Manner, Watch};
use crate::{ask, interrupt, person};
use scap_execute::{Driver, ExecuteError, Options, World};
use scap_plan::Plan;
use scap_run::{Event, RunId};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// What is to be done.
pub(crate) struct Wanted {
    pub(crate) plan: Plan,
    pub(crate) reason: Option<String>,
    pub(crate) waits_for_locks: bool,
}

/// Begins a new run and sees it to its end.
pub(crate) async fn begin(
    context: &Context,
    world: World,
    board: Arc<ProgressBoard>,
    wanted: Wanted,
) -> Result<Exit, Trouble> {
    let Wanted {
        plan,
        reason,
        waits_for_locks,
    } = wanted;
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
    let version = plan.version();
    let event = Event::RunCreated {
        plan: Box::new(plan),
        person: person::name(),
        reason,
        approved,
    };
    let driver = Driver::create(
        context.journal()?,
        &event,
        &version,
        world,
        options(waits_for_locks),
    )
    .map_err(nothing_done)?;
    see_to_its_end(context, driver, board).await
}

/// Takes over a run that nobody carries out, and sees it to its end.
pub(crate) async fn resume(
    context: &Context,
    world: World,
    board: Arc<ProgressBoard>,
    run: RunId,
) -> Result<Exit, Trouble> {
    let journal = context.journal()?;
    wait_for_lease(&journal, run).await?;
    let driver = Driver::claim(journal, run, world, options(true)).map_err(nothing_done)?;
    see_to_its_end(context, driver, board).await
}

/// What keeps a run from being begun or taken over: this process has changed nothing.
fn nothing_done(error: ExecuteError) -> Trouble {
    match error {
        ExecuteError::Journal(error) => Trouble::Journal(error),
        ExecuteError::Defect(_) => error.into(),
    }
}

/// A runner that was killed a moment ago still counts as alive for a few seconds; one that lives renews its lease.
async fn wait_for_lease(journal: &scap_journal::Journal, run: RunId) -> Result<(), Trouble> {
    let until = journal.run(run)?.lease_until;
    while now() < until {
        if journal.run(run)?.lease_until > until {
            // It gave a sign of life: taking over is refused with its holder's name.
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn see_to_its_end(
    context: &Context,
    driver: Driver,
    board: Arc<ProgressBoard>,
) -> Result<Exit, Trouble> {
    let (journal, run) = (context.journal()?, driver.run());
    let carried = tokio::spawn(driver.carry_out());
    let interrupts = tokio::spawn(interrupt::abort_when_asked(journal.clone(), run));
    // Whatever becomes of the view, the run is seen to its end.
    let shown = match Watch::begin(context, &journal, run, Manner::Beside(board)) {
        Ok(watch) => watch.until_end(|| carried.is_finished()).await,
        Err(trouble) => Err(trouble),
    };
    let carried = carried.await.expect("the driver does not panic");
    interrupts.abort();
    let state = carried?;
    match shown {
        // The run went on without its terminal, and its end is what counts.
        Err(trouble) if !trouble.is_gone() => Err(trouble),
        _ => Ok(Exit::of(&state)),
    }
}

fn options(waits_for_locks: bool) -> Options {
    Options {
        holder: person::runner(),
        waits_for_locks,
        attention: Duration::from_millis(200),
    }
}
