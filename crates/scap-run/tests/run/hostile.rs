//! Whatever events a journal holds: each is applied or refused, and what is decided from them is decided.

use crate::story::{
    BAKE, NOW, aborted, acted, answered, asked, concluded, created, done, failed, observed,
    resumed, started, step_undo_started, tested, timer_started, undo_failed, undo_started, undone,
};
use scap_hostile::hostile;
use scap_plan::{RollbackPolicy, WaveId};
use scap_run::evidence::{Tick, Verdict};
use scap_run::{
    AbortKind, Cause, Choice, ErrorExample, Event, QuestionKind, RunId, RunState, Sent, TimerId,
    decide,
};

/// Stories, an event a line.
fn stories() -> Vec<Vec<u8>> {
    let undecided = QuestionKind::Undecided {
        wave: WaveId(0),
        gate: 1,
    };
    let failing = QuestionKind::Failed {
        cause: Cause::Gate {
            wave: WaveId(0),
            gate: 0,
        },
    };
    let forward = vec![
        tested(None),
        concluded(0, Verdict::Pass),
        timer_started(BAKE),
        Event::TimerFired { timer: BAKE },
        concluded(1, Verdict::NoData),
        asked(0, undecided, &[Choice::Undo, Choice::Hold, Choice::Promote]),
        answered(0, Choice::Hold),
        timer_started(TimerId::Hold {
            wave: WaveId(0),
            gate: 1,
            round: 1,
        }),
        Event::LoadSent {
            wave: WaveId(0),
            gate: 1,
            sent: Sent {
                canary: 3,
                control: 2,
            },
        },
        Event::EvidenceRecorded {
            wave: WaveId(0),
            gate: 1,
            tick: Tick::default(),
            missing: Vec::new(),
        },
        Event::ExamplesFound {
            wave: WaveId(0),
            gate: 0,
            examples: vec![ErrorExample::new("Boom", "web1", Some(NOW), "it went boom")],
            missing: Some("nobody answered".to_owned()),
        },
    ];
    let back = vec![
        failed(2),
        asked(0, failing, &[Choice::Undo, Choice::Promote]),
        aborted(AbortKind::Undo),
        resumed(),
        undo_started(),
        step_undo_started(1, 1),
        undo_failed(1),
        step_undo_started(1, 2),
        undone(1),
        Event::UndoChecked {
            reports: Vec::new(),
        },
    ];
    let interrupted = vec![started(2), resumed(), observed(2, "new"), acted(2)];
    [forward, back, interrupted]
        .map(|story| {
            let begin = [created(RollbackPolicy::Ask, true), Event::LocksAcquired];
            let ready = Event::PreflightFinished {
                findings: Vec::new(),
            };
            let whole = begin
                .into_iter()
                .chain([ready])
                .chain(done(&[0, 1]))
                .chain(story);
            let lines: Vec<String> = whole
                .map(|event| serde_json::to_string(&event).unwrap())
                .collect();
            lines.join("\n").into_bytes()
        })
        .into()
}

/// Takes in what can happen, as a journal does, and looks at it as its readers do.
fn fold(bytes: &[u8]) {
    let mut state: Option<RunState> = None;
    let events = bytes.split(|byte| *byte == b'\n');
    for event in events.filter_map(|line| serde_json::from_slice::<Event>(line).ok()) {
        match &mut state {
            None => state = RunState::create(RunId(1), NOW, &event).ok(),
            Some(state) => {
                let before = format!("{state:?}");
                if state.apply(NOW, &event).is_err() {
                    assert_eq!(format!("{state:?}"), before, "a refused event left a trace");
                }
            }
        }
        if let Some(state) = &state {
            decide(state);
            state.phase();
            state.has_proved_bad();
        }
    }
}

#[test]
fn hostile_events_are_applied_or_refused() {
    hostile("events", &stories(), fold);
}
