//! What an event says, in a sentence without an end.

use crate::view::question;
use crate::view::{mark, waves, words};
use jiff::tz::Offset;
use scap_journal::Recorded;
use scap_plan::{Plan, StepId, WaveId};
use scap_run::evidence::Tick;
use scap_run::{AbortKind, Event, Finding, QuestionId, Readback, RunState, TestReport, TimerId};

/// Evidence is told once in so many milliseconds.
const EVIDENCE_EVERY_MILLISECONDS: u64 = 5_000;

pub(super) fn of(recorded: &Recorded, state: &RunState, offset: Offset) -> Option<String> {
    Some(match &recorded.event {
        Event::StepStarted { .. }
        | Event::StepActed { .. }
        | Event::StepSucceeded { .. }
        | Event::StepFailed { .. }
        | Event::StepFell { .. }
        | Event::StepObserved { .. }
        | Event::StepUndoStarted { .. }
        | Event::StepUndone { .. }
        | Event::StepUndoFailed { .. } => of_step(&recorded.event, state)?,
        Event::TestsFinished { .. }
        | Event::EvidenceRecorded { .. }
        | Event::OtherRunsSeen { .. }
        | Event::GateConcluded { .. }
        | Event::ExamplesFound { .. }
        | Event::TimerStarted { .. }
        | Event::TimerFired { .. } => of_gate(&recorded.event, state)?,
        Event::QuestionAsked { question, .. } => asked(state, *question, offset)?,
        Event::QuestionAnswered { choice, by, .. } => match by {
            Some(person) => format!("{person} answered: {choice}"),
            None => format!("nobody answered in time: {choice}"),
        },
        other => of_run(other, state)?,
    })
}

fn of_run(event: &Event, state: &RunState) -> Option<String> {
    Some(match event {
        Event::RunCreated {
            plan,
            person,
            reason,
            ..
        } => {
            let reason = reason
                .as_ref()
                .map_or_else(String::new, |reason| format!(" ({reason})"));
            let (digest, change) = (plan.digest(), words::changes(plan));
            let digest = Plan::short(&digest);
            format!(
                "run {} of {}: {change} by {person}{reason}, plan {digest}",
                state.run, plan.service
            )
        }
        Event::TargetsSeen { .. } => {
            let digest = state.plan.digest();
            format!(
                "its turn has come: {}, plan {}",
                words::changes(&state.plan),
                Plan::short(&digest)
            )
        }
        Event::LocksAcquired => "locks taken".to_owned(),
        Event::LocksRefused { findings } => format!("locks refused: {}", listed(findings)),
        Event::PreflightFinished { findings } if findings.is_empty() => {
            "preflight: nothing stands against it".to_owned()
        }
        Event::PreflightFinished { findings } => format!("preflight: {}", listed(findings)),
        Event::AbortRequested { kind, by, reason } => {
            let what = match kind {
                AbortKind::Stop => "stopping here",
                AbortKind::Undo => "going back",
            };
            format!("{what}: {}", waves::wish(by, reason.as_deref()))
        }
        Event::HandedOver { to, by } if to == by => {
            format!("taken over by {by}, who sees to it now")
        }
        Event::HandedOver { to, by } => format!("handed over to {to} by {by}"),
        Event::FinishRequested { by } => format!("{by} has watched it for long enough"),
        Event::FreezeBegan { by, reason } => format!("frozen by {by}: {reason}"),
        Event::FreezeEnded => "the freeze has ended".to_owned(),
        Event::UndoStarted { cause } => {
            format!("rolling back: {}", waves::short_cause(state, *cause))
        }
        Event::UndoChecked { reports } if !reports.is_empty() => {
            format!("checked after the undo: {}", tests(reports))
        }
        Event::RunStuck { why, .. } => {
            format!(
                "stuck: {why}; a person is needed, see `scap explain {}`",
                state.run
            )
        }
        Event::RunResumed { by, .. } => format!("taken over by {by}"),
        Event::RunFinished { outcome } => {
            let took = words::clock(state.created.until(state.changed));
            format!("run {} {} after {took}", state.run, outcome.words())
        }
        _ => return None,
    })
}

fn listed(findings: &[Finding]) -> String {
    let messages: Vec<&str> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    messages.join("; ")
}

fn of_step(event: &Event, state: &RunState) -> Option<String> {
    let name = |step: &StepId| state.step(*step).to_string();
    Some(match event {
        Event::StepStarted { step, attempt } => {
            format!("{}: started{}", name(step), again(*attempt))
        }
        Event::StepActed { step } => format!("{}: changed, reading back", name(step)),
        Event::StepSucceeded { step, readback } => {
            format!("{}: done, {}", name(step), seen(readback))
        }
        Event::StepFailed { step, failure } => {
            format!("{}: failed: {}", name(step), failure.in_full())
        }
        Event::StepFell { step, failure } => {
            format!("{}: fell over: {}", name(step), failure.in_full())
        }
        Event::StepObserved { step, observation } => {
            let seen = words::observed(observation);
            format!("{}: after the interruption it runs {seen}", name(step))
        }
        Event::StepUndoStarted { step, attempt } => {
            format!("{}: undoing{}", name(step), again(*attempt))
        }
        Event::StepUndone { step } => {
            format!(
                "{}: undone, {} again",
                name(step),
                words::before(state.step(*step))
            )
        }
        Event::StepUndoFailed { step, failure } => {
            format!("{}: undo failed: {}", name(step), failure.in_full())
        }
        _ => return None,
    })
}

