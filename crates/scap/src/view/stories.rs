//! Runs for the tests of all views: lists of events, told one after the other.

mod shadow;

use scap_journal::Recorded;
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, EnvironmentType, Evidence, Exposition,
    Gate, HostGroupStep, HostObservation, Observation, Ordinary, Origin, Period, Plan, Policy,
    ReleaseObservation, ReleaseStatus, ReleaseStep, RollbackPolicy, Step, StepId, StepKind, Test,
    TestKind, Wave, WaveId,
};
use scap_run::evidence::{Counts, SignatureCounts, Tick, Verdict};
use scap_run::{
    Cause, Choice, Event, Failure, Finding, Outcome, QuestionId, QuestionKind, Readback, RunId,
    RunState, Straggler, TestReport, TimerId, UnixMillis,
};
use std::collections::BTreeMap;

pub(super) use shadow::shadowed;

/// 2026-03-01 10:02:00 UTC.
const START: UnixMillis = UnixMillis(1_772_359_320_000);
const OLD: &str = "9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e";
const NEW: &str = "3f2c91a0b7d2e4c6f8a0b1c2d3e4f5a6b7c8d9e0";

pub(super) const CANARY: StepId = StepId(0);
pub(super) const DEFAULT: StepId = StepId(1);
const FIRST: WaveId = WaveId(0);
const LAST: WaveId = WaveId(1);
const TESTS: usize = 0;
const ERRORS: usize = 1;

