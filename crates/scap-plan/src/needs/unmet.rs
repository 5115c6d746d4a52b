//! What the steps of a plan need and no step before them brings.

use super::{Graph, ReleaseNeeds, Requirement};
use crate::{Plan, StepId, WaveId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a step needs and no step before it brings: the cluster may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmet {
    pub step: StepId,
    pub requirement: Requirement,
    /// Steps that bring it, though not before.
    pub brought_by: Vec<StepId>,
}

/// All that the steps need and that is not there by the time, as far as the plan goes; each thing once a step, and what
/// may be needed last.
pub fn unmet(plan: &Plan, releases: &BTreeMap<StepId, ReleaseNeeds<'_>>) -> Vec<Unmet> {
    let steps: Vec<StepId> = releases.keys().copied().collect();
    let nodes: Vec<ReleaseNeeds<'_>> = releases.values().cloned().collect();
    let graph = Graph::new(&nodes, &[]);
    let mut found: Vec<Unmet> = Vec::new();
    for missing in graph.missing() {
        let step = nodes
            .iter()
            .position(|node| node.release == missing.release);
        found.extend(step.map(|index| Unmet {
            step: steps[index],
            requirement: missing.requirement.clone(),
            brought_by: Vec::new(),
        }));
    }
    let mut brought: Vec<Unmet> = Vec::new();
    for edge in graph.edges() {
        for requirement in &edge.reasons {
            let (step, by) = (steps[edge.release], steps[edge.needs]);
            let known = brought
                .iter_mut()
                .find(|known| known.step == step && known.requirement == *requirement);
            match known {
                Some(known) => known.brought_by.push(by),
                None => brought.push(Unmet {
                    step,
                    requirement: requirement.clone(),
                    brought_by: vec![by],
                }),
            }
        }
    }
    let in_time = |unmet: &Unmet| {
        let mut steps = unmet.brought_by.iter();
        steps.any(|step| is_before(plan, *step, unmet.step))
    };
    found.extend(brought.into_iter().filter(|unmet| !in_time(unmet)));
    // What is certain says all that a guess at the same says.
    found.sort_by_key(|unmet| (!unmet.requirement.is_certain, unmet.step));
    let mut seen = Vec::new();
    found.retain(|unmet| {
        let key = (unmet.step, unmet.requirement.wanted.clone());
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    found
}

/// Whether `step` starts only when `first` has succeeded.
fn is_before(plan: &Plan, first: StepId, step: StepId) -> bool {
    let wave = |id: StepId| {
        let mut waves = plan.waves.iter();
        waves.position(|wave| wave.steps.contains(&id)).map(WaveId)
    };
    let needs = &plan.step(step).needs;
    wave(first) < wave(step)
        || needs
            .iter()
            .any(|needed| *needed == first || is_before(plan, first, *needed))
}
