//! What happens in one simulated deployment: all of it drawn from a seed before it begins.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_journal::Moment;
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, Evidence, Exposition, Gate,
    HostGroupName, HostGroupStep, HostName, HostObservation, Load, LoadSource, Observation,
    Ordinary, Origin, Past, PastSource, Period, Plan, Policy, RollbackPolicy, ServiceName, Step,
    StepId, StepKind, Test, TestKind, Watch, Wave,
};
use scap_run::{AbortKind, Choice};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long any program may take before its supervisor kills it.
const PROGRAM_TIMEOUT: Duration = Duration::from_mins(2);

/// How a tool behaves each time it is started for one purpose on one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Works {
        milliseconds: u64,
    },
    /// Fails after having done a part.
    Fails {
        milliseconds: u64,
    },
    /// Fails the first time only.
    FailsOnce {
        milliseconds: u64,
    },
    /// Does a part, and then nothing until it is killed for it.
    Hangs,
}

impl Tool {
    /// Until it ends, or is killed as it does not.
    pub(crate) fn takes(self) -> Duration {
        match self {
            Self::Works { milliseconds }
            | Self::Fails { milliseconds }
            | Self::FailsOnce { milliseconds } => Duration::from_millis(milliseconds),
            Self::Hangs => PROGRAM_TIMEOUT,
        }
    }
}

/// What the counters of a canary show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Canary {
    Healthy,
    Broken,
    Silent,
}

/// What somebody does, some time after the run began.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    Abort(AbortKind),
    /// Answers whatever question is open then.
    Answer(Choice),
    /// Gives the run to somebody else, or back.
    HandOver,
    /// Ends the watch, if it is only watched.
    Finish,
    Freeze,
    Thaw,
    JumpClock {
        milliseconds: i64,
    },
    /// The runner is stopped as by SIGSTOP, and another takes over meanwhile.
    Suspend {
        milliseconds: u64,
    },
}

#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that may be wrong with the world"
)]
pub(crate) struct Scenario {
    pub(crate) plan: Plan,
    pub(crate) approved: bool,
    pub(crate) act: Vec<Tool>,
    pub(crate) verify: Vec<Tool>,
    pub(crate) undo: Vec<Tool>,
    pub(crate) canary: Canary,
    /// What the counters of a check in shadow show of the canary.
    pub(crate) shadow: Canary,
    pub(crate) tests_fail: bool,
    pub(crate) tests_fail_after_undo: bool,
    pub(crate) preflight_fails: bool,
    pub(crate) locked_by_another: bool,
    /// In the order of time.
    pub(crate) deeds: Vec<(u64, Deed)>,
    /// How long nobody notices that a runner is dead.
    pub(crate) unnoticed_milliseconds: u64,
}

impl Scenario {
    /// Tools fail, but nobody interferes and nothing crashes: its end depends on nothing but the tools.
    pub(crate) fn quiet(seed: u64) -> Self {
        let mut scenario = Self::draw(&mut ChaCha8Rng::seed_from_u64(seed));
        for tool in &mut scenario.act {
            // Its end would depend on whether a crash gave it a second try.
            if let Tool::FailsOnce { milliseconds } = *tool {
                *tool = Tool::Fails { milliseconds };
            }
        }
        scenario
    }

    /// Everything at once.
    pub(crate) fn wild(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut scenario = Self::draw(&mut random);
        scenario.preflight_fails = random.random_bool(0.05);
        scenario.locked_by_another = random.random_bool(0.05);
        scenario.approved = random.random_bool(0.8);
        for _ in 0..random.random_range(0..5) {
            scenario
                .deeds
                .push((random.random_range(0..150_000), deed(&mut random)));
        }
        scenario.deeds.sort_by_key(|(at, _)| *at);
        let scenario = match random.random_range(0..4) {
            0 => scenario.with_a_shadow(Canary::Broken),
            1 => scenario.with_a_shadow(Canary::Silent),
            _ => scenario,
        };
        if random.random_bool(0.3) {
            scenario.with_a_watch()
        } else {
            scenario
        }
    }

    /// The same, and all that was deployed is watched in the end.
    fn with_a_watch(mut self) -> Self {
        let all = self.plan.step_ids().collect();
        let last = self.plan.waves.last_mut().expect("a plan has waves");
        last.gates.push(Gate::Evidence(watch(all)));
        self
    }

