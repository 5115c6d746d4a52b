//! Runs for the tests of all views: lists of events, told one after the other.

mod events;
mod plans;
mod shadow;
mod watched;

use events::{concluded, example, reports, started, tests, tick};
use scap_journal::Recorded;
use scap_plan::{Gate, Plan, RollbackPolicy, StepId, WaveId};
use scap_run::evidence::{Tick, Verdict};
use scap_run::{
    Cause, Choice, Event, Failure, Finding, Outcome, QuestionId, QuestionKind, Readback, RunId,
    RunState, Straggler, TimerId, UnixMillis,
};

pub(crate) use plans::{errors, mathoid, shop};
pub(crate) use shadow::shadowed;
pub(super) use watched::of_concern;

/// 2026-03-01 10:02:00 UTC.
const START: UnixMillis = UnixMillis(1_772_359_320_000);

pub(crate) const CANARY: StepId = StepId(0);
pub(crate) const DEFAULT: StepId = StepId(1);
const FIRST: WaveId = WaveId(0);
const LAST: WaveId = WaveId(1);
const TESTS: usize = 0;
const ERRORS: usize = 1;

/// A run that is being told.
pub(crate) struct Story {
    pub(crate) state: RunState,
    pub(super) now: UnixMillis,
    /// Each event with the state after it.
    pub(super) told: Vec<(Recorded, RunState)>,
}

impl Story {
    fn of(plan: Plan) -> Self {
        let event = Event::RunCreated {
            plan: Box::new(plan),
            person: "ada".to_owned(),
            reason: Some("faster carts".to_owned()),
            approved: true,
        };
        let state = RunState::create(RunId(12), START, &event).unwrap();
        let first = Recorded {
            seq: 0,
            at: START,
            event,
        };
        Self {
            told: vec![(first, state.clone())],
            state,
            now: START,
        }
    }

    /// Each event so many milliseconds after the one before.
    fn then(mut self, events: impl IntoIterator<Item = (u64, Event)>) -> Self {
        for (later, event) in events {
            self.now = self.now.after(later);
            self.state.apply(self.now, &event).unwrap();
            let recorded = Recorded {
                seq: self.told.len() as u64,
                at: self.now,
                event,
            };
            self.told.push((recorded, self.state.clone()));
        }
        self
    }

    fn evidence(&self) -> &scap_run::evidence::Evidence {
        self.state.gates[0][ERRORS].evidence.as_ref().unwrap()
    }

    fn until(&self, milliseconds: u64) -> UnixMillis {
        self.now.after(milliseconds)
    }
}

pub(crate) fn preparing() -> Story {
    Story::of(shop(RollbackPolicy::Automatic)).then([(200, Event::LocksAcquired)])
}

pub(crate) fn deploying() -> Story {
    prepared(RollbackPolicy::Automatic).then([started(CANARY)])
}

pub(crate) fn judging(ticks: u64) -> Story {
    canary_is_up(RollbackPolicy::Automatic).then((0..ticks).map(|second| tick(second, 0)))
}

/// Nobody asks anything of canary or control.
pub(crate) fn without_traffic(seconds: u64) -> Story {
    let none = |second| {
        let (later, mut event) = tick(second, 0);
        if let Event::EvidenceRecorded { tick, .. } = &mut event {
            *tick = Tick {
                milliseconds: tick.milliseconds,
                ..Tick::default()
            };
        }
        (later, event)
    };
    canary_is_up(RollbackPolicy::Automatic).then((0..seconds).map(none))
}

/// An undo of a service that has no tests.
pub(crate) fn rolled_back_without_tests() -> Story {
    rolling_back().then([
        (2_300, Event::StepUndone { step: CANARY }),
        (
            400,
            Event::UndoChecked {
                reports: Vec::new(),
            },
        ),
        (
            5,
            Event::RunFinished {
                outcome: Outcome::RolledBack,
            },
        ),
    ])
}

