//! `scap status [SERVICE]`

use crate::cli::SelectionArguments;
use crate::clock::now;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::planning;
use crate::trouble::Trouble;
use crate::view;
use crate::view::progress::ProgressBoard;
use futures::future::join_all;
use scap_plan::{Observation, Plan};
use scap_run::Failure;
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn run(context: &Context, service: Option<&str>) -> Result<Exit, Trouble> {
    let settings = context.settings()?;
    let wiring = context.wiring(&settings)?;
    let inputs = planning::inputs(&settings)?;
    let world = wiring.world(Arc::new(ProgressBoard::new(0)));
    let services: Vec<_> = match service {
        Some(name) => vec![inputs.service(name)?],
        None => inputs.services().iter().collect(),
    };
    let wanted = SelectionArguments {
        environments: Vec::new(),
        revision: None,
    };
    let mut seen: Vec<(Plan, Vec<Result<Observation, Failure>>)> = Vec::new();
    for service in services {
        let plan = planning::unobserved(&settings, &wiring, service, &wanted).await?;
        let observations =
            join_all(plan.step_ids().map(|id| planning::look(&plan, &world, id))).await;
        seen.push((plan, observations));
    }
    let targets: Vec<view::status::Target<'_>> = seen
        .iter()
        .flat_map(|(plan, observations)| {
            plan.steps
                .iter()
                .zip(observations)
                .map(|(step, observation)| view::status::Target {
                    service: plan.service.as_str(),
                    step,
                    seen: observation.as_ref(),
                })
        })
        .collect();
    let runs = context.journal()?.runs(service, 1_000)?;
    let data: Vec<_> = targets
        .iter()
        .map(|target| {
            let failure = target.seen.err().map(ToString::to_string);
            json!({ "service": target.service, "target": target.step.to_string(), "runs": target.seen.ok(), "failure": failure })
        })
        .collect();
    context.show(&data, |width| {
        view::status::page(&targets, &runs, now(), width)
    })?;
    Ok(Exit::Done)
}
