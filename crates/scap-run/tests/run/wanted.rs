//! What a run wants next.

use crate::story::*;
use scap_plan::RollbackPolicy::{Ask, Automatic, Never};
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, Evidence, Exposition, Gate, Ordinary,
    Origin, Period, RollbackPolicy, StepId, WaveId,
};
use scap_run::evidence::{Counts, Tick, Verdict};
use scap_run::{
    AbortKind, Action, Cause, Choice, Event, Failure, Finding, Outcome, QuestionKind, RunState,
    Sent, TestReport, TimerId, decide,
};

/// A story under a policy, and the actions that are wanted then, as short text.
#[expect(clippy::too_many_lines, reason = "one table")]
fn cases() -> Vec<(RollbackPolicy, Vec<Event>, &'static str)> {
    let ready = prepared();
    let first = all(&[&ready, &done(&[0, 1])]);
    let passed = all(&[&first, &[tested(None), concluded(0, Verdict::Pass)]]);
    let baked = all(&[
        &passed,
        &[timer_started(BAKE), Event::TimerFired { timer: BAKE }],
    ]);
    let through = all(&[&baked, &[concluded(1, Verdict::Pass)]]);
    let gate_failed = all(&[
        &first,
        &[tested(Some("refused")), concluded(0, Verdict::Fail)],
    ]);
    let no_data = all(&[&first, &[concluded(0, Verdict::NoData)]]);
    let undecided = QuestionKind::Undecided {
        wave: WaveId(0),
        gate: 0,
    };
    let failing_gate = QuestionKind::Failed {
        cause: Cause::Gate {
            wave: WaveId(0),
            gate: 0,
        },
    };
    let choices = [Choice::Undo, Choice::Hold, Choice::Promote, Choice::Stop];
    let asked_undecided = all(&[&no_data, &[asked(0, undecided.clone(), &choices)]]);
    let back = all(&[&first, &[undo_started()]]);
    let forbidden = vec![Finding::error("the image does not exist", "push it")];
    let unseen = Event::StepFailed {
        step: StepId(0),
        failure: Failure::unobservable("gone").command("look"),
    };
    let left = [step_undo_started(1, 1), resumed(), aborted(AbortKind::Stop)];
    let one_down = all(&[&back, &[step_undo_started(1, 1), undone(1)]]);
    let given_up = all(&[
        &back,
        &[
            step_undo_started(1, 1),
            undo_failed(1),
            step_undo_started(1, 2),
            undo_failed(1),
        ],
        &[step_undo_started(0, 1), undone(0)],
    ]);
    let all_down = all(&[&one_down, &[step_undo_started(0, 1), undone(0)]]);
    let checked = |event: Event| match event {
        Event::TestsFinished { reports, .. } => Event::UndoChecked { reports },
        other => other,
    };
    vec![
        // Preparation.
        (Automatic, vec![], "TakeLocks"),
        (Automatic, vec![Event::LocksAcquired], "RunPreflight"),
        (
            Automatic,
            vec![Event::LocksRefused {
                findings: forbidden.clone(),
            }],
            "Finish(Refused)",
        ),
        (
            Automatic,
            vec![
                Event::LocksAcquired,
                Event::PreflightFinished {
                    findings: forbidden,
                },
            ],
            "Finish(Refused)",
        ),
        (
            Automatic,
            vec![
                Event::LocksAcquired,
                Event::PreflightFinished {
                    findings: vec![Finding::warning("old")],
                },
            ],
            "Start(0,1)",
        ),
        // The first wave, step 1 after step 0.
        (Automatic, ready.clone(), "Start(0,1)"),
        (Automatic, all(&[&ready, &[started(0)]]), ""),
        (
            Automatic,
            all(&[&ready, &[started(0), acted(0)]]),
            "Verify(0)",
        ),
        (Automatic, all(&[&ready, &done(&[0])]), "Start(1,1)"),
        (Automatic, all(&[&ready, &[freeze()]]), ""),
        (
            Automatic,
            all(&[&ready, &[freeze(), Event::FreezeEnded]]),
            "Start(0,1)",
        ),
        // Its gates.
        (Automatic, first.clone(), "RunTests(0,0)"),
        (
            Automatic,
            all(&[&first, &[tested(None)]]),
            "Conclude(0,0,Pass)",
        ),
        (
            Automatic,
            all(&[&first, &[tested(Some("refused"))]]),
            "Conclude(0,0,Fail)",
        ),
        (
            Automatic,
            all(&[&first, &[quarantined(tested(Some("refused")))]]),
            "Conclude(0,0,Pass)",
        ),
        (Automatic, passed.clone(), "StartTimer(30000)"),
        (
            Automatic,
            all(&[&passed, &[timer_started(BAKE)]]),
            "AwaitTimer",
        ),
        (Automatic, baked, "Conclude(0,1,Pass)"),
        (Automatic, through.clone(), "Start(2,1)"),
        (
            Automatic,
            all(&[&through, &done(&[2])]),
            "Finish(Succeeded)",
        ),
        // A gate that failed, by policy.
        (Automatic, gate_failed.clone(), "StartUndo(gate)"),
        (Ask, gate_failed.clone(), "Ask(undo stop promote)"),
        (Never, gate_failed.clone(), "Ask(stop promote)"),
        (
            Ask,
            all(&[&gate_failed, &[asked(0, failing_gate.clone(), &choices)]]),
            "AwaitTimer",
        ),
        (
            Ask,
            answered_with(&gate_failed, &failing_gate, Choice::Undo),
            "StartUndo(gate)",
        ),
        (
            Ask,
            answered_with(&gate_failed, &failing_gate, Choice::Stop),
            "Finish(Stopped)",
        ),
        (
            Ask,
            answered_with(&gate_failed, &failing_gate, Choice::Promote),
            "StartTimer(30000)",
        ),
        // One without data.
        (Automatic, no_data.clone(), "Ask(undo hold promote stop)"),
        (Never, no_data, "Ask(stop hold promote)"),
        (Automatic, asked_undecided.clone(), "AwaitTimer"),
        (
            Automatic,
            all(&[&asked_undecided, &[answered(0, Choice::Undo)]]),
            "StartUndo(gate)",
        ),
        (
            Automatic,
            all(&[&asked_undecided, &[answered(0, Choice::Stop)]]),
            "Finish(Stopped)",
        ),
        (
            Automatic,
            all(&[&asked_undecided, &[answered(0, Choice::Promote)]]),
            "StartTimer(30000)",
        ),
        (
            Automatic,
            all(&[&asked_undecided, &[answered(0, Choice::Hold)]]),
            "RunTests(0,0)",
        ),
        (
            Automatic,
            all(&[
                &asked_undecided,
                &[answered(0, Choice::Hold), concluded(0, Verdict::NoData)],
            ]),
            "Ask(undo hold promote stop)",
        ),
        // A step that failed.
        // What stood falls over, in the middle of its gates and long after them.
        (Automatic, all(&[&first, &[fell(1)]]), "StartUndo(step 1)"),
        (Automatic, all(&[&through, &[fell(1)]]), "StartUndo(step 1)"),
        (
            Automatic,
            all(&[&ready, &[started(0), failed(0)]]),
            "StartUndo(step 0)",
        ),
        (
            Ask,
            all(&[&ready, &[started(0), failed(0)]]),
            "Ask(undo stop)",
        ),
        (
            Never,
            all(&[&ready, &[started(0), failed(0)]]),
            "Finish(Stopped)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), unseen.clone()]]),
            "BecomeStuck(look)",
        ),
        // Aborts.
        (
            Automatic,
            vec![aborted(AbortKind::Undo)],
            "Finish(Cancelled)",
        ),
        (
            Automatic,
            all(&[&ready, &[aborted(AbortKind::Stop)]]),
            "Finish(Cancelled)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), aborted(AbortKind::Undo)]]),
            "Stop(0)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), acted(0), aborted(AbortKind::Undo)]]),
            "StartUndo(abort)",
        ),
        (
            Automatic,
            all(&[&ready, &done(&[0]), &[aborted(AbortKind::Stop)]]),
            "Finish(Stopped)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), resumed(), aborted(AbortKind::Undo)]]),
            "Observe(0)",
        ),
        // After a runner was killed.
        (
            Automatic,
            all(&[&ready, &[started(0), resumed()]]),
            "Observe(0)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), resumed(), observed(0, "new")]]),
            "Verify(0)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), resumed(), observed(0, "old")]]),
            "Start(0,2)",
        ),
        (
            Automatic,
            all(&[&back, &[step_undo_started(1, 1), resumed()]]),
            "Undo(1,2)",
        ),
        // After a person mended what was stuck.
        (
            Automatic,
            all(&[&ready, &[started(0), unseen, stuck(), resumed()]]),
            "Observe(0)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), failed(0), stuck(), resumed()]]),
            "StartUndo(step 0)",
        ),
        (
            Automatic,
            all(&[&ready, &[started(0), failed(0), resumed()]]),
            "StartUndo(step 0)",
        ),
        (
            Automatic,
            all(&[
                &given_up,
                &[stuck(), resumed(), step_undo_started(1, 3), undo_failed(1)],
            ]),
            "Undo(1,4)",
        ),
        (
            Automatic,
            all(&[&given_up, &[stuck(), resumed()]]),
            "Undo(1,3)",
        ),
        (
            Automatic,
            all(&[&back, &[step_undo_started(1, 1), undo_failed(1), resumed()]]),
            "Undo(1,2)",
        ),
        (
            Automatic,
            all(&[
                &back,
                &[step_undo_started(1, 1), undo_failed(1), resumed()],
                &[
                    step_undo_started(1, 2),
                    undo_failed(1),
                    step_undo_started(0, 1),
                    undone(0),
                ],
            ]),
            "BecomeStuck(put it right)",
        ),
        // The way back: step 1 first, as it needs step 0.
        (Automatic, back.clone(), "Undo(1,1)"),
        (Automatic, all(&[&back, &[step_undo_started(1, 1)]]), ""),
        (Automatic, one_down, "Undo(0,1)"),
        (
            Automatic,
            all(&[&back, &[step_undo_started(1, 1), undo_failed(1)]]),
            "Undo(1,2)",
        ),
        (Automatic, given_up.clone(), "BecomeStuck(put it right)"),
        (Automatic, all_down.clone(), "CheckUndo"),
        (
            Automatic,
            all(&[&all_down, &[checked(tested(None))]]),
            "Finish(RolledBack)",
        ),
        (
            Automatic,
            all(&[&all_down, &[checked(tested(Some("refused")))]]),
            "BecomeStuck()",
        ),
        (
            Automatic,
            all(&[&all_down, &[checked(quarantined(tested(Some("refused"))))]]),
            "Finish(RolledBack)",
        ),
        (
            Automatic,
            all(&[&back, &[step_undo_started(1, 1), aborted(AbortKind::Stop)]]),
            "Stop(1)",
        ),
        (
            Automatic,
            all(&[&back, &[aborted(AbortKind::Stop)]]),
            "Finish(Stopped)",
        ),
        // What a dead runner was putting back comes to its end before the run does.
        (Automatic, all(&[&back, &left]), "Observe(1)"),
        (
            Automatic,
            all(&[&back, &left, &[observed(1, "old")]]),
            "Finish(Stopped)",
        ),
        (
            Automatic,
            all(&[&back, &left, &[observed(1, "new")]]),
            "Finish(Stopped)",
        ),
        (Automatic, all(&[&back, &[stuck()]]), ""),
        (Automatic, vec![finished(Outcome::Cancelled)], ""),
    ]
}

