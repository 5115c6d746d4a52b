//! One action as work in progress: a stream of the events that it gives.

use crate::context::Context;
use crate::{evidence, examples, others};
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::{self, BoxStream};
use scap_journal::{Acquisition, Bar, Journal, Lock};
use scap_plan::{Gate, Plan, StepId, WaveId};
use scap_run::{
    Action, Event, Expectation, Failure, Finding, RunState, StepStatus, TestReport, TimerId,
};
use std::time::Duration;

/// Work for the action; nothing for those that are only events.
pub(crate) fn begin(
    context: Context,
    action: &Action,
    state: &RunState,
) -> Option<BoxStream<'static, Event>> {
    let attempt = |step: StepId| state.step_state(step).attempt;
    Some(match *action {
        Action::SeeTargets => once(see_targets(context)),
        Action::TakeLocks => once(take_locks(context)),
        Action::RunPreflight => once(preflight(context)),
        Action::StartStep { step, attempt } => once(act(context, step, attempt)),
        Action::VerifyStep { step } => once(verify(context, step, attempt(step))),
        // Programs of either way may have outlived a runner.
        Action::ObserveStep { step } => {
            let last = attempt(step).max(state.step_state(step).undo_attempt);
            once(observe(context, step, last))
        }
        Action::WatchStep { step } => once(watch(context, step, attempt(step))),
        Action::UndoStep { step, attempt } => once(undo(context, step, attempt)),
        Action::RunTests { wave, gate } => once(run_tests(context, wave, gate)),
        Action::GatherEvidence { wave, gate } => evidence::gather(context, wave, gate),
        Action::LookForOtherRuns { wave, gate } => {
            let begin = state.in_production_since().unwrap_or(state.created);
            once(async move { others::look(&context, (wave, gate), begin) })
        }
        Action::FindExamples { wave, gate } => {
            let wanted = examples::wanted(&state.gates[wave.0][gate]);
            once(examples::find(context, (wave, gate), wanted))
        }
        Action::AwaitTimer { timer } => once(await_timer(remaining(&context, state, timer), timer)),
        Action::CheckUndo => once(check_undo(context, undone(state))),
        Action::StopStep { .. }
        | Action::ConcludeGate { .. }
        | Action::StartTimer { .. }
        | Action::AskQuestion { .. }
        | Action::StartUndo { .. }
        | Action::BecomeStuck { .. }
        | Action::Finish { .. } => return None,
    })
}