fn again(attempt: u32) -> String {
    if attempt > 1 {
        format!(" (attempt {attempt})")
    } else {
        String::new()
    }
}

fn seen(readback: &Readback) -> String {
    let stragglers = readback.stragglers.iter();
    let without =
        stragglers.map(|straggler| format!("; not on {}: {}", straggler.name, straggler.why));
    std::iter::once(readback.summary.clone())
        .chain(without)
        .collect()
}

fn of_gate(event: &Event, state: &RunState) -> Option<String> {
    Some(match event {
        // That all passed is what the gate's conclusion says next.
        Event::TestsFinished {
            wave,
            gate,
            reports,
        } if reports.iter().any(|report| report.failure.is_some()) => {
            format!(
                "{}: {}",
                waves::gate_after(state, *wave, *gate),
                tests(reports)
            )
        }
        Event::EvidenceRecorded {
            wave,
            gate,
            tick,
            missing,
        } => evidence(state, (*wave, *gate), tick, missing)?,
        Event::OtherRunsSeen { wave, gate, runs } if !runs.is_empty() => {
            let runs: Vec<String> = runs.iter().map(|run| run.told(state.changed)).collect();
            let name = waves::gate_after(state, *wave, *gate);
            format!("{name}: {}", runs.join("; "))
        }
        Event::GateConcluded {
            wave,
            gate,
            verdict,
            why,
        } => {
            let mark = if state.is_shadow(*wave, *gate) {
                mark::shadow(*verdict)
            } else {
                mark::verdict(*verdict)
            };
            let word = mark.word;
            format!("{}: {word}: {why}", waves::gate_after(state, *wave, *gate))
        }
        Event::ExamplesFound { examples, .. } => {
            let example = examples.first()?;
            format!("for example on {}: {}", example.instance, example.text)
        }
        Event::TimerStarted {
            timer: TimerId::Bake { wave, gate },
            milliseconds,
            ..
        } => {
            let left = words::clock(*milliseconds);
            format!("{}: {left} to wait", waves::gate_after(state, *wave, *gate))
        }
        Event::TimerFired {
            timer: TimerId::Question { question },
        } => {
            let default = state.question(*question)?.default;
            format!("nobody answered in time: {default}")
        }
        _ => return None,
    })
}

/// `4 of 6 tests passed`, and which did not.
fn tests(reports: &[TestReport]) -> String {
    let failed = reports.iter().filter_map(|report| {
        let (test, instance, how) = (&report.test, &report.instance, report.circumstances());
        let why = report.failure.as_ref()?;
        Some(format!("`{test}` on {instance}{how} failed: {why}"))
    });
    let failed: Vec<String> = failed.collect();
    let passed = reports.len() - failed.len();
    let all = words::count(reports.len(), "test");
    joined(format!("{passed} of {all} passed"), &failed)
}

/// The counts so far, when this tick is the first of another few seconds.
fn evidence(
    state: &RunState,
    (wave, gate): (WaveId, usize),
    tick: &Tick,
    missing: &[String],
) -> Option<String> {
    let progress = &state.gates[wave.0][gate];
    let evidence = progress.evidence.as_ref()?;
    let now = evidence.elapsed_milliseconds();
    let before = now.saturating_sub(u64::from(tick.milliseconds));
    let due = progress.ticks.len() == 1
        || now / EVIDENCE_EVERY_MILLISECONDS > before / EVIDENCE_EVERY_MILLISECONDS;
    if !due {
        return None;
    }
    let counts = [evidence.canary(), evidence.control()];
    let [errors, more_errors] = counts.map(|side| words::thousands(side.errors));
    let [requests, more_requests] = counts.map(|side| words::thousands(side.requests));
    let control = if evidence.is_watch() {
        String::new()
    } else {
        format!(", control {more_errors} of {more_requests}")
    };
    let text = format!(
        "{}: canary {errors} {} of {requests} requests{control}; {}",
        waves::gate_after(state, wave, gate),
        evidence.settings().counted.words(),
        words::alarm(evidence.log_e(), evidence.limit())
    );
    Some(joined(text, missing))
}

fn joined(first: String, rest: &[String]) -> String {
    let mut parts = vec![first];
    parts.extend_from_slice(rest);
    parts.join("; ")
}

fn asked(state: &RunState, id: QuestionId, offset: Offset) -> Option<String> {
    let asked = state.question(id)?;
    let choices: Vec<&str> = asked.choices.iter().map(|choice| choice.word()).collect();
    let until = words::time_of_day(asked.until, offset);
    Some(format!(
        "question: {}; answer with `scap answer {} {}`, {} at {until} if nobody does",
        question::short_sentence(state, &asked.kind),
        state.run,
        choices.join("|"),
        asked.default
    ))
}
