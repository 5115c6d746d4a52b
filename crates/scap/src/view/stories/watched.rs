//! A story with a watch after the last wave.

use super::*;
use scap_plan::{Past, PastSource, Period, Watch};
use scap_run::evidence::{Counts, SignatureCounts};

/// Everything is deployed, and errors come more often than in the runs before: the run asks.
pub(crate) fn of_concern() -> Story {
    let all = deployed();
    let seen = |minute: u64| {
        let tick = Tick {
            canary: Counts {
                requests: 36_600,
                errors: if minute == 0 { 12 } else { 140 },
            },
            signatures: vec![SignatureCounts {
                signature: "TypeError: cart is null at checkout".to_owned(),
                canary: minute * 128,
                control: 0,
            }],
            milliseconds: 60_000,
            ..Tick::default()
        };
        let event = Event::EvidenceRecorded {
            wave: LAST,
            gate: WATCH,
            tick,
            missing: Vec::new(),
        };
        (60_000, event)
    };
    let seen = all.then([seen(0), seen(1)]);
    let evidence = seen.state.gates[LAST.0][WATCH].evidence.as_ref().unwrap();
    let why = evidence.explain(false, &[]).to_string();
    let kind = QuestionKind::Undecided {
        wave: LAST,
        gate: WATCH,
    };
    let until = seen.until(3_600_000);
    let asked = Event::QuestionAsked {
        question: QuestionId(0),
        kind,
        choices: vec![Choice::Undo, Choice::Hold, Choice::Promote, Choice::Stop],
        milliseconds: 3_600_000,
        until,
    };
    seen.then([
        (5, concluded(LAST, WATCH, Verdict::Concern, &why)),
        (5, asked),
    ])
}

const WATCH: usize = 2;

fn deployed() -> Story {
    let mut plan = shop(RollbackPolicy::Automatic);
    let Gate::Evidence(mut watch) = plan.waves[0].gates[ERRORS].clone() else {
        unreachable!("the second gate of the shop is evidence")
    };
    (watch.canary, watch.control) = (vec![CANARY, DEFAULT], Vec::new());
    watch.ordinary.signatures = ["Timeout: search".to_owned()].into();
    watch.watch = Some(Watch {
        period: Period::from_secs(600),
        past: Some(Past {
            source: PastSource::Runs { runs: 9 },
            requests: 1_203_400,
            errors: 412,
            windows: 98,
            dispersion: 1.31,
            high: None,
        }),
    });
    plan.waves[LAST.0].gates.push(Gate::Evidence(watch));
    let prepared = Story::of(plan).then([
        (200, Event::LocksAcquired),
        (
            900,
            Event::PreflightFinished {
                findings: Vec::new(),
            },
        ),
    ]);
    let canary = changed(prepared, CANARY, "3f2c91a0b7d2 on 1 host", Vec::new()).then([
        (300, tests(FIRST, reports("shop1", None))),
        (5, concluded(FIRST, TESTS, Verdict::Pass, "2 tests passed")),
        (5, concluded(FIRST, ERRORS, Verdict::Pass, "good enough")),
    ]);
    let all = changed(canary, DEFAULT, "3f2c91a0b7d2 on 5 hosts", Vec::new());
    let timer = TimerId::Hold {
        wave: LAST,
        gate: WATCH,
        round: 0,
    };
    let until = all.until(600_000);
    let started = Event::TimerStarted {
        timer,
        milliseconds: 600_000,
        until,
    };
    all.then([
        (300, tests(LAST, reports("shop2", None))),
        (5, concluded(LAST, TESTS, Verdict::Pass, "2 tests passed")),
        (5, started),
    ])
}
