//! What a plan's counters look like before anything is changed.

use std::collections::BTreeSet;

use scap_plan::{Counters, Evidence, Gate, Plan, StepId};
use scap_run::Finding;

use super::Checks;
use super::counters::shown;

/// Says once what would go unnoticed later: an error counter that no instance has, which counts as no errors.
pub(super) async fn preflight(checks: &Checks, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate {
            findings.extend(look(checks, plan, evidence).await);
        }
    }
    findings
}

async fn look(checks: &Checks, plan: &Plan, evidence: &Evidence) -> Option<Finding> {
    let steps: Vec<StepId> = [&evidence.canary[..], &evidence.control].concat();
    let read = checks.read_all(plan, &evidence.counters, &steps).await;
    let read = read.into_iter().filter_map(|(_, result)| result.ok());
    // Nothing as soon as one instance has it.
    let alike: Option<Vec<_>> = read.map(|read| read.without_errors).collect();
    let alike = alike.filter(|instances| !instances.is_empty())?;
    let alike = alike.into_iter().flatten().collect();
    Some(without_errors(&evidence.counters, alike))
}

fn without_errors(counters: &Counters, alike: BTreeSet<String>) -> Finding {
    let alike: Vec<String> = alike.into_iter().collect();
    let (name, errors) = (&counters.name, &counters.errors);
    Finding {
        hint: Some(format!(
            "if it is another one, correct `errors` of the check `{name}`"
        )),
        ..Finding::warning(format!(
            "no instance has the counter `{errors}` yet, which counts as no errors{}",
            shown(&alike)
        ))
    }
}
