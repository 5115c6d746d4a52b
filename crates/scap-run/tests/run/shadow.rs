//! A check in shadow beside the gates that hold a run.

use crate::story::*;
use crate::wanted::{evidence, short};
use scap_plan::{CheckMode, CountersSettings, Gate, Period, WaveId};
use scap_run::evidence::{Counts, Tick, Verdict};
use scap_run::{Cause, Choice, Event, QuestionKind, RunState, TimerId, decide};

/// A run whose first wave is judged by a shadow and these gates, after these events.
fn with_a_shadow(others: &[Gate], events: &[Event]) -> RunState {
    let settings = CountersSettings {
        maximum_hold: Period::from_secs(60),
        ..CountersSettings::default()
    };
    let Gate::Evidence(mut shadow) = evidence(settings) else {
        unreachable!("it is one")
    };
    shadow.counters.mode = CheckMode::Shadow;
    judged_by([&[Gate::Evidence(shadow)], others].concat(), events)
}

/// A tick of so many seconds in which the canary of gate 0 fails each of its requests, or none.
fn seen(is_failing: bool, seconds: u32) -> Event {
    let tick = Tick {
        canary: Counts {
            requests: 200,
            errors: if is_failing { 200 } else { 0 },
        },
        control: Counts {
            requests: 200,
            errors: 0,
        },
        signatures: Vec::new(),
        milliseconds: seconds * 1_000,
    };
    Event::EvidenceRecorded {
        wave: WaveId(0),
        gate: 0,
        tick,
        missing: Vec::new(),
    }
}

#[test]
fn a_shadow_is_judged_beside_the_gates_and_nothing_follows_from_it() {
    let bake = Gate::Bake {
        period: Period::from_secs(30),
    };
    let waits = TimerId::Bake {
        wave: WaveId(0),
        gate: 1,
    };
    let baking = timer_started(waits);
    let baked = Event::TimerFired { timer: waits };
    let gather = "GatherEvidence { wave: WaveId(0), gate: 0 }";
    let wanted = |gates: &[Gate], events: &[Event]| {
        let actions = decide(&with_a_shadow(gates, events));
        let actions: Vec<String> = actions.iter().map(short).collect();
        actions.join(" ")
    };
    let failing = all(&[std::slice::from_ref(&baking), &vec![seen(true, 1); 20]]);
    let said = all(&[&failing, &[concluded(0, Verdict::Fail)]]);
    let over = all(&[&said, &[baked.clone(), concluded(1, Verdict::Pass)]]);
    let cases = [
        // It gathers while another gate holds the run, and never waits for a timer of its own.
        (vec![], format!("StartTimer(30000) {gather}")),
        (vec![baking.clone()], format!("AwaitTimer {gather}")),
        // It may speak first; then it has said what it had to say.
        (failing, "AwaitTimer Conclude(0,0,Fail)".to_owned()),
        (said, "AwaitTimer".to_owned()),
        (over, "Start(2,1)".to_owned()),
        // The others are done: it ends with what it has, which is little.
        (
            vec![
                baking.clone(),
                seen(false, 1),
                baked.clone(),
                concluded(1, Verdict::Pass),
            ],
            "Conclude(0,0,Inconclusive)".to_owned(),
        ),
        // It gathers no longer than it might have held the run.
        (
            vec![baking, seen(false, 60)],
            "AwaitTimer Conclude(0,0,Inconclusive)".to_owned(),
        ),
    ];
    for (events, expected) in cases {
        assert_eq!(wanted(std::slice::from_ref(&bake), &events), expected);
    }
    // Alone in its wave, it has had no time at all.
    assert_eq!(wanted(&[], &[]), "Conclude(0,0,NoData)");
}

#[test]
fn no_undo_and_no_question_comes_from_a_shadow() {
    let mut state = with_a_shadow(&[], &[concluded(0, Verdict::Fail)]);
    let cause = Cause::Gate {
        wave: WaveId(0),
        gate: 0,
    };
    let failed = QuestionKind::Failed { cause };
    let undecided = QuestionKind::Undecided {
        wave: WaveId(0),
        gate: 0,
    };
    let choices = [Choice::Undo, Choice::Promote];
    for event in [
        Event::UndoStarted { cause },
        asked(0, failed, &choices),
        asked(0, undecided, &choices),
    ] {
        let refused = state.apply(NOW, &event).unwrap_err();
        assert_eq!(refused.why, "nothing follows from a shadow");
    }
}
