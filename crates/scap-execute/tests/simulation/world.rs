//! The simulated world: targets that programs change, programs that outlive their runner, instances that are looked at.

use crate::scenario::{Canary, Scenario, Tool};
use scap_plan::{
    CheckMode, Counters, HostName, HostObservation, Load, Observation, Plan, StepId, StepKind, Test,
};
use scap_run::{
    Check, Engine, ErrorExample, Expectation, Failure, Finding, Inspect, InstanceCounters, Order,
    Progress, Readback, Readiness, Snapshot, TestReport, WantedExamples, Work,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// How long a program takes to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    Act,
    Undo,
}

/// A program under its supervisor.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    ends: Instant,
    works: bool,
    is_settled: bool,
}

/// Until when each step's target is being changed, and by which run: runs of one fleet have the same targets.
pub(crate) type Busy = Arc<Mutex<BTreeMap<StepId, (usize, Instant)>>>;

pub(crate) struct Targets {
    start: Instant,
    run: usize,
    busy: Busy,
    hosts: Vec<BTreeMap<HostName, String>>,
    programs: BTreeMap<(StepId, Purpose, u32), Program>,
    /// The latest epoch that looked at or changed anything.
    fence: u64,
    /// Which runner may act, as the journal's leases have it.
    pub(crate) owner: u32,
    /// What must never be: found while it happened.
    pub(crate) violations: Vec<String>,
    restored: bool,
}

/// One runner's view of the world.
#[derive(Clone)]
pub(crate) struct SimulatedWorld {
    scenario: Arc<Scenario>,
    targets: Arc<Mutex<Targets>>,
    runner: u32,
}

impl SimulatedWorld {
    pub(crate) fn new(scenario: &Scenario, run: usize, busy: &Busy) -> Self {
        let hosts = scenario.plan.steps.iter().map(|step| match &step.before {
            Some(Observation::HostGroup { hosts }) => hosts
                .keys()
                .map(|host| (host.clone(), "old".to_owned()))
                .collect(),
            _ => BTreeMap::new(),
        });
        let targets = Targets {
            start: Instant::now(),
            run,
            busy: Arc::clone(busy),
            hosts: hosts.collect(),
            programs: BTreeMap::new(),
            fence: 0,
            owner: 0,
            violations: Vec::new(),
            restored: false,
        };
        Self {
            scenario: Arc::new(scenario.clone()),
            targets: Arc::new(Mutex::new(targets)),
            runner: 0,
        }
    }

    /// The same world, seen by another runner, which from now on is the one that may act.
    pub(crate) fn of_runner(&self, runner: u32) -> Self {
        self.targets().owner = runner;
        Self {
            runner,
            ..self.clone()
        }
    }

    pub(crate) fn targets(&self) -> MutexGuard<'_, Targets> {
        self.targets.lock().expect("no simulated program panics")
    }

    /// Lets every program come to its end, and says what runs on each step's hosts.
    pub(crate) async fn at_last(&self) -> Vec<Vec<String>> {
        let last = self
            .targets()
            .programs
            .values()
            .map(|program| program.ends)
            .max();
        if let Some(last) = last {
            tokio::time::sleep_until(last).await;
        }
        let mut targets = self.targets();
        targets.settle(Instant::now());
        targets
            .hosts
            .iter()
            .map(|hosts| hosts.values().cloned().collect())
            .collect()
    }

    fn tool(&self, step: StepId, purpose: Purpose) -> Tool {
        match purpose {
            Purpose::Act => self.scenario.act[step.0],
            Purpose::Undo => self.scenario.undo[step.0],
        }
    }

    fn start(&self, order: &Order<'_>, purpose: Purpose) -> Result<Instant, Failure> {
        let mut targets = self.targets();
        targets.raise_fence(order)?;
        let now = Instant::now();
        targets.settle(now);
        targets.watch_over_a_start(self.runner, order, purpose);
        let tool = self.tool(order.id, purpose);
        let takes = tool.takes();
        let works = match tool {
            Tool::Works { .. } => true,
            Tool::Fails { .. } | Tool::Hangs => false,
            Tool::FailsOnce { .. } => order.attempt > 1,
        };
        let program = Program {
            ends: now + takes,
            works,
            is_settled: false,
        };
        targets
            .programs
            .insert((order.id, purpose, order.attempt), program);
        targets.occupy(order.id, now + takes);
        Ok(now + takes)
    }

    async fn carry_out(&self, order: Order<'_>, purpose: Purpose) -> Result<(), Failure> {
        let key = (order.id, purpose, order.attempt);
        let ends = self.start(&order, purpose)?;
        tokio::select! {
            // What ends at the very moment at which it is to stop has ended, in each replay.
            biased;
            () = tokio::time::sleep_until(ends) => {}
            () = order.stop.asked() => {
                let at = Instant::now() + GRACE;
                self.targets().kill(key, at);
                tokio::time::sleep_until(at).await;
                self.targets().settle(Instant::now());
                return Err(Failure::stopped("stopped as asked"));
            }
        }
        let mut targets = self.targets();
        targets.settle(Instant::now());
        if targets.programs[&key].works {
            Ok(())
        } else {
            Err(Failure::failed("the tool failed"))
        }
    }
}