/// A run that is being told.
pub(super) struct Story {
    pub(super) state: RunState,
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

pub(super) fn preparing() -> Story {
    Story::of(shop(RollbackPolicy::Automatic)).then([(200, Event::LocksAcquired)])
}

pub(super) fn deploying() -> Story {
    prepared(RollbackPolicy::Automatic).then([started(CANARY)])
}

pub(super) fn judging(ticks: u64) -> Story {
    canary_is_up(RollbackPolicy::Automatic).then((0..ticks).map(|second| tick(second, 0)))
}

/// Nobody asks anything of canary or control.
pub(super) fn without_traffic(seconds: u64) -> Story {
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
pub(super) fn rolled_back_without_tests() -> Story {
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
pub(super) fn near_the_limit() -> Story {
    canary_is_up(RollbackPolicy::Automatic)
        .then((0..12).map(|second| tick(second, u64::from(second > 8))))
}

/// The alarm of a bad canary, as decided.
pub(super) fn failing(policy: RollbackPolicy) -> Story {
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

pub(super) fn rolling_back() -> Story {
    let cause = Cause::Gate {
        wave: FIRST,
        gate: ERRORS,
    };
    failing(RollbackPolicy::Automatic).then([
        (5, Event::UndoStarted { cause }),
        (
            5,
            Event::StepUndoStarted {
                step: CANARY,
                attempt: 1,
            },
        ),
    ])
}

pub(super) fn rolled_back() -> Story {
    rolling_back().then([
        (2_300, Event::StepUndone { step: CANARY }),
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

pub(super) fn stuck() -> Story {
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

pub(super) fn asking() -> Story {
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

pub(super) fn answered() -> Story {
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
pub(super) fn fleet() -> Story {
    let passed = judging(35);
    let ticks = &passed.state.gates[0][ERRORS].ticks;
    let why = passed.evidence().explain(false, ticks).to_string();
    passed.then([
        (10, concluded(FIRST, ERRORS, Verdict::Pass, &why)),
        started(DEFAULT),
    ])
}

pub(super) fn succeeded() -> Story {
    ends_with(Vec::new(), Outcome::Succeeded)
}

pub(super) fn with_stragglers() -> Story {
    let shop5 = Straggler {
        name: "shop5".to_owned(),
        why: "no answer within 8s".to_owned(),
    };
    ends_with(vec![shop5], Outcome::SucceededWithStragglers)
}

pub(super) fn frozen() -> Story {
    prepared(RollbackPolicy::Automatic).then([(
        100,
        Event::FreezeBegan {
            by: "grace".to_owned(),
            reason: "the network is being worked on".to_owned(),
        },
    )])
}

pub(super) fn refused() -> Story {
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
pub(super) fn test_failed() -> Story {
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

fn started(step: StepId) -> (u64, Event) {
    (10, Event::StepStarted { step, attempt: 1 })
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

/// A second in which both sides serve and the canary fails so often.
fn tick(second: u64, canary: u64) -> (u64, Event) {
    let control = u64::from(second.is_multiple_of(10));
    let count = |signature: &str, canary, control| SignatureCounts {
        signature: signature.to_owned(),
        canary,
        control,
    };
    let tick = Tick {
        canary: Counts {
            requests: 101,
            errors: canary,
        },
        control: Counts {
            requests: 509,
            errors: control,
        },
        signatures: vec![
            count("TypeError: cart is null at checkout", canary, 0),
            count("Timeout: search", 0, control),
        ],
        milliseconds: 1_000,
    };
    let event = Event::EvidenceRecorded {
        wave: FIRST,
        gate: ERRORS,
        tick,
        missing: Vec::new(),
    };
    (1_000, event)
}

fn tests(wave: WaveId, reports: Vec<TestReport>) -> Event {
    Event::TestsFinished {
        wave,
        gate: TESTS,
        reports,
    }
}

fn reports(instance: &str, home: Option<&str>) -> Vec<TestReport> {
    let report = |test: &str, failure: Option<&str>| TestReport {
        test: test.to_owned(),
        instance: instance.to_owned(),
        failure: failure.map(str::to_owned),
        ..TestReport::default()
    };
    vec![report("health", None), report("home", home)]
}

fn concluded(wave: WaveId, gate: usize, verdict: Verdict, why: &str) -> Event {
    let why = why.to_owned();
    Event::GateConcluded {
        wave,
        gate,
        verdict,
        why,
    }
}

/// A service on six hosts.
pub(super) fn shop(rollback: RollbackPolicy) -> Plan {
    let tests = || Gate::Tests {
        tests: vec![http("health", "/health"), http("home", "/")],
    };
    let steps = vec![
        group(
            "canary",
            &["shop1"],
            "first group of server_groups: a small one finds trouble early",
        ),
        group(
            "default",
            &["shop2", "shop3", "shop4", "shop5", "shop6"],
            "after canary, the order of server_groups",
        ),
    ];
    let evidence = Gate::Evidence(Evidence {
        counters: errors(),
        canary: vec![CANARY],
        control: vec![DEFAULT],
        ordinary: Ordinary::default(),
        load: None,
    });
    let bake = Gate::Bake {
        period: Period::from_secs(120),
    };
    Plan {
        service: "shop".to_owned().try_into().unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps,
        waves: vec![
            wave("canary", &[CANARY], vec![tests(), evidence]),
            wave("default", &[DEFAULT], vec![tests(), bake]),
        ],
        unchanged: Vec::new(),
        policy: Policy {
            rollback,
            ..Policy::default()
        },
        links: BTreeMap::from([(
            "dashboard".to_owned(),
            "https://grafana.example.org/d/shop".to_owned(),
        )]),
    }
}

fn wave(name: &str, steps: &[StepId], gates: Vec<Gate>) -> Wave {
    Wave {
        name: name.to_owned(),
        steps: steps.to_vec(),
        gates,
    }
}

pub(super) fn errors() -> Counters {
    Counters {
        name: "errors".to_owned(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: "/metrics".to_owned(),
            requests: "requests_total".to_owned(),
            errors: "errors_total".to_owned(),
            signature: Some("kind".to_owned()),
        }),
        settings: CountersSettings {
            maximum_hold: Period::from_secs(60),
            ..CountersSettings::default()
        },
        mode: CheckMode::Blocking,
        origin: Origin::Team,
    }
}

fn http(name: &str, path: &str) -> Test {
    let kind = TestKind::Http {
        path: path.to_owned(),
        port: None,
        status: 200,
        text: None,
    };
    Test::new(name, Period::from_secs(5), kind)
}

fn group(name: &str, hosts: &[&str], reason: &str) -> Step {
    let before = |host: &&str| {
        let seen = HostObservation {
            revision: Some(OLD.to_owned()),
            unreachable: None,
        };
        ((*host).to_owned().try_into().unwrap(), seen)
    };
    Step {
        kind: StepKind::HostGroup(HostGroupStep {
            group: name.to_owned().try_into().unwrap(),
            hosts: hosts
                .iter()
                .map(|host| (*host).to_owned().try_into().unwrap())
                .collect(),
            failure_limit: 1,
            repository: "/srv/deployment/shop".to_owned(),
            revision: NEW.to_owned(),
            deploy_directory: "/srv/deployment/shop".to_owned(),
            kept_revisions: 5,
            restart_command: Vec::new(),
            service_port: None,
            service_timeout: Period::from_secs(8),
            nrpe_directory: None,
        }),
        needs: Vec::new(),
        reason: reason.to_owned(),
        before: Some(Observation::HostGroup {
            hosts: hosts.iter().map(before).collect(),
        }),
    }
}

/// A service in clusters, with names that are long.
pub(super) fn mathoid() -> Plan {
    let places = [
        (EnvironmentType::Staging, "staging", "staging", Some(4)),
        (EnvironmentType::Production, "canary", "codfw", Some(7)),
        (EnvironmentType::Production, "canary", "eqiad", Some(7)),
        (
            EnvironmentType::Production,
            "production-with-a-name-that-is-very-long-indeed",
            "codfw",
            Some(7),
        ),
        (
            EnvironmentType::Production,
            "production-with-a-name-that-is-very-long-indeed",
            "eqiad",
            None,
        ),
    ];
    let steps: Vec<Step> = places
        .into_iter()
        .map(|place| release(place.0, place.1, place.2, place.3))
        .collect();
    let names = [
        "staging",
        "canary codfw",
        "canary eqiad",
        "production codfw",
        "production eqiad",
    ];
    let gates = || {
        vec![
            Gate::Tests {
                tests: vec![http("health", "/")],
            },
            Gate::Bake {
                period: Period::from_secs(120),
            },
        ]
    };
    let waves = names
        .iter()
        .enumerate()
        .map(|(index, name)| wave(name, &[StepId(index)], gates()));
    Plan {
        service: "mathoid".to_owned().try_into().unwrap(),
        cluster_group: Some("wikikube".to_owned().try_into().unwrap()),
        primary_datacenter: Some("eqiad".to_owned().try_into().unwrap()),
        waves: waves.collect(),
        steps,
        unchanged: Vec::new(),
        policy: Policy {
            rollback: RollbackPolicy::Ask,
            ..Policy::default()
        },
        links: BTreeMap::new(),
    }
}

pub(super) fn mathoid_waiting() -> Story {
    Story::of(mathoid()).then([(200, Event::LocksAcquired)])
}

fn release(kind: EnvironmentType, release: &str, environment: &str, revision: Option<u32>) -> Step {
    Step {
        kind: StepKind::Release(ReleaseStep {
            environment_type: kind,
            stage: "CANARY".to_owned().try_into().unwrap(),
            environment: environment.to_owned().try_into().unwrap(),
            canonical_environment: environment.to_owned().try_into().unwrap(),
            datacenter: environment.to_owned().try_into().unwrap(),
            namespace: "mathoid".to_owned().try_into().unwrap(),
            release: Some(release.to_owned().try_into().unwrap()),
            directory: "services/mathoid".to_owned(),
            rendering: None,
            relief: None,
            restores: None,
        }),
        needs: Vec::new(),
        reason:
            "stage CANARY comes before the others; eqiad is the primary datacenter and comes last"
                .to_owned(),
        before: Some(Observation::Release(ReleaseObservation {
            status: if revision.is_some() {
                ReleaseStatus::Deployed
            } else {
                ReleaseStatus::Absent
            },
            revision,
            deployed_revision: revision,
            chart: Some("mathoid-1.2.3".to_owned()),
            images: vec!["registry.example.org/mathoid:2026-03-01-101010-production".to_owned()],
            manifest_digest: None,
        })),
    }
}
