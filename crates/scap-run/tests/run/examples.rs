//! Examples of the errors that a gate failed for.

use crate::story::*;
use crate::wanted::{evidence, short};
use scap_plan::{CheckMode, CountersSettings, Gate, WaveId};
use scap_run::evidence::{Counts, SignatureCounts, Tick, Verdict};
use scap_run::{Cause, ErrorExample, Event, RunState, decide};

fn found(missing: Option<&str>) -> Event {
    let example = ErrorExample::new("Boom", "web1", Some(NOW), "Boom: cart is null");
    Event::ExamplesFound {
        wave: WaveId(0),
        gate: 0,
        examples: missing.map_or_else(|| vec![example], |_| Vec::new()),
        missing: missing.map(str::to_owned),
    }
}

/// A second in which the canary has so many errors of a kind, or of none.
fn seen(errors: u64, signature: Option<&str>) -> Event {
    let requests = 200;
    let signatures = signature.map(|signature| SignatureCounts {
        signature: signature.to_owned(),
        canary: errors,
        control: 0,
    });
    Event::EvidenceRecorded {
        wave: WaveId(0),
        gate: 0,
        tick: Tick {
            canary: Counts { requests, errors },
            control: Counts {
                requests,
                errors: 0,
            },
            signatures: signatures.into_iter().collect(),
            milliseconds: 1_000,
        },
        missing: Vec::new(),
    }
}

fn judged(mode: CheckMode, events: &[Event]) -> RunState {
    let Gate::Evidence(mut gate) = evidence(CountersSettings::default()) else {
        unreachable!("it is one")
    };
    gate.counters.mode = mode;
    judged_by(vec![Gate::Evidence(gate)], events)
}

fn wanted(state: &RunState) -> String {
    let actions: Vec<String> = decide(state).iter().map(short).collect();
    actions.join(" ")
}

#[test]
fn examples_are_looked_for_beside_the_undo_and_only_the_end_waits_for_them() {
    let failed = [seen(9, Some("Boom")), concluded(0, Verdict::Fail)];
    let cause = Cause::Gate {
        wave: WaveId(0),
        gate: 0,
    };
    let back = all(&[&failed, &[Event::UndoStarted { cause }]]);
    let undoing = all(&[&back, &[step_undo_started(1, 1)]]);
    let checked = Event::UndoChecked {
        reports: Vec::new(),
    };
    let undone = all(&[
        &undoing,
        &[undone(1), step_undo_started(0, 1), undone(0), checked],
    ]);
    let find = "FindExamples { wave: WaveId(0), gate: 0 }";
    let after = |events: &[Event]| wanted(&judged(CheckMode::Blocking, events));
    assert!(after(&failed).ends_with(find), "{}", after(&failed));
    assert_eq!(after(&undoing), find);
    assert_eq!(after(&undone), find);
    for examples in [found(None), found(Some("nobody answered"))] {
        let known = after(&all(&[&undone, &[examples]]));
        assert_eq!(known, "Finish(RolledBack)");
    }
    // A runner that died while it looked for them is followed by one that looks again.
    assert!(after(&all(&[&back, &[resumed()]])).ends_with(find));
}

#[test]
fn nobody_looks_for_examples_where_none_can_be_or_nothing_follows() {
    let cases = [
        (CheckMode::Blocking, seen(9, None), Verdict::Fail),
        (CheckMode::Blocking, seen(0, Some("Boom")), Verdict::Fail),
        (CheckMode::Blocking, seen(9, Some("Boom")), Verdict::Pass),
        (CheckMode::Blocking, seen(9, Some("Boom")), Verdict::NoData),
        (CheckMode::Shadow, seen(9, Some("Boom")), Verdict::Fail),
    ];
    for (mode, tick, verdict) in cases {
        let state = judged(mode, &[tick.clone(), concluded(0, verdict)]);
        let wanted = wanted(&state);
        assert!(!wanted.contains("FindExamples"), "{tick:?}: {wanted}");
    }
}

#[test]
fn examples_come_once_and_after_the_verdict() {
    let said = [seen(9, Some("Boom")), concluded(0, Verdict::Fail)];
    let mut state = judged(CheckMode::Blocking, &said[..1]);
    assert!(state.apply(NOW, &found(None)).is_err());
    state.apply(NOW, &said[1]).unwrap();
    state.apply(NOW, &found(None)).unwrap();
    assert!(state.apply(NOW, &found(None)).is_err());
    let gate = &state.gates[0][0];
    assert_eq!(gate.examples.as_ref().unwrap()[0].instance, "web1");
}