fn once(work: impl Future<Output = Event> + Send + 'static) -> BoxStream<'static, Event> {
    stream::once(work).boxed()
}

async fn act(context: Context, step: StepId, attempt: u32) -> Event {
    match context.world.engine.act(context.order(step, attempt)).await {
        Ok(()) => Event::StepActed { step },
        Err(failure) => Event::StepFailed { step, failure },
    }
}

async fn verify(context: Context, step: StepId, attempt: u32) -> Event {
    match context
        .world
        .engine
        .verify(context.order(step, attempt), Expectation::Planned)
        .await
    {
        Ok(readback) => Event::StepSucceeded { step, readback },
        Err(failure) => Event::StepFailed { step, failure },
    }
}

async fn observe(context: Context, step: StepId, attempt: u32) -> Event {
    match context
        .world
        .engine
        .observe(context.order(step, attempt))
        .await
    {
        Ok(observation) => Event::StepObserved { step, observation },
        Err(failure) => Event::StepFailed { step, failure },
    }
}

async fn watch(context: Context, step: StepId, attempt: u32) -> Event {
    let order = context.order(step, attempt);
    let failure = context.world.engine.watch(order).await;
    Event::StepFell { step, failure }
}

/// What cannot be seen stays as it was known: preflight says what stands in the way.
async fn see_targets(context: Context) -> Event {
    let looks = context.plan.step_ids().map(|step| {
        let order = context.order(step, 0);
        context.world.engine.observe(order)
    });
    let seen = join_all(looks).await.into_iter();
    Event::TargetsSeen {
        before: seen.map(Result::ok).collect(),
    }
}

/// Puts a step back and reads that back.
async fn undo(context: Context, step: StepId, attempt: u32) -> Event {
    let order = context.order(step, attempt);
    let undone = async {
        context.world.engine.undo(order.clone()).await?;
        context
            .world
            .engine
            .verify(order, Expectation::Restored)
            .await
    };
    match undone.await {
        Ok(_) => Event::StepUndone { step },
        Err(failure) => Event::StepUndoFailed { step, failure },
    }
}

async fn preflight(context: Context) -> Event {
    let mut findings = context.world.inspect.preflight(&context.plan).await;
    match context.journal.frozen(context.world.clock.now()) {
        Ok(None) => {}
        Ok(Some(freeze)) => findings.insert(
            0,
            Finding::error(
                format!(
                    "deployments are frozen by {}: {}",
                    freeze.person, freeze.reason
                ),
                "`scap thaw` ends the freeze",
            ),
        ),
        Err(error) => findings.push(Finding::error(
            Failure::failed("the freeze cannot be read")
                .caused_by(&error)
                .causes
                .join(": "),
            "`scap doctor` looks at the journal",
        )),
    }
    findings.extend(barred(&context.journal, &context.plan));
    Event::PreflightFinished { findings }
}

/// What of the plan was once rolled back as bad.
pub fn barred(journal: &Journal, plan: &Plan) -> Vec<Finding> {
    let novelties = plan.novelties();
    let bars = match journal.bars(plan.service.as_str()) {
        Ok(bars) => bars,
        Err(error) => {
            let message = format!("what is barred cannot be read: {error}");
            return vec![Finding::error(
                message,
                "`scap doctor` looks at the journal",
            )];
        }
    };
    let is_meant = |bar: &&Bar| novelties.contains(&bar.version);
    let found = |bar: &Bar| {
        let (version, run) = (&bar.version, bar.run);
        let message = format!("`{version}` was rolled back as bad by run {run}");
        let hint = format!(
            "see `scap explain {run}`; `scap unbar {run} REASON` lets it be deployed again"
        );
        Finding::error(message, hint)
    };
    bars.iter().filter(is_meant).map(found).collect()
}

async fn take_locks(context: Context) -> Event {
    const AGAIN: Duration = Duration::from_millis(500);
    let keys = context.plan.lock_keys();
    let by_hand = [context.plan.service.lock_key()];
    loop {
        let now = context.world.clock.now();
        match context
            .journal
            .acquire((context.run, context.epoch), &keys, &by_hand, now)
        {
            Ok(Acquisition::Held) => return Event::LocksAcquired,
            Ok(Acquisition::Refused(locks)) if !context.waits_for_locks => {
                return Event::LocksRefused {
                    findings: locks.iter().map(in_the_way).collect(),
                };
            }
            Ok(Acquisition::Refused(_)) => tokio::time::sleep(AGAIN).await,
            Err(error) => {
                let message = format!("locks cannot be taken: {error}");
                return Event::LocksRefused {
                    findings: vec![Finding::error(message, "try again")],
                };
            }
        }
    }
}

fn in_the_way(lock: &Lock) -> Finding {
    let holder = lock.holder();
    let reason = lock
        .reason
        .as_ref()
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    let hint = match lock.run {
        Some(run) => format!("wait for it with `--wait`, or see `scap show {run}`"),
        None => "`scap unlock` gives it back".to_owned(),
    };
    Finding::error(
        format!("`{}` is locked by {holder}{reason}", lock.key),
        hint,
    )
}

async fn run_tests(context: Context, wave: WaveId, gate: usize) -> Event {
    let reports = match context.gate(wave, gate) {
        Gate::Tests { tests } => {
            context
                .world
                .check
                .tests(&context.plan, tests, &context.plan.wave(wave).steps)
                .await
        }
        _ => Vec::new(),
    };
    Event::TestsFinished {
        wave,
        gate,
        reports,
    }
}

/// Steps that were put back to something: a first deployment leaves nothing to test.
fn undone(state: &RunState) -> Vec<StepId> {
    let had_something = |step: &StepId| {
        let before = state.step(*step).before.as_ref();
        before.is_some_and(|seen| !seen.is_nothing())
    };
    let is_undone = |step: &StepId| state.status(*step) == StepStatus::Undone;
    state
        .plan
        .step_ids()
        .filter(is_undone)
        .filter(had_something)
        .collect()
}

/// The tests of each wave again, on those of its steps that were put back.
async fn check_undo(context: Context, undone: Vec<StepId>) -> Event {
    let mut reports: Vec<TestReport> = Vec::new();
    for wave in &context.plan.waves {
        let steps: Vec<StepId> = wave
            .steps
            .iter()
            .copied()
            .filter(|step| undone.contains(step))
            .collect();
        for gate in &wave.gates {
            if let Gate::Tests { tests } = gate
                && !steps.is_empty()
            {
                reports.extend(
                    context
                        .world
                        .check
                        .tests(&context.plan, tests, &steps)
                        .await,
                );
            }
        }
    }
    Event::UndoChecked { reports }
}

/// Deadlines are stored as wall time and waited for on the monotonic clock; a clock that jumped can neither skip the
/// wait by more than what was left of it nor make it longer than it was meant to be.
fn remaining(context: &Context, state: &RunState, timer: TimerId) -> Duration {
    state.timers.get(&timer).map_or(Duration::ZERO, |started| {
        let left = context.world.clock.now().until(started.until);
        Duration::from_millis(left.min(started.milliseconds))
    })
}

async fn await_timer(remaining: Duration, timer: TimerId) -> Event {
    tokio::time::sleep(remaining).await;
    Event::TimerFired { timer }
}
