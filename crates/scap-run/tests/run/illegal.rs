//! Events that cannot happen are refused, and the state stays as it was.

use crate::story::*;
use scap_plan::{RollbackPolicy, StepId, WaveId};
use scap_run::evidence::Verdict;
use scap_run::{
    AbortKind, Cause, Choice, Event, Outcome, QuestionKind, RunId, RunState, Sent, TimerId,
};

/// A story, the event that cannot follow, and a word of why.
#[expect(clippy::too_many_lines, reason = "one table")]
fn cases() -> Vec<(Vec<Event>, Event, &'static str)> {
    let ready = prepared();
    let first = done(&[0, 1]);
    let back = all(&[&ready, &first, &[undo_started()]]);
    let approve = [asked(
        0,
        QuestionKind::Approve,
        &[Choice::Decline, Choice::Approve],
    )];
    vec![
        (vec![], created(RollbackPolicy::Automatic, true), "exists"),
        // Only what is everywhere and watched can be finished, and only somebody else can be given it.
        (
            ready.clone(),
            Event::FinishRequested { by: "ada".into() },
            "not everywhere",
        ),
        (
            vec![],
            Event::HandedOver {
                to: "ada".into(),
                by: "grace".into(),
            },
            "theirs already",
        ),
        // What is seen again is seen before anybody is asked.
        (
            vec![],
            Event::TargetsSeen { before: vec![] },
            "shown already",
        ),
        // Preparation comes in order, and once.
        (
            vec![],
            Event::PreflightFinished { findings: vec![] },
            "locks",
        ),
        (vec![Event::LocksAcquired], Event::LocksAcquired, "held"),
        (
            vec![Event::LocksAcquired],
            Event::LocksRefused { findings: vec![] },
            "held",
        ),
        (
            ready.clone(),
            Event::PreflightFinished { findings: vec![] },
            "once",
        ),
        // Steps start in their turn.
        (vec![], started(0), "prepared"),
        (vec![Event::LocksAcquired], started(0), "prepared"),
        (ready.clone(), started(2), "turn"),
        (ready.clone(), started(3), "no such step"),
        (ready.clone(), started(1), "needs"),
        (
            ready.clone(),
            Event::StepStarted {
                step: StepId(0),
                attempt: 2,
            },
            "attempt",
        ),
        (all(&[&ready, &[started(0)]]), started(0), "waiting"),
        (
            all(&[&ready, &[aborted(AbortKind::Stop)]]),
            started(0),
            "turning back",
        ),
        (back.clone(), started(2), "turning back"),
        // A step goes from start to act to success.
        (ready.clone(), acted(0), "not going on"),
        (ready.clone(), acted(9), "no step 9"),
        (all(&[&ready, &[started(0)]]), succeeded(0), "read back"),
        (all(&[&ready, &done(&[0])]), succeeded(0), "read back"),
        (ready.clone(), failed(0), "not going on"),
        (all(&[&ready, &done(&[0])]), failed(0), "not going on"),
        (
            all(&[&ready, &[started(0)]]),
            fell(0),
            "not one that stands",
        ),
        (back.clone(), fell(0), "not one that stands"),
        (
            all(&[&ready, &[started(0)]]),
            observed(0, "new"),
            "not interrupted",
        ),
        (ready.clone(), observed(9, "new"), "no such step"),
        // Undo begins once, when nothing is on its way, and puts back what was touched.
        (all(&[&ready, &[started(0)]]), undo_started(), "going on"),
        (back.clone(), undo_started(), "started"),
        (all(&[&ready, &first]), step_undo_started(0, 1), "untouched"),
        (back.clone(), step_undo_started(2, 1), "untouched"),
        (back.clone(), step_undo_started(0, 2), "attempt"),
        (
            all(&[&back, &[step_undo_started(0, 1)]]),
            step_undo_started(0, 2),
            "going on",
        ),
        (back.clone(), undone(0), "none is going on"),
        (back.clone(), undo_failed(0), "none is going on"),
        (
            all(&[&back, &[step_undo_started(0, 1), undone(0)]]),
            step_undo_started(0, 2),
            "untouched",
        ),
        (
            back.clone(),
            Event::UndoChecked { reports: vec![] },
            "not everything",
        ),
        (
            ready.clone(),
            Event::UndoChecked { reports: vec![] },
            "none",
        ),
        (back.clone(), aborted(AbortKind::Undo), "already"),
        // Gates conclude once.
        (
            all(&[&ready, &first, &[concluded(0, Verdict::Pass)]]),
            concluded(0, Verdict::Fail),
            "concluded",
        ),
        (
            all(&[&ready, &first]),
            concluded(7, Verdict::Pass),
            "no such gate",
        ),
        (all(&[&ready, &first]), tick(0), "evidence"),
        (all(&[&ready, &first]), sent(0), "evidence"),
        // Timers and questions are started before they end, and end once.
        (
            ready.clone(),
            Event::TimerFired { timer: BAKE },
            "not started",
        ),
        (
            all(&[&ready, &[timer_started(BAKE)]]),
            timer_started(BAKE),
            "before",
        ),
        (
            all(&[
                &ready,
                &[timer_started(BAKE), Event::TimerFired { timer: BAKE }],
            ]),
            Event::TimerFired { timer: BAKE },
            "has ended",
        ),
        (ready.clone(), answered(0, Choice::Undo), "no such question"),
        (
            ready.clone(),
            asked(1, QuestionKind::Approve, &[Choice::Decline]),
            "number",
        ),
        (
            ready.clone(),
            asked(0, QuestionKind::Approve, &[]),
            "no choices",
        ),
        (
            approve.to_vec(),
            answered(0, Choice::Undo),
            "none of the choices",
        ),
        (
            all(&[&approve, &[answered(0, Choice::Decline)]]),
            answered(0, Choice::Approve),
            "answered before",
        ),
        // The end is what the steps say, and the last event.
        (ready.clone(), finished(Outcome::Succeeded), "otherwise"),
        (
            ready.clone(),
            finished(Outcome::SucceededWithStragglers),
            "otherwise",
        ),
        (ready.clone(), finished(Outcome::RolledBack), "otherwise"),
        (
            all(&[&ready, &first]),
            finished(Outcome::Cancelled),
            "otherwise",
        ),
        (
            all(&[&ready, &first]),
            finished(Outcome::Refused),
            "otherwise",
        ),
        (
            all(&[&ready, &[started(0)]]),
            finished(Outcome::Stopped),
            "going on",
        ),
        (back.clone(), finished(Outcome::RolledBack), "otherwise"),
        (
            vec![finished(Outcome::Cancelled)],
            Event::FreezeEnded,
            "finished",
        ),
        (vec![stuck()], Event::LocksAcquired, "stuck"),
        (vec![stuck()], finished(Outcome::Stopped), "stuck"),
    ]
}

