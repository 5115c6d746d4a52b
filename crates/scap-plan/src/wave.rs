//! Waves of consecutive steps, and the gates after each.

use crate::catalog::Team;
use crate::{
    CheckMode, Counters, Datacenter, EnvironmentType, Evidence, Gate, Namespace, Ordinary, Period,
    ReleaseStep, StageName, Step, StepId, StepKind, Test, Watch, Wave,
};
use std::collections::BTreeSet;

/// What the steps of a wave have in common.
#[derive(PartialEq)]
enum Common<'a> {
    Releases {
        environment_type: EnvironmentType,
        stage: &'a StageName,
        datacenter: &'a Datacenter,
    },
    Hosts {
        group: &'a str,
    },
}

/// Canary and control of the evidence after a wave; no gate without both.
#[derive(Default)]
struct Sides {
    canary: Vec<StepId>,
    control: Vec<StepId>,
}

/// Makes the waves of `steps`, which are in order, with the gates that the team declared.
pub(crate) fn assemble(steps: &[Step], team: &Team) -> Vec<Wave> {
    let runs = runs(steps);
    let mut sides: Vec<Sides> = runs.iter().map(|run| sides_of_stage(steps, run)).collect();
    compare_datacenters(steps, &runs, &mut sides);
    let is_single_staging = runs
        .iter()
        .filter(|run| is_staging(&steps[run[0].0]))
        .count()
        == 1;
    let mut waves: Vec<Wave> = runs
        .into_iter()
        .zip(sides)
        .map(|(steps_of_wave, sides)| Wave {
            name: name(&steps[steps_of_wave[0].0], is_single_staging),
            gates: gates(team, tests(team, steps, &steps_of_wave), &sides),
            steps: steps_of_wave,
        })
        .collect();
    watch_the_whole(steps, team, &mut waves);
    watch_signals(steps, team, &mut waves);
    waves
}

/// What all share is watched after each wave of production.
fn watch_signals(steps: &[Step], team: &Team, waves: &mut [Wave]) {
    let in_production = waves
        .iter_mut()
        .filter(|wave| !is_staging(&steps[wave.steps[0].0]));
    for wave in in_production {
        let gates = team
            .signals
            .iter()
            .map(|signal| watch(&signal.check, &wave.steps, signal.period));
        wave.gates.extend(gates);
    }
}

fn watch(check: &Counters, steps: &[StepId], period: Period) -> Gate {
    Gate::Evidence(Evidence {
        counters: check.clone(),
        canary: steps.to_vec(),
        control: Vec::new(),
        ordinary: Ordinary::default(),
        load: None,
        watch: Some(Watch::new(period)),
    })
}

/// After the last wave of production there is no control any more: the checks that block go on against the past.
fn watch_the_whole(steps: &[Step], team: &Team, waves: &mut [Wave]) {
    let period = team.watch.unwrap_or_default();
    let is_production = |step: &StepId| !is_staging(&steps[step.0]);
    let last = waves.iter_mut().rfind(|wave| is_production(&wave.steps[0]));
    let Some(wave) = last.filter(|_| period > Period::default()) else {
        return;
    };
    let all: Vec<StepId> = (0..steps.len()).map(StepId).filter(is_production).collect();
    let blocking = team.checks.iter();
    let blocking = blocking.filter(|check| check.mode == CheckMode::Blocking);
    let gates = blocking.map(|check| watch(check, &all, period));
    wave.gates.extend(gates);
}

/// Consecutive steps that have everything in common.
fn runs(steps: &[Step]) -> Vec<Vec<StepId>> {
    let mut runs: Vec<Vec<StepId>> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if common(&steps[run[0].0]) == common(step) => run.push(StepId(index)),
            _ => runs.push(vec![StepId(index)]),
        }
    }
    runs
}

fn common(step: &Step) -> Common<'_> {
    match &step.kind {
        StepKind::Release(ReleaseStep {
            environment_type,
            stage,
            datacenter,
            ..
        }) => Common::Releases {
            environment_type: *environment_type,
            stage,
            datacenter,
        },
        StepKind::HostGroup(step) => Common::Hosts {
            group: step.group.as_str(),
        },
    }
}

fn name(first: &Step, is_single_staging: bool) -> String {
    match &first.kind {
        StepKind::Release(step) => match step.environment_type {
            EnvironmentType::Staging if is_single_staging => "staging".to_owned(),
            EnvironmentType::Staging => format!("staging {} {}", step.stage, step.datacenter),
            EnvironmentType::Production => format!("{} {}", step.stage, step.datacenter),
        },
        StepKind::HostGroup(step) => step.group.to_string(),
    }
}