fn freeze() -> Event {
    Event::FreezeBegan {
        by: "grace".into(),
        reason: "incident".into(),
    }
}

fn answered_with(story: &[Event], kind: &QuestionKind, choice: Choice) -> Vec<Event> {
    let question = asked(
        0,
        kind.clone(),
        &[Choice::Undo, Choice::Stop, Choice::Promote],
    );
    all(&[story, &[question, answered(0, choice)]])
}

pub(crate) fn short(action: &Action) -> String {
    match action {
        Action::StartStep { step, attempt } => format!("Start({step},{attempt})"),
        Action::UndoStep { step, attempt } => format!("Undo({step},{attempt})"),
        Action::VerifyStep { step } => format!("Verify({step})"),
        Action::ObserveStep { step } => format!("Observe({step})"),
        Action::StopStep { step } => format!("Stop({step})"),
        Action::RunTests { wave, gate } => format!("RunTests({},{gate})", wave.0),
        Action::ConcludeGate {
            wave,
            gate,
            verdict,
            ..
        } => format!("Conclude({},{gate},{verdict:?})", wave.0),
        Action::StartTimer { milliseconds, .. } => format!("StartTimer({milliseconds})"),
        Action::AwaitTimer { .. } => "AwaitTimer".into(),
        Action::AskQuestion { choices, .. } => {
            format!(
                "Ask({})",
                choices
                    .iter()
                    .map(|choice| choice.word())
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        }
        Action::StartUndo {
            cause: Cause::Step { step },
        } => format!("StartUndo(step {step})"),
        Action::StartUndo {
            cause: Cause::Gate { .. },
        } => "StartUndo(gate)".into(),
        Action::StartUndo {
            cause: Cause::Abort,
        } => "StartUndo(abort)".into(),
        Action::BecomeStuck { commands, .. } => format!("BecomeStuck({})", commands.join(" ")),
        Action::Finish { outcome } => format!("Finish({outcome:?})"),
        other => format!("{other:?}"),
    }
}

#[test]
fn what_is_wanted_follows_from_what_happened() {
    for (policy, story, expected) in cases() {
        let wanted = decide(&told(policy, true, &story));
        let wanted: Vec<String> = wanted.iter().map(short).collect();
        assert_eq!(wanted.join(" "), expected, "after {story:?}");
    }
}

#[test]
fn a_run_that_nobody_approved_asks_and_does_nothing_else() {
    let approval = asked(
        0,
        QuestionKind::Approve,
        &[Choice::Decline, Choice::Approve],
    );
    let seen = Event::TargetsSeen {
        before: vec![Some(observation(0, "other")), None, None],
    };
    let wanted = |events: &[Event]| {
        let events = all(&[std::slice::from_ref(&seen), events]);
        decide(&told(Automatic, false, &events))
            .iter()
            .map(short)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let begun = told(Automatic, false, &[]);
    assert_eq!(
        decide(&begun),
        [Action::SeeTargets],
        "what it is asked about is what is so now"
    );
    let told = told(Automatic, false, std::slice::from_ref(&seen));
    assert_eq!(told.step(StepId(0)).before, Some(observation(0, "other")));
    assert_eq!(
        told.step(StepId(1)).before,
        begun.step(StepId(1)).before,
        "as it was known"
    );
    assert_eq!(wanted(&[]), "Ask(decline approve)");
    assert_eq!(wanted(std::slice::from_ref(&approval)), "AwaitTimer");
    assert_eq!(
        wanted(&[approval.clone(), answered(0, Choice::Decline)]),
        "Finish(Cancelled)"
    );
    assert_eq!(
        wanted(&[approval, answered(0, Choice::Approve)]),
        "TakeLocks"
    );
}

#[test]
fn as_many_steps_start_at_once_as_the_policy_allows() {
    let mut plan = plan(Automatic);
    plan.steps[1].needs.clear();
    for (concurrency, expected) in [(1, "Start(0,1)"), (2, "Start(0,1) Start(1,1)")] {
        plan.policy.concurrency = concurrency;
        let state = told_of(plan.clone(), true, &prepared());
        assert_eq!(
            decide(&state)
                .iter()
                .map(short)
                .collect::<Vec<_>>()
                .join(" "),
            expected
        );
    }
}

#[test]
fn every_runner_that_took_a_run_over_is_counted() {
    assert_eq!(told(Automatic, true, &[resumed(), resumed()]).resumed, 2);
}

/// A run that judges its canary, after these events.
fn judging(settings: CountersSettings, events: &[Event]) -> RunState {
    judged_by(vec![evidence(settings)], events)
}

#[test]
fn evidence_is_judged_by_the_settings_of_its_check() {
    let settings = CountersSettings {
        false_alarm_rate: 0.02,
        tolerated_ratio: 1.5,
        error_budget: 0.01,
        minimum_requests: 7,
        minimum_hold: Period::from_secs(3),
        maximum_hold: Period::from_secs(9),
        ..CountersSettings::default()
    };
    let state = judging(settings, &[]);
    let used = state.gates[0][0].evidence.as_ref().unwrap().settings();
    let wanted: Vec<String> = decide(&state).iter().map(short).collect();
    assert_eq!(
        (
            used.false_alarm_rate,
            used.tolerated_ratio,
            used.error_budget
        ),
        (0.02, 1.5, 0.01)
    );
    assert_eq!(
        (used.minimum_requests, used.minimum_hold_milliseconds),
        (7, 3_000)
    );
    assert_eq!(
        wanted,
        [
            "StartTimer(9000)",
            "GatherEvidence { wave: WaveId(0), gate: 0 }"
        ]
    );
}

#[test]
fn what_passing_tests_say_is_in_the_verdict() {
    let why = |remarks: &[Option<&str>]| {
        let report = |remark: Option<&str>| TestReport {
            test: "disk".into(),
            instance: "web1".into(),
            remark: remark.map(str::to_owned),
            ..TestReport::default()
        };
        let reports = remarks.iter().copied().map(report).collect();
        let (wave, gate) = (WaveId(0), 0);
        let tested = Event::TestsFinished {
            wave,
            gate,
            reports,
        };
        let first = all(&[&prepared(), &done(&[0, 1]), &[tested]]);
        match decide(&told(Automatic, true, &first)).as_slice() {
            [Action::ConcludeGate { why, .. }] => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    let warned = Some("WARNING: 9 % free");
    let cases: [(&[Option<&str>], &str); 3] = [
        (&[None, None], "2 tests passed"),
        (
            &[None, warned],
            "2 tests passed; `disk` on web1 says WARNING: 9 % free",
        ),
        (
            &[warned; 3],
            "3 tests passed; `disk` on web1 says WARNING: 9 % free, and 2 others say something",
        ),
    ];
    for (remarks, expected) in cases {
        assert_eq!(why(remarks), expected);
    }
}

#[test]
fn a_verdict_without_data_names_what_could_not_be_read() {
    let hold = TimerId::Hold {
        wave: WaveId(0),
        gate: 0,
        round: 0,
    };
    let why = |missing: &[&str]| {
        let missing = missing.iter().map(|text| (*text).to_owned()).collect();
        let tick = Tick {
            canary: Counts::default(),
            control: Counts::default(),
            signatures: Vec::new(),
            milliseconds: 1_000,
        };
        let recorded = Event::EvidenceRecorded {
            wave: WaveId(0),
            gate: 0,
            tick,
            missing,
        };
        let fired = Event::TimerFired { timer: hold };
        let state = judging(
            CountersSettings::default(),
            &[timer_started(hold), recorded, fired],
        );
        match decide(&state).as_slice() {
            [
                Action::ConcludeGate {
                    verdict: Verdict::NoData,
                    why,
                    ..
                },
            ] => why.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(why(&["shop1: refused"]).ends_with("; shop1: refused"));
    assert!(
        why(&["shop1: refused", "shop2: refused", "shop3: refused"])
            .ends_with("; shop1: refused, and 2 more like it")
    );
}

#[test]
fn a_verdict_says_how_much_of_the_traffic_was_synthetic() {
    let sent = |canary, control| Event::LoadSent {
        wave: WaveId(0),
        gate: 0,
        sent: Sent { canary, control },
    };
    let requests = |requests| Counts {
        requests,
        errors: 0,
    };
    let recorded = Event::EvidenceRecorded {
        wave: WaveId(0),
        gate: 0,
        tick: Tick {
            canary: requests(9_000),
            control: requests(9_000),
            signatures: Vec::new(),
            milliseconds: 60_000,
        },
        missing: Vec::new(),
    };
    let events = [sent(1_200, 1_190), sent(34, 0), recorded];
    match decide(&judging(CountersSettings::default(), &events)).as_slice() {
        [Action::ConcludeGate { why, .. }] => assert!(
            why.ends_with(
                "; 1,234 of the canary's requests and 1,190 of the control's were sent by scap"
            ),
            "{why}"
        ),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn evidence(settings: CountersSettings) -> Gate {
    let counters = Counters {
        name: "errors".into(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: "/metrics".into(),
            requests: "requests_total".into(),
            errors: "errors_total".into(),
            signature: None,
        }),
        settings,
        mode: CheckMode::Blocking,
        origin: Origin::Team,
        is_shared: false,
    };
    Gate::Evidence(Evidence {
        counters,
        canary: vec![StepId(0)],
        control: vec![StepId(2)],
        ordinary: Ordinary::default(),
        watch: None,
        load: None,
    })
}