    /// A service whose tools all work, judged by a signal that it shares with others.
    pub(crate) fn of_a_signal(service: &str, canary: Canary) -> Self {
        let mut scenario = Self::quiet(0);
        let plan = &mut scenario.plan;
        plan.service = ServiceName::new(service).unwrap();
        plan.policy.rollback = RollbackPolicy::Automatic;
        plan.waves.truncate(1);
        let steps = plan.waves[0].steps.clone();
        plan.steps.truncate(steps.len());
        let mut signal = watch(steps);
        signal.counters.is_shared = true;
        plan.waves[0].gates = vec![Gate::Evidence(signal)];
        let works = || {
            vec![
                Tool::Works {
                    milliseconds: 1_000
                };
                plan.steps.len()
            ]
        };
        (scenario.act, scenario.verify, scenario.undo) = (works(), works(), works());
        scenario.tests_fail_after_undo = false;
        scenario.canary = canary;
        scenario
    }

    /// The same, and a check in shadow judges beside the first wave's gates.
    pub(crate) fn with_a_shadow(mut self, shadow: Canary) -> Self {
        self.shadow = shadow;
        let gates = &mut self.plan.waves[0].gates;
        let evidence = gates.iter().find_map(|gate| match gate {
            Gate::Evidence(evidence) => Some(evidence.clone()),
            Gate::Tests { .. } | Gate::Bake { .. } => None,
        });
        if let Some(mut evidence) = evidence {
            "watched".clone_into(&mut evidence.counters.name);
            evidence.counters.mode = CheckMode::Shadow;
            gates.insert(0, Gate::Evidence(evidence));
        }
        self
    }

    fn draw(random: &mut ChaCha8Rng) -> Self {
        let plan = plan(random);
        let count = plan.steps.len();
        let mut tools = |faults: f64| (0..count).map(|_| tool(random, faults)).collect::<Vec<_>>();
        let (act, verify, undo) = (tools(0.12), tools(0.08), tools(0.08));
        let canary = [
            Canary::Healthy,
            Canary::Healthy,
            Canary::Broken,
            Canary::Silent,
        ][random.random_range(0..4)];
        Self {
            plan,
            approved: true,
            act,
            verify,
            undo,
            canary,
            shadow: Canary::Healthy,
            tests_fail: random.random_bool(0.1),
            tests_fail_after_undo: random.random_bool(0.1),
            preflight_fails: false,
            locked_by_another: false,
            deeds: Vec::new(),
            unnoticed_milliseconds: random.random_range(0..20_000),
        }
    }
}

pub(crate) fn moment(random: &mut impl Rng) -> Moment {
    if random.random_bool(0.5) {
        Moment::Before
    } else {
        Moment::After
    }
}

fn tool(random: &mut impl Rng, faults: f64) -> Tool {
    let milliseconds = if random.random_bool(0.1) {
        random.random_range(0..90_000)
    } else {
        random.random_range(0..3_000)
    };
    if !random.random_bool(faults) {
        return Tool::Works { milliseconds };
    }
    match random.random_range(0..3) {
        0 => Tool::Fails { milliseconds },
        1 => Tool::FailsOnce { milliseconds },
        _ => Tool::Hangs,
    }
}

fn deed(random: &mut impl Rng) -> Deed {
    let choices = [
        Choice::Approve,
        Choice::Decline,
        Choice::Promote,
        Choice::Hold,
        Choice::Undo,
        Choice::Stop,
    ];
    match random.random_range(0..10) {
        0 => Deed::Abort(AbortKind::Stop),
        1 => Deed::Abort(AbortKind::Undo),
        2 | 3 => Deed::Answer(choices[random.random_range(0..choices.len())]),
        4 => Deed::Freeze,
        5 => Deed::Thaw,
        6 => Deed::HandOver,
        7 => Deed::Finish,
        8 => Deed::JumpClock {
            milliseconds: random.random_range(-3_600_000..3_600_000),
        },
        _ => Deed::Suspend {
            milliseconds: random.random_range(100..30_000),
        },
    }
}

