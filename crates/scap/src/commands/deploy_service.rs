//! `scap deploy-service SERVICE`

use super::bump;
use crate::carry_out::{self, Wanted};
use crate::cli::DeployArguments;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view::progress::ProgressBoard;
use crate::wiring::Wiring;
use crate::{planning, queue, view};
use scap_run::Failure;
use std::sync::Arc;

pub(crate) async fn run(context: &Context, arguments: &DeployArguments) -> Result<Exit, Trouble> {
    let settings = context.settings()?;
    let wiring = context.wiring(&settings)?;
    let inputs = planning::inputs(&settings)?;
    let service = inputs.service(&arguments.service)?;
    if let Some(tag) = &arguments.bump {
        let change = (tag.as_str(), arguments.selection.environments.as_slice());
        let ended = bump::before_deployment(context, (&settings, &wiring), service, change).await?;
        if let Some(exit) = ended {
            return Ok(exit);
        }
    }
    forget_old_snapshots(context, &wiring)?;
    let board = Arc::new(ProgressBoard::new(6));
    let world = wiring.world(board.clone());
    if arguments.wait {
        // What runs now is not what the plan begins with: whoever holds the locks is changing it.
        let plan = planning::unobserved(&settings, &wiring, service, &arguments.selection).await?;
        queue::wait_for_locks(&context.journal()?, &plan).await?;
    }
    let selection = &arguments.selection;
    let planned = planning::plan(&settings, &wiring, &world, service, selection).await?;
    let (shown, width) = (planned.shown_differences(), Context::width());
    if !context.is_json() && !shown.is_empty() {
        let mut page = view::difference::page(&shown, width);
        if !planned.plan.steps.is_empty() {
            page.append(view::plan::hooks(&planned.hooks_left_out, width));
        }
        context.print(&page)?;
    }
    let wanted = Wanted {
        plan: planned.plan,
        reason: arguments.reason.clone(),
        waits_for_locks: arguments.wait,
    };
    carry_out::begin(context, world, board, wanted).await
}

/// Keeps those that a run which goes on, or may be resumed, was planned from.
fn forget_old_snapshots(context: &Context, wiring: &Wiring) -> Result<(), Trouble> {
    let failed = |error| {
        let failure = Failure::failed("old snapshots of charts and values cannot be removed");
        Trouble::Failed(failure.caused_by(&error))
    };
    if !wiring.kubernetes.has_old_snapshots().map_err(failed)? {
        return Ok(());
    }
    let journal = context.journal()?;
    let mut kept: Vec<String> = Vec::new();
    for run in journal.runs(None, u32::MAX)? {
        if run.outcome.is_none() {
            let Ok((state, _)) = journal.fold(run.run) else {
                // Nobody can tell what it needs.
                return Ok(());
            };
            kept.extend(state.plan.snapshots().map(str::to_owned));
        }
    }
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    wiring.kubernetes.prune_snapshots(&kept).map_err(failed)
}
