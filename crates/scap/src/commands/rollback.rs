//! `scap rollback RUN|SERVICE`

use crate::carry_out::{self, Wanted};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::planning;
use crate::trouble::Trouble;
use crate::view::progress::ProgressBoard;
use scap_journal::Journal;
use scap_plan::restoring;
use scap_run::{Failure, RunId};
use std::sync::Arc;

pub(crate) async fn run(context: &Context, run_or_service: &str) -> Result<Exit, Trouble> {
    let journal = context.journal()?;
    let run = match run_or_service.parse() {
        Ok(number) => RunId(number),
        Err(_) => last_success(&journal, run_or_service)?,
    };
    let (state, _) = journal.fold(run)?;
    let settings = context.settings()?;
    let board = Arc::new(ProgressBoard::new(6));
    let world = context.wiring(&settings)?.world(board.clone());
    let plan = restoring(&state.plan).map_err(|error| {
        Failure::failed(format!("run {run} cannot be rolled back")).caused_by(&error)
    })?;
    let plan = planning::observe(plan, &world).await?;
    let reason = Some(format!("rollback of run {run}"));
    carry_out::begin(
        context,
        world,
        board,
        Wanted {
            plan,
            reason,
            waits_for_locks: false,
        },
    )
    .await
}

/// The newest run of a service that changed something for good.
fn last_success(journal: &Journal, service: &str) -> Result<RunId, Trouble> {
    use scap_run::Outcome::{Succeeded, SucceededWithStragglers};
    let runs = journal.runs(Some(service), 1_000)?;
    let done = runs
        .iter()
        .find(|run| matches!(run.outcome, Some(Succeeded | SucceededWithStragglers)));
    done.map(|run| run.run).ok_or_else(|| {
        let failure = Failure::failed(format!(
            "service `{service}` has no run that could be rolled back"
        ));
        failure
            .hint(format!("`scap runs {service}` lists its runs"))
            .into()
    })
}
