//! A run of two waves, told event by event.

use scap_plan::{
    Gate, HostGroupName, HostGroupStep, HostName, HostObservation, Observation, Period, Plan,
    Policy, Quarantine, RollbackPolicy, ServiceName, Step, StepId, StepKind, Test, TestKind, Wave,
    WaveId,
};
use scap_run::evidence::Verdict;
use scap_run::{
    AbortKind, Cause, Choice, Event, Failure, IllegalEvent, Outcome, QuestionId, QuestionKind,
    Readback, RunId, RunState, TestReport, TimerId, UnixMillis,
};
use std::collections::BTreeMap;

pub(crate) const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// Steps 0 and 1 in the first wave, 1 after 0; step 2 in the second. Tests and a bake after the first wave.
pub(crate) fn plan(rollback: RollbackPolicy) -> Plan {
    let kind = TestKind::Port { port: None };
    let test = Test::new("port", Period::from_secs(1), kind);
    let gates = vec![
        Gate::Tests { tests: vec![test] },
        Gate::Bake {
            period: Period::from_secs(30),
        },
    ];
    let wave = |name: &str, steps: &[usize], gates| Wave {
        name: name.into(),
        steps: steps.iter().copied().map(StepId).collect(),
        gates,
    };
    let mut steps: Vec<Step> = (0..3).map(step).collect();
    steps[1].needs.push(StepId(0));
    Plan {
        service: ServiceName::new("shop").unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps,
        waves: vec![
            wave("canary", &[0, 1], gates),
            wave("default", &[2], Vec::new()),
        ],
        unchanged: Vec::new(),
        policy: Policy {
            rollback,
            ..Policy::default()
        },
        links: BTreeMap::new(),
    }
}

fn step(id: usize) -> Step {
    let host = HostName::new(format!("host{id}")).unwrap();
    let group = HostGroupStep {
        group: HostGroupName::new(format!("group{id}")).unwrap(),
        hosts: vec![host],
        failure_limit: 0,
        repository: "shop".into(),
        revision: "new".into(),
        deploy_directory: "/srv/shop".into(),
        kept_revisions: 5,
        restart_command: Vec::new(),
        service_port: None,
        service_timeout: Period::from_secs(10),
        nrpe_directory: None,
    };
    let before = Some(observation(id, "old"));
    Step {
        kind: StepKind::HostGroup(group),
        reason: "first".into(),
        needs: Vec::new(),
        before,
    }
}

/// What is seen on the host of a step.
pub(crate) fn observation(step: usize, revision: &str) -> Observation {
    let host = HostName::new(format!("host{step}")).unwrap();
    let seen = HostObservation {
        revision: Some(revision.into()),
        unreachable: None,
    };
    Observation::HostGroup {
        hosts: BTreeMap::from([(host, seen)]),
    }
}

pub(crate) fn created(rollback: RollbackPolicy, approved: bool) -> Event {
    created_of(plan(rollback), approved)
}

fn created_of(plan: Plan, approved: bool) -> Event {
    Event::RunCreated {
        plan: Box::new(plan),
        person: "ada".into(),
        reason: None,
        approved,
    }
}

/// The state after these events, which all can happen.
pub(crate) fn told(rollback: RollbackPolicy, approved: bool, events: &[Event]) -> RunState {
    told_of(plan(rollback), approved, events)
}

pub(crate) fn told_of(plan: Plan, approved: bool, events: &[Event]) -> RunState {
    let mut state = RunState::create(RunId(1), NOW, &created_of(plan, approved)).unwrap();
    for event in events {
        let happened: Result<(), IllegalEvent> = state.apply(NOW, event);
        happened.unwrap_or_else(|illegal| panic!("{event:?}: {illegal}"));
    }
    state
}

/// A run whose canary is judged by these gates, after these events.
pub(crate) fn judged_by(gates: Vec<Gate>, events: &[Event]) -> RunState {
    let mut plan = plan(RollbackPolicy::Automatic);
    plan.waves[0].gates = gates;
    let events = all(&[&prepared(), &done(&[0, 1]), events]);
    told_of(plan, true, &events)
}

pub(crate) fn prepared() -> Vec<Event> {
    vec![
        Event::LocksAcquired,
        Event::PreflightFinished {
            findings: Vec::new(),
        },
    ]
}