/// Evidence against the canary, and not enough for an alarm.
pub(crate) fn near_the_limit() -> Story {
    canary_is_up(RollbackPolicy::Automatic)
        .then((0..12).map(|second| tick(second, u64::from(second > 8))))
}

/// The alarm of a bad canary, as decided.
pub(crate) fn failing(policy: RollbackPolicy) -> Story {
    let mut alarmed = canary_is_up(policy);
    let mut seconds = 0..60;
    while !alarmed.evidence().is_alarming() {
        let second = seconds
            .next()
            .expect("two errors a second are an alarm within a minute");
        alarmed = alarmed.then([tick(second, u64::from(second > 8) * 2)]);
    }
    let ticks = &alarmed.state.gates[0][ERRORS].ticks;
    let why = alarmed.evidence().explain(false, ticks).to_string();
    alarmed.then([(20, concluded(FIRST, ERRORS, Verdict::Fail, &why))])
}

pub(crate) fn rolling_back() -> Story {
    let cause = Cause::Gate {
        wave: FIRST,
        gate: ERRORS,
    };
    let failing = failing(RollbackPolicy::Automatic);
    let at = failing.now;
    failing.then([
        (5, Event::UndoStarted { cause }),
        (
            5,
            Event::StepUndoStarted {
                step: CANARY,
                attempt: 1,
            },
        ),
        (40, example(at)),
    ])
}

pub(crate) fn rolled_back() -> Story {
    rolling_back().then([
        (2_260, Event::StepUndone { step: CANARY }),
        (
            400,
            Event::UndoChecked {
                reports: reports("shop1", None),
            },
        ),
        (
            5,
            Event::RunFinished {
                outcome: Outcome::RolledBack,
            },
        ),
    ])
}

pub(crate) fn stuck() -> Story {
    let failure = || {
        Failure::failed("`shop1` cannot be put back to `9d8e7f6a5b4c`")
            .cause("symlink of /srv/deployment/shop could not be changed")
            .cause("read-only file system")
            .hint("look at the disk of shop1")
            .command("ssh shop1 ln -sfn /srv/deployment/shop-cache/revs/9d8e7f6a5b4c /srv/deployment/shop")
    };
    let failed = || {
        (
            900,
            Event::StepUndoFailed {
                step: CANARY,
                failure: failure(),
            },
        )
    };
    rolling_back().then([
        failed(),
        (
            5,
            Event::StepUndoStarted {
                step: CANARY,
                attempt: 2,
            },
        ),
        failed(),
        (
            5,
            Event::RunStuck {
                why: format!("undo failed: {}", failure().message),
                commands: failure().commands,
            },
        ),
    ])
}

pub(crate) fn asking() -> Story {
    let story = failing(RollbackPolicy::Ask);
    let kind = QuestionKind::Failed {
        cause: Cause::Gate {
            wave: FIRST,
            gate: ERRORS,
        },
    };
    let until = story.until(300_000);
    story.then([(
        0,
        Event::QuestionAsked {
            question: QuestionId(0),
            kind,
            choices: vec![Choice::Undo, Choice::Stop, Choice::Promote],
            milliseconds: 300_000,
            until,
        },
    )])
}

pub(crate) fn answered() -> Story {
    asking().then([(
        48_000,
        Event::QuestionAnswered {
            question: QuestionId(0),
            choice: Choice::Undo,
            by: Some("grace".to_owned()),
        },
    )])
}

/// The second wave, with one host of five missing.
pub(crate) fn fleet() -> Story {
    let passed = judging(35);
    let ticks = &passed.state.gates[0][ERRORS].ticks;
    let why = passed.evidence().explain(false, ticks).to_string();
    passed.then([
        (10, concluded(FIRST, ERRORS, Verdict::Pass, &why)),
        started(DEFAULT),
    ])
}

pub(crate) fn succeeded() -> Story {
    ends_with(Vec::new(), Outcome::Succeeded)
}