fn sent(gate: usize) -> Event {
    Event::LoadSent {
        wave: WaveId(0),
        gate,
        sent: Sent::default(),
    }
}

fn tick(gate: usize) -> Event {
    let tick = serde_json::json!({
        "canary": {"requests": 1, "errors": 0}, "control": {"requests": 1, "errors": 0}, "signatures": [], "milliseconds": 1000,
    });
    Event::EvidenceRecorded {
        wave: WaveId(0),
        gate,
        tick: serde_json::from_value(tick).unwrap(),
        missing: vec![],
    }
}

#[test]
fn an_event_that_cannot_happen_is_refused_and_changes_nothing() {
    for (story, event, why) in cases() {
        let mut state = told(RollbackPolicy::Automatic, true, &story);
        let before = format!("{state:?}");
        let refused = state
            .apply(NOW, &event)
            .expect_err(&format!("{event:?} was taken after {story:?}"));
        assert!(refused.to_string().contains(why), "{event:?}: {refused}");
        assert_eq!(format!("{state:?}"), before, "{event:?} left a trace");
    }
}

#[test]
fn a_run_begins_with_its_creation_and_locks_wait_for_approval() {
    assert!(RunState::create(RunId(1), NOW, &Event::LocksAcquired).is_err());
    let mut unapproved = told(RollbackPolicy::Automatic, false, &[]);
    assert!(unapproved.apply(NOW, &Event::LocksAcquired).is_err());
}

#[test]
fn a_deadline_answers_once_and_an_answer_outlives_its_deadline() {
    let kind = QuestionKind::Failed {
        cause: Cause::Step { step: StepId(0) },
    };
    let question = asked(0, kind.clone(), &[Choice::Undo, Choice::Stop]);
    let fired = Event::TimerFired {
        timer: TimerId::Question {
            question: scap_run::QuestionId(0),
        },
    };
    let by_deadline = told(
        RollbackPolicy::Ask,
        true,
        &[question.clone(), fired.clone()],
    );
    assert_eq!(by_deadline.answer_to(&kind), Some(Choice::Undo));
    let by_person = told(
        RollbackPolicy::Ask,
        true,
        &[question, answered(0, Choice::Stop), fired],
    );
    assert_eq!(by_person.answer_to(&kind), Some(Choice::Stop));
}