impl Targets {
    /// As the real programs' folder has it: who comes under an earlier epoch is refused.
    fn raise_fence(&mut self, order: &Order<'_>) -> Result<(), Failure> {
        if order.epoch < self.fence {
            return Err(Failure::unobservable("another runner has taken over"));
        }
        self.fence = order.epoch;
        Ok(())
    }

    /// Programs that have ended by now leave their traces.
    fn settle(&mut self, now: Instant) {
        for ((step, purpose, _), program) in &mut self.programs {
            if program.is_settled || program.ends > now {
                continue;
            }
            program.is_settled = true;
            let version = match purpose {
                Purpose::Act => "new",
                Purpose::Undo => "old",
            };
            // One that fails has done a part: all hosts but one.
            let hosts = &mut self.hosts[step.0];
            let reached = if program.works {
                hosts.len()
            } else {
                hosts.len() - 1
            };
            for runs in hosts.values_mut().take(reached) {
                version.clone_into(runs);
            }
            self.restored |= *purpose == Purpose::Undo;
        }
    }

    fn kill(&mut self, key: (StepId, Purpose, u32), at: Instant) {
        if let Some(program) = self.programs.get_mut(&key) {
            program.ends = at;
            program.works = false;
            self.occupy(key.0, at);
        }
    }

    /// The target of a step is being changed until then.
    fn occupy(&mut self, step: StepId, until: Instant) {
        let now = Instant::now();
        let mut busy = self.busy.lock().expect("it is a table only");
        let before = busy.insert(step, (self.run, until));
        if let Some((other, ends)) = before
            && other != self.run
            && ends > now
        {
            let run = self.run;
            self.violations.push(format!(
                "runs {other} and {run} changed the target of step {step} at the same time"
            ));
        }
    }

    /// How many programs were still at it after a moment.
    pub(crate) fn running_after(&self, moment: Instant) -> usize {
        self.programs
            .values()
            .filter(|program| program.ends > moment)
            .count()
    }

    fn watch_over_a_start(&mut self, runner: u32, order: &Order<'_>, purpose: Purpose) {
        let step = order.id;
        if runner != self.owner {
            self.violations.push(format!(
                "runner {runner} changed step {step} though runner {} had taken over",
                self.owner
            ));
        }
        if self
            .programs
            .iter()
            .any(|((other, ..), program)| *other == step && !program.is_settled)
        {
            self.violations
                .push(format!("two programs changed step {step} at the same time"));
        }
        if self.programs.contains_key(&(step, purpose, order.attempt)) {
            self.violations.push(format!(
                "attempt {} of step {step} was started twice",
                order.attempt
            ));
        }
        let is_done = self.hosts[step.0].values().all(|runs| runs == "new");
        if purpose == Purpose::Act && is_done {
            self.violations
                .push(format!("step {step} was done again though it was done"));
        }
    }

    fn observation(&self, step: StepId) -> Observation {
        let seen = |runs: &String| HostObservation {
            revision: Some(runs.clone()),
            unreachable: None,
        };
        Observation::HostGroup {
            hosts: self.hosts[step.0]
                .iter()
                .map(|(host, runs)| (host.clone(), seen(runs)))
                .collect(),
        }
    }

    fn runs_everywhere(&self, step: StepId, version: &str) -> bool {
        self.hosts[step.0].values().all(|runs| runs == version)
    }
}

impl Engine for SimulatedWorld {
    fn observe<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<Observation, Failure>> {
        Box::pin(async move {
            self.targets().raise_fence(&order)?;
            let of_step = |key: &(StepId, Purpose, u32)| key.0 == order.id;
            let last = self
                .targets()
                .programs
                .iter()
                .filter(|(key, _)| of_step(key))
                .map(|(_, program)| program.ends)
                .max();
            if let Some(last) = last {
                tokio::time::sleep_until(last).await;
            }
            let mut targets = self.targets();
            targets.settle(Instant::now());
            Ok(targets.observation(order.id))
        })
    }

