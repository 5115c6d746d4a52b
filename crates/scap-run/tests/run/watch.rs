//! Watches: gates without a control, beside the others of their wave, that ask at the most.

use crate::story::*;
use crate::wanted::{evidence, short};
use scap_plan::{
    CountersSettings, Gate, Past, PastSource, Period, RollbackPolicy, StepId, Watch, WaveId,
};
use scap_run::evidence::{Counts, Tick, Verdict};
use scap_run::{
    Action, Choice, Event, OtherRun, Outcome, QuestionKind, RunId, RunState, TimerId, UnixMillis,
    decide,
};

fn watch(past: Option<Past>) -> Gate {
    let Gate::Evidence(mut evidence) = evidence(CountersSettings::default()) else {
        unreachable!("it is one")
    };
    evidence.canary = vec![StepId(0), StepId(1), StepId(2)];
    evidence.control = Vec::new();
    evidence.watch = Some(Watch {
        period: Period::from_secs(600),
        past,
    });
    Gate::Evidence(evidence)
}

fn known() -> Past {
    Past {
        source: PastSource::Runs { runs: 3 },
        requests: 100_000,
        errors: 100,
        windows: 500,
        dispersion: 1.0,
        high: None,
    }
}

fn bake() -> Gate {
    Gate::Bake {
        period: Period::from_secs(30),
    }
}

/// A minute with so many errors in a thousand requests on each side that there is.
fn minute((wave, gate): (usize, usize), canary: u64, control: Option<u64>) -> Event {
    let side = |errors| Counts {
        requests: 1_000,
        errors,
    };
    Event::EvidenceRecorded {
        wave: WaveId(wave),
        gate,
        tick: Tick {
            canary: side(canary),
            control: control.map(side).unwrap_or_default(),
            signatures: Vec::new(),
            milliseconds: 60_000,
        },
        missing: Vec::new(),
    }
}

fn hold(gate: usize, round: u32) -> TimerId {
    TimerId::Hold {
        wave: WaveId(0),
        gate,
        round,
    }
}

fn finish() -> Event {
    Event::FinishRequested { by: "ada".into() }
}

fn fired(timer: TimerId) -> Event {
    Event::TimerFired { timer }
}

fn wanted(state: &RunState) -> String {
    let actions: Vec<String> = decide(state).iter().map(short).collect();
    actions.join(" ")
}

/// The second minute of a watch is the first that counts.
fn of_concern(gate: usize) -> Vec<Event> {
    vec![minute((0, gate), 0, None), minute((0, gate), 60, None)]
}

const GATHER: &str = "GatherEvidence { wave: WaveId(0), gate: 0 }";

#[test]
fn a_watch_goes_on_beside_the_gates_in_turn() {
    let baking = timer_started(BAKE);
    let (held, over) = (timer_started(hold(0, 0)), fired(hold(0, 0)));
    let calm = vec![baking.clone(), held.clone(), minute((0, 0), 1, None)];
    let baked = [fired(BAKE), concluded(1, Verdict::Pass)];
    let cases = [
        (
            vec![],
            format!("StartTimer(30000) StartTimer(600000) {GATHER}"),
        ),
        (calm.clone(), format!("AwaitTimer AwaitTimer {GATHER}")),
        // Its time is over, but not that of the others: it costs nothing to look on.
        (
            all(&[&calm, std::slice::from_ref(&over)]),
            format!("AwaitTimer {GATHER}"),
        ),
        (all(&[&calm, &baked]), format!("AwaitTimer {GATHER}")),
        (
            all(&[&calm, &baked, &[over]]),
            "Conclude(0,0,Pass)".to_owned(),
        ),
    ];
    for (events, expected) in cases {
        let state = judged_by(vec![watch(Some(known())), bake()], &events);
        assert_eq!(wanted(&state), expected);
    }
}

/// After these events of a run of one wave, in which everything is deployed.
fn everywhere(events: &[Event]) -> RunState {
    let mut plan = plan(RollbackPolicy::Automatic);
    let all_steps = plan.step_ids().collect();
    plan.waves.truncate(1);
    plan.waves[0].steps = all_steps;
    plan.waves[0].gates = vec![watch(Some(known())), bake()];
    told_of(plan, true, &all(&[&prepared(), &done(&[0, 1, 2]), events]))
}