fn is_staging(step: &Step) -> bool {
    matches!(&step.kind, StepKind::Release(step) if step.environment_type == EnvironmentType::Staging)
}

/// A release is compared with those of later stages beside it, a host group with the groups still to come.
fn sides_of_stage(steps: &[Step], run: &[StepId]) -> Sides {
    let last = run[run.len() - 1];
    let later = || (last.0 + 1..steps.len()).map(StepId);
    match &steps[last.0].kind {
        StepKind::HostGroup(_) => Sides {
            canary: (0..=last.0).map(StepId).collect(),
            control: later().collect(),
        },
        StepKind::Release(_) => {
            let is_beside = |canary: StepId, control: StepId| match (
                &steps[canary.0].kind,
                &steps[control.0].kind,
            ) {
                (StepKind::Release(canary), StepKind::Release(control)) => {
                    canary.namespace == control.namespace
                        && canary.environment == control.environment
                        && canary.stage != control.stage
                }
                _ => false,
            };
            Sides {
                canary: run
                    .iter()
                    .copied()
                    .filter(|canary| later().any(|step| is_beside(*canary, step)))
                    .collect(),
                control: later()
                    .filter(|step| run.iter().any(|canary| is_beside(*canary, *step)))
                    .collect(),
            }
        }
    }
}

/// A namespace without canary releases is compared with itself: in its first datacenter of production with those not
/// touched yet.
fn compare_datacenters(steps: &[Step], runs: &[Vec<StepId>], sides: &mut [Sides]) {
    let production = |id: StepId| {
        let release = steps[id.0].release();
        release.filter(|step| step.environment_type == EnvironmentType::Production)
    };
    let canaries = sides.iter().flat_map(|sides| &sides.canary);
    let mut settled: BTreeSet<&Namespace> = canaries
        .filter_map(|id| production(*id))
        .map(|step| &step.namespace)
        .collect();
    for (run, sides) in runs.iter().zip(sides) {
        let is_open = |step: &ReleaseStep| !settled.contains(&step.namespace);
        let of_run: Vec<&ReleaseStep> = run.iter().filter_map(|id| production(*id)).collect();
        let is_elsewhere = |control: StepId| {
            production(control)
                .filter(|step| is_open(step))
                .is_some_and(|control| {
                    of_run.iter().any(|canary| {
                        canary.namespace == control.namespace
                            && canary.datacenter != control.datacenter
                    })
                })
        };
        let later = run[run.len() - 1].0 + 1..steps.len();
        let control: Vec<StepId> = later.map(StepId).filter(|id| is_elsewhere(*id)).collect();
        let has_control = |canary: &ReleaseStep| {
            let mut controls = control.iter().filter_map(|id| production(*id));
            controls.any(|control| control.namespace == canary.namespace)
        };
        let canary = run.iter().copied();
        let canary: Vec<StepId> = canary
            .filter(|id| production(*id).is_some_and(has_control))
            .collect();
        sides.canary.extend(canary);
        sides.control.extend(control);
        settled.extend(of_run.iter().map(|step| &step.namespace));
    }
}

/// Those that are for a step of the wave.
fn tests(team: &Team, steps: &[Step], wave: &[StepId]) -> Vec<Test> {
    let is_for = |test: &&Test| wave.iter().any(|id| test.scope.includes(&steps[id.0]));
    team.tests.iter().filter(is_for).cloned().collect()
}

/// Tests, then evidence, then time.
fn gates(team: &Team, tests: Vec<Test>, sides: &Sides) -> Vec<Gate> {
    let is_shadow = |check: &Counters| check.mode == CheckMode::Shadow;
    let mut gates = Vec::new();
    if !tests.is_empty() {
        gates.push(Gate::Tests { tests });
    }
    if !sides.control.is_empty() {
        gates.extend(team.checks.iter().map(|counters| {
            Gate::Evidence(Evidence {
                counters: counters.clone(),
                canary: sides.canary.clone(),
                control: sides.control.clone(),
                ordinary: Ordinary::default(),
                watch: None,
                // A shadow is judged beside another check, which has it sent.
                load: team.load.clone().filter(|_| !is_shadow(counters)),
            })
        }));
    }
    let is_unjudged = !sides.control.is_empty() && team.checks.iter().all(is_shadow);
    let bake = match team.bake {
        None if is_unjudged => team.canary_bake,
        bake => bake,
    };
    gates.extend(bake.map(|period| Gate::Bake { period }));
    gates
}