pub(crate) fn started(step: usize) -> Event {
    Event::StepStarted {
        step: StepId(step),
        attempt: 1,
    }
}

pub(crate) fn acted(step: usize) -> Event {
    Event::StepActed { step: StepId(step) }
}

pub(crate) fn succeeded(step: usize) -> Event {
    Event::StepSucceeded {
        step: StepId(step),
        readback: Readback::default(),
    }
}

pub(crate) fn failed(step: usize) -> Event {
    Event::StepFailed {
        step: StepId(step),
        failure: Failure::failed("the tool failed"),
    }
}

pub(crate) fn fell(step: usize) -> Event {
    Event::StepFell {
        step: StepId(step),
        failure: Failure::failed("a pod was started again"),
    }
}

pub(crate) fn done(steps: &[usize]) -> Vec<Event> {
    steps
        .iter()
        .flat_map(|step| [started(*step), acted(*step), succeeded(*step)])
        .collect()
}

pub(crate) fn observed(step: usize, revision: &str) -> Event {
    Event::StepObserved {
        step: StepId(step),
        observation: observation(step, revision),
    }
}

pub(crate) fn undo_started() -> Event {
    Event::UndoStarted {
        cause: Cause::Abort,
    }
}

pub(crate) fn step_undo_started(step: usize, attempt: u32) -> Event {
    Event::StepUndoStarted {
        step: StepId(step),
        attempt,
    }
}

pub(crate) fn undone(step: usize) -> Event {
    Event::StepUndone { step: StepId(step) }
}

pub(crate) fn undo_failed(step: usize) -> Event {
    let failure = Failure::failed("the tool failed").command("put it right");
    Event::StepUndoFailed {
        step: StepId(step),
        failure,
    }
}

pub(crate) fn resumed() -> Event {
    Event::RunResumed {
        epoch: 2,
        by: "another".into(),
    }
}

pub(crate) fn aborted(kind: AbortKind) -> Event {
    Event::AbortRequested {
        kind,
        by: "ada".into(),
        reason: None,
    }
}

/// The same, of a test in quarantine.
pub(crate) fn quarantined(mut event: Event) -> Event {
    if let Event::TestsFinished { reports, .. } = &mut event {
        for report in reports {
            report.quarantine = Some(Quarantine {
                reason: "flaky".into(),
                until: None,
            });
        }
    }
    event
}

pub(crate) fn tested(failure: Option<&str>) -> Event {
    let failure = failure.map(str::to_owned);
    let report = TestReport {
        test: "port".into(),
        instance: "host0".into(),
        failure,
        ..TestReport::default()
    };
    Event::TestsFinished {
        wave: WaveId(0),
        gate: 0,
        reports: vec![report],
    }
}

pub(crate) fn concluded(gate: usize, verdict: Verdict) -> Event {
    Event::GateConcluded {
        wave: WaveId(0),
        gate,
        verdict,
        why: "so it is".into(),
    }
}

pub(crate) const BAKE: TimerId = TimerId::Bake {
    wave: WaveId(0),
    gate: 1,
};

pub(crate) fn timer_started(timer: TimerId) -> Event {
    Event::TimerStarted {
        timer,
        milliseconds: 30_000,
        until: NOW.after(30_000),
    }
}

pub(crate) fn asked(question: usize, kind: QuestionKind, choices: &[Choice]) -> Event {
    let (question, choices) = (QuestionId(question), choices.to_vec());
    Event::QuestionAsked {
        question,
        kind,
        choices,
        milliseconds: 60_000,
        until: NOW.after(60_000),
    }
}

pub(crate) fn answered(question: usize, choice: Choice) -> Event {
    Event::QuestionAnswered {
        question: QuestionId(question),
        choice,
        by: Some("grace".into()),
    }
}

pub(crate) fn finished(outcome: Outcome) -> Event {
    Event::RunFinished { outcome }
}

pub(crate) fn stuck() -> Event {
    Event::RunStuck {
        why: "undo failed".into(),
        commands: Vec::new(),
    }
}

/// Stories, one after the other.
pub(crate) fn all(parts: &[&[Event]]) -> Vec<Event> {
    parts.concat()
}
