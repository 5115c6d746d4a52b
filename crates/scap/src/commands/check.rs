//! `scap check SERVICE`

use crate::cli::SelectionArguments;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::planning;
use crate::trouble::Trouble;
use crate::view;
use crate::view::check::CountersLook;
use crate::view::progress::ProgressBoard;
use scap_execute::World;
use scap_plan::{Gate, Plan, StepId, Test};
use scap_run::TestReport;
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn run(context: &Context, service: &str) -> Result<Exit, Trouble> {
    let settings = context.settings()?;
    let wiring = context.wiring(&settings)?;
    let inputs = planning::inputs(&settings)?;
    let world = wiring.world(Arc::new(ProgressBoard::new(0)));
    let wanted = SelectionArguments {
        environments: Vec::new(),
        revision: None,
    };
    let service = inputs.service(service)?;
    let plan = planning::unobserved(&settings, &wiring, service, &wanted).await?;
    let steps: Vec<StepId> = plan.step_ids().collect();
    let reports = world.check.tests(&plan, &tests(&plan), &steps).await;
    let looks = look_at_counters(&plan, &world, &steps).await;
    let has_failed = reports.iter().any(|report| report.failure.is_some())
        || looks.iter().any(|look| !look.snapshot.missing.is_empty());
    context.show(&data(&reports, &looks), |width| {
        view::check::page(&reports, &looks, width)
    })?;
    Ok(if has_failed {
        Exit::Refused
    } else {
        Exit::Done
    })
}

/// Each test once, in the order of the plan's gates.
fn tests(plan: &Plan) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Tests { tests: of_gate } = gate {
            tests.extend(
                of_gate
                    .iter()
                    .filter(|test| !tests.contains(test))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
    }
    tests
}

async fn look_at_counters(plan: &Plan, world: &World, steps: &[StepId]) -> Vec<CountersLook> {
    let mut looks: Vec<CountersLook> = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate
            && !looks.iter().any(|look| look.counters == evidence.counters)
        {
            let snapshot = world.check.counters(plan, &evidence.counters, steps).await;
            looks.push(CountersLook {
                counters: evidence.counters.clone(),
                snapshot,
            });
        }
    }
    looks
}

fn data(reports: &[TestReport], looks: &[CountersLook]) -> serde_json::Value {
    let counters: Vec<_> = looks
        .iter()
        .map(|look| {
            let instances = look.snapshot.instances.iter();
            let instances: Vec<_> = instances
                .map(|(name, seen)| json!({ "instance": name, "requests": seen.requests, "errors": seen.errors }))
                .collect();
            json!({ "check": look.counters.name, "instances": instances, "missing": look.snapshot.missing })
        })
        .collect();
    json!({ "tests": reports, "counters": counters })
}