/// One to four waves of one to three steps, with a canary's evidence after the first one.
fn plan(random: &mut impl Rng) -> Plan {
    let sizes: Vec<usize> = (0..random.random_range(1..=4))
        .map(|_| random.random_range(1..=3))
        .collect();
    let total: usize = sizes.iter().sum();
    let mut first = 0;
    let mut waves = Vec::new();
    for size in sizes {
        let steps: Vec<StepId> = (first..first + size).map(StepId).collect();
        first += size;
        let control: Vec<StepId> = (first..total).map(StepId).collect();
        let gates = gates(random, waves.is_empty(), &steps, &control);
        waves.push(Wave {
            name: format!("wave {}", waves.len()),
            steps,
            gates,
        });
    }
    let rollback = [
        RollbackPolicy::Automatic,
        RollbackPolicy::Ask,
        RollbackPolicy::Never,
    ];
    Plan {
        service: ServiceName::new("shop").unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps: steps(random, &waves),
        waves,
        unchanged: Vec::new(),
        policy: Policy {
            // Mostly by itself, as people have it.
            rollback: rollback[random.random_range(0_usize..5).saturating_sub(2)],
            concurrency: random.random_range(1..=3),
            question_deadline: Period::from_secs(60),
        },
        links: BTreeMap::new(),
    }
}

fn gates(
    random: &mut impl Rng,
    is_canary: bool,
    canary: &[StepId],
    control: &[StepId],
) -> Vec<Gate> {
    let mut gates = Vec::new();
    if random.random_bool(0.6) {
        let kind = TestKind::Port { port: None };
        let test = Test::new("port", Period::from_secs(1), kind);
        gates.push(Gate::Tests { tests: vec![test] });
    }
    if is_canary && !control.is_empty() {
        gates.push(Gate::Evidence(Evidence {
            load: canary.contains(&StepId(0)).then(load),
            ..evidence(canary.to_vec(), control.to_vec())
        }));
    }
    if random.random_bool(0.2) {
        gates.push(Gate::Bake {
            period: Period::from_secs(30),
        });
    }
    gates
}

/// Against a past with as many errors as healthy instances have.
fn watch(steps: Vec<StepId>) -> Evidence {
    let watch = Watch {
        period: Period::from_secs(40),
        past: Some(Past {
            source: PastSource::Runs { runs: 1 },
            requests: 100_000,
            errors: 50,
            windows: 50,
            dispersion: 1.0,
            high: None,
        }),
    };
    Evidence {
        watch: Some(watch),
        ..evidence(steps, Vec::new())
    }
}

fn evidence(canary: Vec<StepId>, control: Vec<StepId>) -> Evidence {
    let settings = CountersSettings {
        minimum_hold: Period::from_secs(10),
        maximum_hold: Period::from_secs(40),
        ..CountersSettings::default()
    };
    let counters = Counters {
        name: "errors".to_owned(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: "/metrics".to_owned(),
            requests: "requests_total".to_owned(),
            errors: "errors_total".to_owned(),
            signature: None,
        }),
        settings,
        mode: CheckMode::Blocking,
        origin: Origin::Team,
        is_shared: false,
    };
    Evidence {
        counters,
        canary,
        control,
        ordinary: Ordinary::default(),
        watch: None,
        load: None,
    }
}

fn load() -> Load {
    Load {
        source: LoadSource::Path("/".to_owned()),
        port: None,
        requests_per_second: 2,
        always: true,
        r#unsafe: false,
    }
}

/// Some steps need the one before them in their wave.
fn steps(random: &mut impl Rng, waves: &[Wave]) -> Vec<Step> {
    let mut steps = Vec::new();
    for id in waves.iter().flat_map(|wave| &wave.steps) {
        let mut step = step(random, id.0);
        let has_earlier = waves.iter().any(|wave| wave.steps[1..].contains(id));
        if has_earlier && random.random_bool(0.3) {
            step.needs.push(StepId(id.0 - 1));
        }
        steps.push(step);
    }
    steps
}

fn step(random: &mut impl Rng, id: usize) -> Step {
    let hosts: Vec<HostName> = (0..random.random_range(1..=3))
        .map(|host| HostName::new(format!("host{id}-{host}")).unwrap())
        .collect();
    let old = HostObservation {
        revision: Some("old".to_owned()),
        unreachable: None,
    };
    let before = hosts
        .iter()
        .map(|host| (host.clone(), old.clone()))
        .collect();
    Step {
        kind: StepKind::HostGroup(HostGroupStep {
            group: HostGroupName::new(format!("group{id}")).unwrap(),
            hosts,
            failure_limit: 0,
            repository: "shop".to_owned(),
            revision: "new".to_owned(),
            deploy_directory: "/srv/shop".to_owned(),
            kept_revisions: 5,
            restart_command: Vec::new(),
            service_port: None,
            service_timeout: Period::from_secs(10),
            nrpe_directory: None,
        }),
        reason: "simulated".to_owned(),
        needs: Vec::new(),
        before: Some(Observation::HostGroup { hosts: before }),
    }
}
