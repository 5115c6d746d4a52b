//! What must hold in every story, each by its name.

use crate::story::Story;
use scap_plan::{RollbackPolicy, WaveId};
use scap_run::evidence::Verdict;
use scap_run::{
    AbortKind, Cause, Choice, Event, Outcome, QuestionId, QuestionKind, RunState, StepStatus,
};
use std::collections::BTreeSet;

type Invariant = (&'static str, fn(&Story) -> bool);

const INVARIANTS: &[Invariant] = &[
    (
        "every_run_ends_within_its_budget_when_faults_stop",
        ends_within_its_budget,
    ),
    ("a_terminal_state_is_final", a_terminal_state_is_final),
    (
        "nothing_goes_on_after_the_end",
        nothing_goes_on_after_the_end,
    ),
    ("each_epoch_is_a_new_one", each_epoch_is_a_new_one),
    (
        "nothing_promoted_after_failed_check",
        nothing_promoted_after_failed_check,
    ),
    ("nothing_begins_in_a_freeze", nothing_begins_in_a_freeze),
    (
        "every_failure_ends_rolled_back_or_stuck",
        every_failure_ends_rolled_back_or_stuck,
    ),
    ("success_means_new_everywhere", success_means_new_everywhere),
    (
        "rolled_back_means_old_everywhere",
        rolled_back_means_old_everywhere,
    ),
    (
        "refused_and_cancelled_mean_nothing_changed",
        refused_and_cancelled_mean_nothing_changed,
    ),
    ("waves_go_one_after_the_other", waves_go_one_after_the_other),
    (
        "undo_goes_back_in_reverse_order",
        undo_goes_back_in_reverse_order,
    ),
    ("needs_come_first_and_go_last", needs_come_first_and_go_last),
    (
        "locks_stay_with_a_stuck_run_only",
        locks_stay_with_a_stuck_run_only,
    ),
    ("every_request_gets_a_reply", every_request_gets_a_reply),
    (
        "a_request_is_granted_with_its_event",
        a_request_is_granted_with_its_event,
    ),
    (
        "nothing_starts_before_approval_locks_and_preflight",
        nothing_starts_unprepared,
    ),
];

/// All of them, and that nothing forbidden was seen while it happened.
pub(crate) fn hold(story: &Story) -> Result<(), String> {
    if let Some(violation) = story.violations.first() {
        return Err(violation.clone());
    }
    match INVARIANTS.iter().find(|(_, holds)| !holds(story)) {
        Some((name, _)) => Err(format!("`{name}` does not hold")),
        None => Ok(()),
    }
}

/// A resumed run ends as an uninterrupted one: the same end, the same versions everywhere. Which of the steps beside a
/// failing one were begun and put back may differ.
pub(crate) fn same_end(whole: &Story, resumed: &Story) -> Result<(), String> {
    let ends = [whole, resumed].map(|story| (story.end(), &story.targets));
    if ends[0] == ends[1] {
        Ok(())
    } else {
        Err(format!(
            "uninterrupted {:?}, resumed {:?}",
            ends[0], ends[1]
        ))
    }
}

fn ends_within_its_budget(story: &Story) -> bool {
    let is_over = story.state.outcome.is_some() || story.state.stuck.is_some();
    is_over && story.calm.is_some_and(|calm| calm <= story.budget)
}

/// Nobody resumes what is stuck in a simulation.
fn a_terminal_state_is_final(story: &Story) -> bool {
    let is_terminal =
        |event: &Event| matches!(event, Event::RunFinished { .. } | Event::RunStuck { .. });
    let before_last = &story.events[..story.events.len() - 1];
    !before_last
        .iter()
        .any(|recorded| is_terminal(&recorded.event))
}

fn nothing_goes_on_after_the_end(story: &Story) -> bool {
    story.late_programs == 0
}

/// Two runners would have the same one if they carried the run out at once.
fn each_epoch_is_a_new_one(story: &Story) -> bool {
    let mut last = 0;
    story.events.iter().all(|recorded| match recorded.event {
        Event::RunResumed { epoch, .. } => epoch > std::mem::replace(&mut last, epoch),
        _ => true,
    })
}

/// The state before each event, beside it.
fn with_states(story: &Story) -> impl Iterator<Item = (RunState, &Event)> {
    let first = &story.events[0];
    let mut state =
        RunState::create(story.state.run, first.at, &first.event).expect("it was created");
    story.events[1..].iter().map(move |recorded| {
        let before = state.clone();
        state
            .apply(recorded.at, &recorded.event)
            .expect("it was legal");
        (before, &recorded.event)
    })
}

fn wave_of(story: &Story, step: scap_plan::StepId) -> WaveId {
    let waves = &story.state.plan.waves;
    WaveId(
        waves
            .iter()
            .position(|wave| wave.steps.contains(&step))
            .expect("every step is in a wave"),
    )
}

/// Written against the events alone: a person's word is the only thing that opens a gate that did not pass.
fn nothing_promoted_after_failed_check(story: &Story) -> bool {
    let mut against: BTreeSet<(WaveId, usize)> = BTreeSet::new();
    for recorded in &story.events {
        match &recorded.event {
            Event::GateConcluded {
                wave,
                gate,
                verdict: Verdict::Fail | Verdict::NoData | Verdict::Concern,
                ..
            } if !story.state.is_shadow(*wave, *gate) => _ = against.insert((*wave, *gate)),
            Event::QuestionAnswered {
                question,
                choice: Choice::Promote | Choice::Hold,
                by: Some(_),
            } => against.retain(|gate| asked_about(story, *question) != Some(*gate)),
            Event::StepStarted { step, .. }
                if against
                    .iter()
                    .any(|(wave, _)| wave_of(story, *step) > *wave) =>
            {
                return false;
            }
            _ => {}
        }
    }
    against.is_empty() || !matches!(story.state.outcome, Some(Outcome::Succeeded))
}

fn asked_about(story: &Story, question: QuestionId) -> Option<(WaveId, usize)> {
    match story.state.question(question)?.kind {
        QuestionKind::Undecided { wave, gate }
        | QuestionKind::Failed {
            cause: Cause::Gate { wave, gate },
        } => Some((wave, gate)),
        _ => None,
    }
}

fn nothing_begins_in_a_freeze(story: &Story) -> bool {
    let mut frozen = false;
    story.events.iter().all(|recorded| {
        match recorded.event {
            Event::FreezeBegan { .. } => frozen = true,
            Event::FreezeEnded => frozen = false,
            Event::StepStarted { .. } => return !frozen,
            _ => {}
        }
        true
    })
}

fn every_failure_ends_rolled_back_or_stuck(story: &Story) -> bool {
    let failed = story.events.iter().any(|recorded| match recorded.event {
        Event::StepFailed { .. } | Event::StepFell { .. } => true,
        Event::GateConcluded {
            wave,
            gate,
            verdict: Verdict::Fail,
            ..
        } => !story.state.is_shadow(wave, gate),
        _ => false,
    });
    let by_a_person = story.events.iter().any(|recorded| {
        let stops = matches!(
            recorded.event,
            Event::AbortRequested {
                kind: AbortKind::Stop,
                ..
            }
        );
        let answers = matches!(
            recorded.event,
            Event::QuestionAnswered {
                choice: Choice::Stop | Choice::Promote,
                ..
            }
        );
        stops || answers
    });
    let back =
        matches!(story.state.outcome, Some(Outcome::RolledBack)) || story.state.stuck.is_some();
    // Where nothing may be undone, everything stays as it is.
    let as_it_is = story.state.plan.policy.rollback == RollbackPolicy::Never
        && story.state.outcome == Some(Outcome::Stopped);
    !failed || back || by_a_person || as_it_is
}

fn all_run(story: &Story, version: &str) -> bool {
    story.targets.iter().flatten().all(|runs| runs == version)
}

fn success_means_new_everywhere(story: &Story) -> bool {
    story.state.outcome != Some(Outcome::Succeeded) || all_run(story, "new")
}

fn rolled_back_means_old_everywhere(story: &Story) -> bool {
    story.state.outcome != Some(Outcome::RolledBack) || all_run(story, "old")
}

fn refused_and_cancelled_mean_nothing_changed(story: &Story) -> bool {
    let nothing = matches!(
        story.state.outcome,
        Some(Outcome::Refused | Outcome::Cancelled)
    );
    let begun = story
        .events
        .iter()
        .any(|recorded| matches!(recorded.event, Event::StepStarted { .. }));
    !nothing || (all_run(story, "old") && !begun)
}

fn waves_go_one_after_the_other(story: &Story) -> bool {
    with_states(story).all(|(before, event)| match event {
        Event::StepStarted { step, .. } => {
            let earlier = &before.plan.waves[..wave_of(story, *step).0];
            earlier
                .iter()
                .flat_map(|wave| &wave.steps)
                .all(|step| before.status(*step) == StepStatus::Succeeded)
        }
        _ => true,
    })
}

fn undo_goes_back_in_reverse_order(story: &Story) -> bool {
    with_states(story).all(|(before, event)| match event {
        Event::StepUndoStarted { step, .. } => {
            let later = &before.plan.waves[wave_of(story, *step).0 + 1..];
            let settled = |step: &scap_plan::StepId| {
                matches!(
                    before.status(*step),
                    StepStatus::Waiting | StepStatus::Undone | StepStatus::UndoFailed
                )
            };
            later.iter().flat_map(|wave| &wave.steps).all(settled)
        }
        _ => true,
    })
}

fn needs_come_first_and_go_last(story: &Story) -> bool {
    with_states(story).all(|(before, event)| match event {
        Event::StepStarted { step, .. } => {
            let needs = &before.step(*step).needs;
            needs
                .iter()
                .all(|needed| before.status(*needed) == StepStatus::Succeeded)
        }
        Event::StepUndoStarted { step, .. } => before.plan.step_ids().all(|other| {
            let is_back = matches!(
                before.status(other),
                StepStatus::Waiting | StepStatus::Undone | StepStatus::UndoFailed
            );
            !before.step(other).needs.contains(step) || is_back
        }),
        _ => true,
    })
}

fn locks_stay_with_a_stuck_run_only(story: &Story) -> bool {
    story.locks_left == 0 || story.state.stuck.is_some()
}

fn every_request_gets_a_reply(story: &Story) -> bool {
    // A request that came after the end has nobody to take it in; the command line tells its person so at once.
    story.unanswered_requests == 0 || story.state.outcome.is_some() || story.state.stuck.is_some()
}

/// Whenever a runner dies: no request is taken in twice, and none is refused that was taken in.
fn a_request_is_granted_with_its_event(story: &Story) -> bool {
    let is_of_a_person = |event: &Event| {
        matches!(
            event,
            Event::AbortRequested { .. }
                | Event::QuestionAnswered { by: Some(_), .. }
                | Event::HandedOver { .. }
                | Event::FinishRequested { .. }
        )
    };
    let events = story.events.iter();
    let taken_in = events.filter(|recorded| is_of_a_person(&recorded.event));
    taken_in.count() == story.granted_requests
}

fn nothing_starts_unprepared(story: &Story) -> bool {
    with_states(story).all(|(before, event)| {
        let prepared = before.approved && before.locked && before.findings.is_some();
        !matches!(event, Event::StepStarted { .. }) || prepared
    })
}