pub(crate) fn with_stragglers() -> Story {
    let shop5 = Straggler {
        name: "shop5".to_owned(),
        why: "no answer within 8s".to_owned(),
    };
    ends_with(vec![shop5], Outcome::SucceededWithStragglers)
}

pub(crate) fn frozen() -> Story {
    prepared(RollbackPolicy::Automatic).then([(
        100,
        Event::FreezeBegan {
            by: "grace".to_owned(),
            reason: "the network is being worked on".to_owned(),
        },
    )])
}

pub(crate) fn refused() -> Story {
    let findings = vec![
        Finding::error(
            "commit `3f2c91a0b7d2` was rolled back as bad in run 9",
            "deploy the commit that mends it",
        ),
        Finding::warning("host `shop6` has 1 GB of disk left"),
    ];
    preparing().then([
        (800, Event::PreflightFinished { findings }),
        (
            5,
            Event::RunFinished {
                outcome: Outcome::Refused,
            },
        ),
    ])
}

/// A test that fails on the canary.
pub(crate) fn test_failed() -> Story {
    let why = Some("answered with 500, expected 200");
    changed(
        prepared(RollbackPolicy::Automatic),
        CANARY,
        "3f2c91a0b7d2 on 1 host",
        Vec::new(),
    )
    .then([
        (300, tests(FIRST, reports("shop1", why))),
        (
            5,
            concluded(
                FIRST,
                TESTS,
                Verdict::Fail,
                "1 of 2 tests failed; `home` on shop1: answered with 500, expected 200",
            ),
        ),
    ])
}

fn prepared(policy: RollbackPolicy) -> Story {
    Story::of(shop(policy)).then([
        (200, Event::LocksAcquired),
        (
            900,
            Event::PreflightFinished {
                findings: Vec::new(),
            },
        ),
    ])
}

fn changed(story: Story, step: StepId, summary: &str, stragglers: Vec<Straggler>) -> Story {
    let readback = Readback {
        summary: summary.to_owned(),
        stragglers,
    };
    let is_started = story.state.step_state(step).attempt > 0;
    let story = if is_started {
        story
    } else {
        story.then([started(step)])
    };
    story.then([
        (6_000, Event::StepActed { step }),
        (2_000, Event::StepSucceeded { step, readback }),
    ])
}

fn canary_is_up(policy: RollbackPolicy) -> Story {
    let up = changed(
        prepared(policy),
        CANARY,
        "3f2c91a0b7d2 on 1 host",
        Vec::new(),
    );
    let until = up.until(60_000);
    let timer = TimerId::Hold {
        wave: FIRST,
        gate: ERRORS,
        round: 0,
    };
    up.then([
        (300, tests(FIRST, reports("shop1", None))),
        (5, concluded(FIRST, TESTS, Verdict::Pass, "2 tests passed")),
        (
            5,
            Event::TimerStarted {
                timer,
                milliseconds: 60_000,
                until,
            },
        ),
    ])
}

fn ends_with(stragglers: Vec<Straggler>, outcome: Outcome) -> Story {
    let missing = stragglers.len();
    let summary = format!("3f2c91a0b7d2 on {} hosts", 5 - missing);
    let up = changed(fleet(), DEFAULT, &summary, stragglers);
    let until = up.until(120_000);
    let timer = TimerId::Bake {
        wave: LAST,
        gate: 1,
    };
    up.then([
        (300, tests(LAST, reports("shop2", None))),
        (5, concluded(LAST, TESTS, Verdict::Pass, "2 tests passed")),
        (
            5,
            Event::TimerStarted {
                timer,
                milliseconds: 120_000,
                until,
            },
        ),
        (120_000, Event::TimerFired { timer }),
        (
            5,
            concluded(LAST, 1, Verdict::Pass, "nothing went wrong for 2m"),
        ),
        (5, Event::RunFinished { outcome }),
    ])
}

pub(crate) fn mathoid_waiting() -> Story {
    Story::of(mathoid()).then([(200, Event::LocksAcquired)])
}
