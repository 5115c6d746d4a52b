//! What the past says of a check of a service.

use super::Desk;
use crate::control::verb::{AnalyzeHistory, AnalyzedHistory, Wanted};
use crate::planning;
use crate::trouble::Trouble;
use crate::view::words;
use scap_engines::checks::window;
use scap_plan::{Counters, CountersSource, Evidence, Gate, Plan, StepId};
use scap_run::Failure;
use scap_run::history::{History, Kind, Pair, analyze};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of errors that are told.
const KINDS: usize = 20;

impl Desk {
    pub(super) async fn analyze_history(
        &self,
        ask: &AnalyzeHistory,
    ) -> Result<AnalyzedHistory, Trouble> {
        let (settings, wiring) = self.wired()?;
        let service = planning::service(&settings, &ask.service)?;
        let counters = chosen(&service.team.checks, ask)?.clone();
        let plan = planning::unobserved(&settings, &wiring, &service, &Wanted::default()).await?;
        let gates = gates(&plan, &counters.name);
        let steps = steps(&plan, &gates);
        let mut histories = Vec::new();
        for step in &steps {
            let history = wiring.history(&plan, &counters, (*step, ask.days)).await;
            let release = plan.step(*step).to_string();
            histories.push(history.map_err(|why| no_history(&release, &why))?);
        }
        let window_milliseconds = window(&counters).milliseconds();
        let kinds = kinds(&mut histories);
        let analysis = {
            let pairs: Vec<Pair> = gates.iter().map(|gate| pair(&plan, gate, &steps)).collect();
            let settings = counters.settings.clone();
            let milliseconds = u32::try_from(window_milliseconds).unwrap_or(u32::MAX);
            let work = move || analyze(&histories, &pairs, &settings, milliseconds);
            // A month takes seconds, and others ask as well.
            let worked = tokio::task::spawn_blocking(work).await;
            let worked = worked
                .map_err(|error| Failure::failed("the past is too much").caused_by(&error))?;
            worked.map_err(|error| {
                Trouble::usage(error.to_string(), "correct the check's settings")
            })?
        };
        Ok(AnalyzedHistory {
            check: counters.name.clone(),
            settings: counters.settings,
            days: ask.days,
            window_milliseconds,
            releases: steps
                .iter()
                .map(|step| plan.step(*step).to_string())
                .collect(),
            analysis,
            kinds,
        })
    }
}

fn no_history(release: &str, why: &str) -> Failure {
    Failure::failed(format!("the past of {release} cannot be read: {why}"))
        .hint("`scap check SERVICE` tries the same queries as of now; fewer `--days` ask for less")
}

/// The check that is named; else the only one that stores have a past of, of logs first.
fn chosen<'a>(checks: &'a [Counters], ask: &AnalyzeHistory) -> Result<&'a Counters, Trouble> {
    let is_of_logs = |check: &&Counters| matches!(check.source, CountersSource::Logs(_));
    let has_past = |check: &&Counters| {
        is_of_logs(check) || matches!(check.source, CountersSource::Prometheus(_))
    };
    if let Some(name) = &ask.check {
        let found = checks.iter().find(|check| check.name == *name);
        return found.ok_or_else(|| {
            let message = format!("service `{}` has no check `{name}`", ask.service);
            Trouble::usage(message, known(checks))
        });
    }
    let [logs, all] = [
        checks.iter().filter(is_of_logs).collect::<Vec<_>>(),
        checks.iter().filter(has_past).collect(),
    ];
    match (logs.as_slice(), all.as_slice()) {
        ([only], _) | ([], [only]) => Ok(only),
        ([], []) => Err(Trouble::usage(
            format!(
                "service `{}` has no check that stores have a past of",
                ask.service
            ),
            "declare one of type `logs` or `prometheus`; `mode: shadow` keeps it from blocking",
        )),
        _ => Err(Trouble::usage(
            format!("service `{}` has several checks", ask.service),
            format!("name one with `--check`; {}", known(checks)),
        )),
    }
}

fn known(checks: &[Counters]) -> String {
    let names: Vec<String> = checks
        .iter()
        .map(|check| format!("`{}`", check.name))
        .collect();
    format!("known checks are {}", names.join(", "))
}

/// The gates that the check has in a deployment, each pair of sides once.
fn gates<'a>(plan: &'a Plan, check: &str) -> Vec<&'a Evidence> {
    let mut gates: Vec<&Evidence> = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate
            && evidence.counters.name == check
            && evidence.watch.is_none()
            && !gates.contains(&evidence)
        {
            gates.push(evidence);
        }
    }
    gates
}

/// All that the gates look at; every release where there is no gate.
fn steps(plan: &Plan, gates: &[&Evidence]) -> Vec<StepId> {
    let sides = gates
        .iter()
        .flat_map(|gate| gate.canary.iter().chain(&gate.control));
    let steps: BTreeSet<StepId> = sides.copied().collect();
    if steps.is_empty() {
        return plan.step_ids().collect();
    }
    steps.into_iter().collect()
}

fn pair(plan: &Plan, gate: &Evidence, steps: &[StepId]) -> Pair {
    let side = |of_gate: &[StepId]| {
        let places = of_gate
            .iter()
            .map(|step| steps.iter().position(|other| other == step));
        places.flatten().collect()
    };
    Pair {
        name: words::sides(gate, plan),
        canary: side(&gate.canary),
        control: side(&gate.control),
    }
}

/// Of all releases together, the commonest first.
fn kinds(histories: &mut [History]) -> Vec<Kind> {
    let mut all: BTreeMap<String, Kind> = BTreeMap::new();
    for kind in histories
        .iter_mut()
        .flat_map(|history| std::mem::take(&mut history.kinds))
    {
        match all.get_mut(&kind.signature) {
            Some(known) => known.errors = known.errors.saturating_add(kind.errors),
            None => _ = all.insert(kind.signature.clone(), kind),
        }
    }
    let mut all: Vec<Kind> = all.into_values().collect();
    all.sort_by_key(|kind| Reverse(kind.errors));
    all.truncate(KINDS);
    all
}
