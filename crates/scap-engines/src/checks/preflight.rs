//! What a plan's counters look like before anything is changed.

use std::collections::BTreeSet;

use scap_plan::{Evidence, Gate, Plan};
use scap_run::Finding;

use super::Checks;
use super::counters::{Wanted, shown};
use super::instances::Subject;
use super::scope::Scope;

/// What becomes of a check without data.
pub(super) const NO_DATA: &str = "without data the run will hold, and ask in the end";

/// Says once what would go unnoticed later: counters that cannot be read, and errors that nothing seems to count.
pub(super) async fn preflight(checks: &Checks, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate {
            let unsendable = checks.unsendable(plan, evidence);
            for finding in look(checks, plan, evidence)
                .await
                .into_iter()
                .chain(unsendable)
            {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
    findings
}

async fn look(checks: &Checks, plan: &Plan, evidence: &Evidence) -> Vec<Finding> {
    let counters = &evidence.counters;
    if let Some(wanted) = Wanted::of(&counters.source) {
        let steps = [&evidence.canary[..], &evidence.control].concat();
        let subjects = checks.subjects(plan, &steps);
        let finding = exposition(checks, &counters.name, wanted, &subjects).await;
        return finding.into_iter().collect();
    }
    if counters.is_shared {
        return checks
            .probe_scope(counters, Scope::Shared(&counters.name))
            .await;
    }
    // A canary may not be there yet; its control is. A watch has no control: what it counts runs already, mostly.
    let there = match evidence.watch {
        Some(_) => &evidence.canary,
        None => &evidence.control,
    };
    let mut findings = Vec::new();
    for subject in &checks.subjects(plan, there) {
        if let Subject::Release(release) = subject {
            let scope = Scope::Release(release);
            findings.extend(checks.probe_scope(counters, scope).await);
        }
    }
    findings
}

async fn exposition(
    checks: &Checks,
    name: &str,
    wanted: Wanted<'_>,
    subjects: &[Subject<'_>],
) -> Option<Finding> {
    let all = checks.read_all(wanted, subjects).await;
    let (mut read, mut unread) = (Vec::new(), Vec::new());
    for (instance, result) in all {
        match result {
            Ok(seen) => read.push(seen),
            Err(why) => unread.push((instance, why)),
        }
    }
    if read.is_empty() {
        // Instances that do not answer may do so once they are deployed.
        let (instance, unread) = unread
            .into_iter()
            .find(|(_, unread)| unread.is_of_the_check)?;
        return Some(Finding {
            hint: Some(NO_DATA.to_owned()),
            ..Finding::warning(format!(
                "the check `{name}` cannot read any instance; {instance}: {}",
                unread.why
            ))
        });
    }
    let read = read.into_iter();
    // Nothing as soon as one instance has it.
    let alike: Option<Vec<_>> = read.map(|read| read.without_errors).collect();
    let alike = alike.filter(|instances| !instances.is_empty())?;
    let alike: BTreeSet<String> = alike.into_iter().flatten().collect();
    let alike: Vec<String> = alike.into_iter().collect();
    let errors = wanted.errors()?;
    Some(Finding {
        hint: Some(format!(
            "if it is another one, correct `errors` of the check `{name}`"
        )),
        ..Finding::warning(format!(
            "no instance has the counter `{errors}` yet, which counts as no errors{}",
            shown(&alike)
        ))
    })
}
