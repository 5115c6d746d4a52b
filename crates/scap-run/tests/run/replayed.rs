//! Past runs judged again.

use crate::story::*;
use crate::wanted::evidence;
use scap_plan::{
    Counters, CountersSettings, CountersSource, Evidence, Gate, Ordinary, Period, WaveId,
};
use scap_run::evidence::{Counts, Tick, Verdict};
use scap_run::{
    Called, Event, Outcome, Rejudged, Replay, RunState, Score, UnixMillis, decide, replay,
};

fn judged_evidence() -> Evidence {
    let settings = CountersSettings {
        maximum_hold: Period::from_secs(60),
        ..CountersSettings::default()
    };
    let Gate::Evidence(evidence) = evidence(settings) else {
        unreachable!("it is one")
    };
    Evidence {
        ordinary: Ordinary {
            calm: true,
            ..Ordinary::default()
        },
        ..evidence
    }
}

/// A run whose canary had so many errors of 200 requests a second, carried on until its gate spoke.
fn judged(errors_a_second: u64) -> RunState {
    let mut state = judged_by(vec![Gate::Evidence(judged_evidence())], &[]);
    for _ in 0..60 {
        state.apply(NOW, &second(errors_a_second)).unwrap();
        let concluded = decide(&state).iter().find_map(|action| match action {
            scap_run::Action::ConcludeGate { .. } => action.intent(UnixMillis(0)),
            _ => None,
        });
        if let Some(concluded) = concluded {
            state.apply(NOW, &concluded).unwrap();
            break;
        }
    }
    state
}

fn second(errors: u64) -> Event {
    let side = |errors| Counts {
        requests: 200,
        errors,
    };
    Event::EvidenceRecorded {
        wave: WaveId(0),
        gate: 0,
        tick: Tick {
            canary: side(errors),
            control: side(1),
            signatures: Vec::new(),
            milliseconds: 1_000,
        },
        missing: Vec::new(),
    }
}

fn again(state: &RunState, change: impl Fn(&mut Counters)) -> Replay {
    let declared = |_: &str| {
        let mut counters = judged_evidence().counters;
        change(&mut counters);
        Ok(counters)
    };
    let mut replays = replay(state, declared).unwrap();
    assert_eq!(replays.len(), 1);
    replays.remove(0)
}

#[test]
fn the_same_settings_say_the_same_again() {
    for (errors, verdict) in [(0, Verdict::Pass), (20, Verdict::Fail)] {
        let state = judged(errors);
        let replay = again(&state, |_| {});
        let then = replay.then.as_ref().unwrap();
        assert_eq!(then.verdict, verdict);
        assert_eq!(Some(then), replay.now());
        assert_eq!(replay.called, Called::Neither, "it has not ended");
    }
}

#[test]
fn other_settings_may_say_otherwise_or_would_have_gone_on() {
    let failing = judged(20);
    let tolerant = again(&failing, |now| {
        now.settings.tolerated_ratio = 50.0;
    });
    assert_eq!(tolerant.now, Rejudged::TicksEnd);
    let healthy = judged(0);
    let longer = again(&healthy, |now| {
        now.settings.minimum_hold = Period::from_secs(50);
    });
    assert_eq!(longer.now, Rejudged::TicksEnd);
    let shorter = again(&healthy, |now| {
        now.settings.minimum_hold = Period::from_secs(1);
        now.settings.maximum_hold = Period::from_secs(2);
    });
    let shorter = shorter.now().unwrap();
    assert_eq!(shorter.verdict, Verdict::Inconclusive);
    assert_eq!(shorter.after_milliseconds, 2_000);
}

#[test]
fn another_query_cannot_be_replayed_and_it_says_so() {
    let state = judged(0);
    let other = again(&state, |now| {
        if let CountersSource::Exposition(source) = &mut now.source {
            source.errors = "slow_total".into();
        }
    });
    let Rejudged::NotComparable { why } = other.now else {
        panic!("{:?}", other.now)
    };
    assert!(why.contains("ticks say nothing of those"), "{why}");
    let gone = replay(&state, |_| Err("it is declared no more".into())).unwrap();
    let why = "it is declared no more".to_owned();
    assert_eq!(gone[0].now, Rejudged::NotComparable { why });
}

#[test]
fn a_score_counts_who_was_right_about_what_the_run_made_of_it() {
    let mut good = judged(0);
    for event in [
        started(2),
        acted(2),
        succeeded(2),
        Event::RunFinished {
            outcome: Outcome::Succeeded,
        },
    ] {
        good.apply(NOW, &event).unwrap();
    }
    let mut bad = judged(20);
    let back = [
        undo_started_by_gate(),
        step_undo_started(1, 1),
        undone(1),
        step_undo_started(0, 1),
        undone(0),
        Event::UndoChecked {
            reports: Vec::new(),
        },
        Event::RunFinished {
            outcome: Outcome::RolledBack,
        },
    ];
    for event in back {
        bad.apply(NOW, &event).unwrap();
    }
    let mut score = Score::default();
    for state in [&good, &bad] {
        let replay = again(state, |_| {});
        score.add(replay.now(), replay.called);
    }
    let expected = Score {
        caught: 1,
        let_through: 1,
        ..Score::default()
    };
    assert_eq!(score, expected);
}

fn undo_started_by_gate() -> Event {
    Event::UndoStarted {
        cause: scap_run::Cause::Gate {
            wave: WaveId(0),
            gate: 0,
        },
    }
}