#[test]
fn who_has_watched_for_long_enough_ends_the_watch() {
    let begun = [timer_started(BAKE), timer_started(hold(0, 0))];
    let calm = all(&[&begun, &[minute((0, 0), 1, None), minute((0, 0), 1, None)]]);
    let baked = all(&[&calm, &[fired(BAKE), concluded(1, Verdict::Pass)]]);
    let finished = all(&[&baked, &[finish()]]);
    let concern = all(&[
        &begun,
        &of_concern(0),
        &[fired(BAKE), concluded(1, Verdict::Pass)],
    ]);
    let state = everywhere;
    assert!(!state(&calm).is_only_watched(), "it bakes still");
    assert!(state(&baked).is_only_watched());
    assert_eq!(wanted(&state(&finished)), "Conclude(0,0,Inconclusive)");
    // What the watch has to say it says.
    let spoken = all(&[&concern, &[finish()]]);
    assert_eq!(wanted(&state(&spoken)), "Conclude(0,0,Concern)");
    let asking = QuestionKind::Undecided {
        wave: WaveId(0),
        gate: 0,
    };
    let held = all(&[
        &spoken,
        &[
            concluded(0, Verdict::Concern),
            asked(0, asking, &[Choice::Hold]),
        ],
        &[answered(0, Choice::Hold)],
    ]);
    assert!(
        wanted(&state(&held)).contains(GATHER),
        "holding on is to watch again"
    );
}

#[test]
fn a_concern_asks_while_the_other_gates_go_on() {
    let begun = [timer_started(BAKE), timer_started(hold(0, 0))];
    let concern = all(&[&begun, &of_concern(0)]);
    let state = |events: &[Event]| judged_by(vec![watch(Some(known())), bake()], events);
    let spoken = all(&[&concern, &[concluded(0, Verdict::Concern)]]);
    assert_eq!(wanted(&state(&concern)), "AwaitTimer Conclude(0,0,Concern)");
    let actions = decide(&state(&spoken));
    let Action::AskQuestion { kind, choices, .. } = &actions[0] else {
        panic!("{actions:?}")
    };
    let expected = [Choice::Undo, Choice::Hold, Choice::Promote, Choice::Stop];
    assert_eq!(choices, &expected);
    let asked = all(&[&spoken, &[asked(0, kind.clone(), choices)]]);
    assert_eq!(wanted(&state(&asked)), "AwaitTimer AwaitTimer");
    // Who goes on has dealt with it; who holds on wants to see what comes.
    let promoted = all(&[&asked, &[answered(0, Choice::Promote)]]);
    assert_eq!(wanted(&state(&promoted)), "AwaitTimer");
    let held = all(&[&asked, &[answered(0, Choice::Hold)]]);
    assert_eq!(
        wanted(&state(&held)),
        format!("AwaitTimer StartTimer(600000) {GATHER}")
    );
    let undone = all(&[&asked, &[answered(0, Choice::Undo)]]);
    assert!(wanted(&state(&undone)).contains("StartUndo"));
}

#[test]
fn what_may_not_be_undone_is_stopped_when_nobody_answers() {
    let mut plan = plan(RollbackPolicy::Never);
    plan.waves[0].gates = vec![watch(Some(known()))];
    let spoken = [concluded(0, Verdict::Concern)];
    let state = told_of(plan, true, &all(&[&prepared(), &done(&[0, 1]), &spoken]));
    let actions = decide(&state);
    let Action::AskQuestion { choices, .. } = &actions[0] else {
        panic!("{actions:?}")
    };
    assert_eq!(choices, &[Choice::Stop, Choice::Hold, Choice::Promote]);
}

#[test]
fn of_two_that_have_spoken_a_failure_has_the_word() {
    let gates = vec![watch(Some(known())), evidence(CountersSettings::default())];
    let question = QuestionKind::Undecided {
        wave: WaveId(0),
        gate: 0,
    };
    let events = [
        concluded(0, Verdict::Concern),
        asked(0, question, &[Choice::Undo, Choice::Promote]),
        concluded(1, Verdict::Fail),
    ];
    assert!(wanted(&judged_by(gates, &events)).starts_with("StartUndo"));
}

