//! What a plan's counters look like before anything is changed.

use std::collections::BTreeSet;

use scap_plan::{Counters, CountersSource, Evidence, Exposition, Gate, LogCounters, Plan};
use scap_run::Finding;

use super::Checks;
use super::counters::shown;
use super::instances::{Release, Subject};

/// Says once what would go unnoticed later: counters that cannot be read, and errors that nothing seems to count.
pub(super) async fn preflight(checks: &Checks, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate {
            for finding in look(checks, plan, evidence).await {
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
    if let CountersSource::Exposition(wanted) = &counters.source {
        let steps = [&evidence.canary[..], &evidence.control].concat();
        let subjects = checks.subjects(plan, &steps);
        let finding = exposition(checks, &counters.name, wanted, &subjects).await;
        return finding.into_iter().collect();
    }
    // A canary may not be there yet; its control is.
    let mut findings = Vec::new();
    for subject in &checks.subjects(plan, &evidence.control) {
        if let Subject::Release(release) = subject {
            findings.extend(store(checks, counters, release).await);
            if let CountersSource::Logs(source) = &counters.source {
                findings.extend(fields(checks, &counters.name, source, release).await);
            }
        }
    }
    findings
}

async fn exposition(
    checks: &Checks,
    name: &str,
    wanted: &Exposition,
    subjects: &[Subject<'_>],
) -> Option<Finding> {
    let read = checks.read_all(wanted, subjects).await;
    let read = read.into_iter().filter_map(|(_, result)| result.ok());
    // Nothing as soon as one instance has it.
    let alike: Option<Vec<_>> = read.map(|read| read.without_errors).collect();
    let alike = alike.filter(|instances| !instances.is_empty())?;
    let alike: BTreeSet<String> = alike.into_iter().flatten().collect();
    let alike: Vec<String> = alike.into_iter().collect();
    let errors = &wanted.errors;
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

async fn store(checks: &Checks, counters: &Counters, release: &Release<'_>) -> Option<Finding> {
    let name = &counters.name;
    match checks.counted(counters, release).await {
        Err(why) => Some(Finding {
            hint: Some("without data the run will hold, and ask in the end".to_owned()),
            ..Finding::warning(format!(
                "the check `{name}` has no data of {}: {why}",
                release.name
            ))
        }),
        Ok(counted) if counted.is_without_errors => Some(Finding {
            hint: Some(format!(
                "if there should be one, correct `errors` of the check `{name}`"
            )),
            ..Finding::warning(format!(
                "Prometheus has no series of errors of {} yet for the check `{name}`, which counts as no errors",
                release.name
            ))
        }),
        Ok(_) => None,
    }
}

async fn fields(
    checks: &Checks,
    name: &str,
    source: &LogCounters,
    release: &Release<'_>,
) -> Option<Finding> {
    // Why the store does not answer was said already.
    let unusable = checks.unusable_fields(source, release).await.ok()?;
    let unusable: Vec<String> = unusable.iter().map(|field| format!("`{field}`")).collect();
    (!unusable.is_empty()).then(|| Finding {
        hint: Some(
            "see that the index has the field; that of a text is often called `FIELD.keyword`"
                .to_owned(),
        ),
        ..Finding::warning(format!(
            "errors of the check `{name}` cannot be grouped by {} in the log store",
            unusable.join(" and ")
        ))
    })
}