    fn act<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        Box::pin(self.carry_out(order, Purpose::Act))
    }

    fn undo<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        Box::pin(async move {
            // As every engine does: what a dead runner left behind comes to its end first.
            let adopted = self.observe(order.clone()).await;
            adopted?;
            self.carry_out(order, Purpose::Undo)
                .await
                .map_err(|failure| failure.command("put it right"))
        })
    }

    fn verify<'a>(
        &'a self,
        order: Order<'a>,
        expectation: Expectation,
    ) -> Work<'a, Result<Readback, Failure>> {
        Box::pin(async move {
            let (version, tool) = match expectation {
                Expectation::Planned => ("new", self.scenario.verify[order.id.0]),
                Expectation::Restored => ("old", Tool::Works { milliseconds: 100 }),
            };
            tokio::time::sleep(tool.takes()).await;
            let ready = matches!(tool, Tool::Works { .. } | Tool::FailsOnce { .. });
            let mut targets = self.targets();
            targets.settle(Instant::now());
            if ready && targets.runs_everywhere(order.id, version) {
                return Ok(Readback {
                    summary: version.to_owned(),
                    stragglers: Vec::new(),
                });
            }
            Err(Failure::failed("the step never became ready").command("look at it"))
        })
    }

    fn watch<'a>(&'a self, _order: Order<'a>) -> Work<'a, Failure> {
        Box::pin(std::future::pending())
    }
}

impl Inspect for SimulatedWorld {
    fn preflight<'a>(&'a self, _plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        Box::pin(async {
            let finding = Finding::error("the image does not exist", "push it");
            if self.scenario.preflight_fails {
                vec![finding]
            } else {
                Vec::new()
            }
        })
    }
}

impl Check for SimulatedWorld {
    fn tests<'a>(
        &'a self,
        plan: &'a Plan,
        tests: &'a [Test],
        steps: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let targets = self.targets();
            let fails = if targets.restored {
                self.scenario.tests_fail_after_undo
            } else {
                self.scenario.tests_fail
            };
            let report = |test: &Test, step: &StepId| TestReport {
                test: test.name.clone(),
                instance: plan.step(*step).to_string(),
                failure: fails.then(|| "connection refused".to_owned()),
                ..TestReport::default()
            };
            tests
                .iter()
                .flat_map(|test| steps.iter().map(move |step| report(test, step)))
                .collect()
        })
    }

    /// An answer now and then: how many there are changes nothing.
    fn load<'a>(
        &'a self,
        _plan: &'a Plan,
        _load: &'a Load,
        _steps: &'a [StepId],
        answered: &'a AtomicU64,
    ) -> Work<'a, ()> {
        Box::pin(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(20)).await;
                answered.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    fn counters<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
    ) -> Work<'a, Snapshot> {
        Box::pin(async move {
            let targets = self.targets();
            let seconds = targets.start.elapsed().as_secs();
            let mut snapshot = Snapshot::default();
            let canary = match counters.mode {
                CheckMode::Blocking => self.scenario.canary,
                CheckMode::Shadow => self.scenario.shadow,
            };
            for step in steps {
                let StepKind::HostGroup(group) = &plan.step(*step).kind else {
                    continue;
                };
                for host in &group.hosts {
                    let is_new = targets.hosts[step.0][host] == "new";
                    match (is_new, canary) {
                        (true, Canary::Silent) => {
                            snapshot
                                .missing
                                .insert(host.to_string(), "connection refused".to_owned());
                        }
                        (is_new, canary) => {
                            let failing = is_new && canary == Canary::Broken;
                            let errors = if failing { seconds * 50 } else { seconds / 20 };
                            let signatures = BTreeMap::from([("Boom".to_owned(), errors)]);
                            let counters = InstanceCounters {
                                requests: seconds * 100,
                                errors,
                                signatures,
                                unlisted: 0,
                            };
                            snapshot.instances.insert(host.to_string(), counters);
                        }
                    }
                }
            }
            snapshot
        })
    }

    fn examples<'a>(
        &'a self,
        _: &'a Plan,
        _: &'a Counters,
        _: &'a [StepId],
        wanted: &'a WantedExamples,
    ) -> Work<'a, Result<Vec<ErrorExample>, String>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let kinds = wanted.signatures.iter();
            let example = |kind| ErrorExample::new(kind, "host", None, "it went boom");
            Ok(kinds.map(example).collect())
        })
    }
}

impl Progress for SimulatedWorld {
    fn line(&self, _: StepId, _: &str) {}
    fn ready(&self, _: StepId, _: &Readiness) {}
}
