//! What the releases of a plan need and neither the plan nor the cluster has, and which service would bring it.

mod lookup;
mod neighbours;
mod shortage;

pub use neighbours::Previews;

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use scap_plan::{Plan, ReleaseNeeds, ReleaseStep, Step, StepId, Unmet, Wanted, unmet};
use scap_run::Finding;

use super::KubernetesEngine;
use super::history::Cluster;
use super::release::release_of;
use super::render::Rendered;
use lookup::Presence;
use shortage::Shortage;

/// Objects that are looked up side by side.
const AT_ONCE: usize = 8;

/// A helmfile in an environment.
pub(super) type Place<'a> = (&'a str, &'a str);

/// The releases of a plan as their helmfiles render them.
pub(super) type Renderings<'a> = BTreeMap<Place<'a>, Rendered>;

pub(super) fn place(step: &ReleaseStep) -> Place<'_> {
    (&step.directory, step.environment.as_str())
}

/// One finding for each thing that is missing, however many need it and wherever it is missing.
pub(super) async fn findings(
    engine: &KubernetesEngine,
    plan: &Plan,
    renderings: &Renderings<'_>,
) -> Vec<Finding> {
    let releases = releases(plan, renderings);
    let unmet = unmet(plan, &releases);
    let looks: Vec<BoxFuture<'_, Presence>> = unmet
        .iter()
        .map(|unmet| look(engine, plan.step(unmet.step), &unmet.requirement.wanted).boxed())
        .collect();
    let looked: Vec<Presence> = iter(looks).buffered(AT_ONCE).collect().await;
    let missing: Vec<(&Unmet, Presence)> = unmet
        .iter()
        .zip(looked)
        .filter(|(_, presence)| *presence != Presence::Present)
        .collect();
    let providers = engine.providers(plan, &releases, &missing).await;
    let mut shortages: Vec<Shortage<'_>> = Vec::new();
    for (unmet, presence) in missing {
        let shortage = Shortage::new(plan, unmet, presence, &providers);
        match shortages.iter_mut().find(|known| known.is_like(&shortage)) {
            Some(known) => known.take_in(shortage),
            None => shortages.push(shortage),
        }
    }
    shortages.iter().map(|it| it.finding(plan)).collect()
}

/// Those that the plan changes by their helmfile.
fn releases<'a>(
    plan: &'a Plan,
    renderings: &'a Renderings<'_>,
) -> BTreeMap<StepId, ReleaseNeeds<'a>> {
    let release = |id: StepId| {
        let (step, name) = release_of(&plan.step(id).kind).ok()?;
        if step.restores.is_some() {
            return None;
        }
        let rendered = renderings.get(&place(step))?;
        let mut releases = rendered.needs(&plan.service, step).into_iter();
        Some((id, releases.find(|needs| needs.release.release == *name)?))
    };
    plan.step_ids().filter_map(release).collect()
}

async fn look(engine: &KubernetesEngine, step: &Step, wanted: &Wanted) -> Presence {
    let Ok((release, _)) = release_of(&step.kind) else {
        return Presence::Present;
    };
    match Cluster::of(&engine.settings, release).await {
        Ok(cluster) => cluster.presence(wanted).await,
        // What is wrong with the kubeconfig is a finding of its own.
        Err(_) => Presence::Present,
    }
}