#[test]
fn a_watch_without_a_past_learns_what_the_runs_own_control_has_shown() {
    let mut plan = plan(RollbackPolicy::Automatic);
    plan.waves[0].gates = vec![evidence(CountersSettings::default())];
    plan.waves[1].gates = vec![watch(None)];
    let judged = [
        minute((0, 0), 1, Some(2)),
        minute((0, 0), 1, Some(0)),
        concluded(0, Verdict::Pass),
    ];
    let seen = [minute((1, 0), 1, None)];
    let events = all(&[&prepared(), &done(&[0, 1]), &judged, &done(&[2]), &seen]);
    let state = told_of(plan, true, &events);
    let evidence = state.gates[1][0].evidence.as_ref().unwrap();
    let past = evidence.past().expect("the control was counted");
    assert_eq!(
        (past.source, past.requests, past.errors),
        (PastSource::Control, 2_000, 2)
    );
}

#[test]
fn what_speaks_against_a_shared_signal_waits_for_a_look_at_other_runs() {
    let Gate::Evidence(mut signal) = watch(Some(known())) else {
        unreachable!("it is one")
    };
    signal.counters.is_shared = true;
    let seen = |runs: &[OtherRun]| Event::OtherRunsSeen {
        wave: WaveId(0),
        gate: 0,
        runs: runs.to_vec(),
    };
    let other = |until| OtherRun {
        run: RunId(7),
        service: "cart".to_owned().try_into().unwrap(),
        person: "grace".into(),
        since: UnixMillis(NOW.0 - 42_000),
        until,
    };
    let state = |events: &[Event]| {
        let gates = vec![Gate::Evidence(signal.clone())];
        judged_by(gates, &all(&[&of_concern(0), events]))
    };
    let look = Action::LookForOtherRuns {
        wave: WaveId(0),
        gate: 0,
    };
    assert_eq!(decide(&state(&[])), [look]);
    let cases = [
        (
            seen(&[]),
            "; no other run that it is watched in changed production",
        ),
        (
            seen(&[other(None)]),
            "; run 7 of cart by grace has changed production for 42 s; whose doing it is, a person has to tell",
        ),
        (
            seen(&[other(Some(UnixMillis(NOW.0 - 2_000)))]),
            "; run 7 of cart by grace changed production for 40 s, until 2 s ago; whose doing it is, a person has to tell",
        ),
    ];
    for (event, expected) in cases {
        let actions = decide(&state(&[event]));
        let [Action::ConcludeGate { verdict, why, .. }] = actions.as_slice() else {
            panic!("{actions:?}")
        };
        assert_eq!(*verdict, Verdict::Concern);
        assert!(why.ends_with(expected), "{why}");
    }
}

#[test]
fn another_run_is_one_that_watches_the_same_and_has_changed_production_meanwhile() {
    let of_signal = |is_shared, events: &[Event]| {
        let Gate::Evidence(mut signal) = watch(Some(known())) else {
            unreachable!("it is one")
        };
        signal.counters.is_shared = is_shared;
        let mut plan = plan(RollbackPolicy::Automatic);
        plan.waves[0].gates = vec![Gate::Evidence(signal.clone())];
        (told_of(plan, true, events), signal.counters)
    };
    let is_other = |is_shared, events: &[Event], begin| {
        let (run, signal) = of_signal(is_shared, events);
        OtherRun::of(&run, &signal, begin).is_some()
    };
    let begun = all(&[&prepared(), &[started(0)]]);
    let ended = all(&[&prepared(), &done(&[0]), &[finished(Outcome::Stopped)]]);
    let later = NOW.after(1);
    assert!(is_other(true, &begun, later));
    assert!(is_other(true, &ended, NOW));
    assert!(!is_other(true, &ended, later));
    assert!(!is_other(true, &prepared(), later));
    assert!(!is_other(false, &begun, later));
    // A signal of another name.
    let (run, mut signal) = of_signal(true, &begun);
    signal.name.push('2');
    assert_eq!(OtherRun::of(&run, &signal, later), None);
}
