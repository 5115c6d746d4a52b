//! Past runs judged again, by the checks as they are declared now.

use super::Desk;
use crate::control::verb::{Past, ReplayRuns, ReplayedRun, ReplayedRuns};
use crate::planning;
use crate::trouble::Trouble;
use scap_journal::{Journal, JournalError, RunSummary};
use scap_plan::{Counters, CountersSettings, Service};
use scap_run::evidence::Settings;
use scap_run::{RunId, replay};
use serde_json::Value;

impl Desk {
    pub(super) async fn replay_runs(&self, ask: &ReplayRuns) -> Result<ReplayedRuns, Trouble> {
        let settings = self.settings()?;
        let inputs = planning::inputs(&settings)?;
        let service = |name: &str| match inputs.service(name) {
            Ok(service) => {
                planning::with_team_file(&settings, service).map_err(|it| it.to_string())
            }
            Err(_) => Err("its service is in the catalog no more".to_owned()),
        };
        // What is wrong with a change is wrong for every check.
        changed(&CountersSettings::default(), &ask.changes)?;
        let (summaries, damaged) = match &ask.which {
            Past::Run { run } => (vec![self.journal.run(*run)?], Vec::new()),
            Past::Since { since, service } => {
                let listing = self.journal.runs(service.as_deref(), u32::MAX)?;
                let runs = listing.runs.into_iter();
                let recent = runs.filter(|run| run.created >= *since);
                (recent.collect(), listing.damaged)
            }
        };
        let mut replayed = ReplayedRuns {
            runs: Vec::new(),
            damaged,
        };
        for summary in summaries {
            let run = summary.run;
            match replayed_run(&self.journal, summary, service, &ask.changes) {
                Ok(judged) => replayed.runs.push(judged),
                Err(Trouble::Journal(JournalError::DamagedRun(_))) if is_one_of_many(ask) => {
                    replayed.damaged.push(run);
                }
                Err(trouble) => return Err(trouble),
            }
            // Others ask as well, and a year of runs takes its time.
            tokio::task::yield_now().await;
        }
        Ok(replayed)
    }
}

fn is_one_of_many(ask: &ReplayRuns) -> bool {
    matches!(ask.which, Past::Since { .. })
}

fn replayed_run(
    journal: &Journal,
    summary: RunSummary,
    service: impl Fn(&str) -> Result<Service, String>,
    changes: &[(String, String)],
) -> Result<ReplayedRun, Trouble> {
    let run: RunId = summary.run;
    let (state, _) = journal.fold(run)?;
    let service = service(&summary.service);
    let declared = |name: &str| declared(service.as_ref().map_err(Clone::clone)?, name, changes);
    let replays = replay(&state, declared).map_err(refused)?;
    Ok(ReplayedRun { summary, replays })
}

/// A check as it is declared now, with the changes.
fn declared(
    service: &Service,
    check: &str,
    changes: &[(String, String)],
) -> Result<Counters, String> {
    let mut checks = service.team.checks.iter();
    let found = checks.find(|found| found.name == check);
    let mut found = found
        .ok_or_else(|| "it is declared no more".to_owned())?
        .clone();
    found.settings = changed(&found.settings, changes).map_err(|trouble| trouble.to_string())?;
    Ok(found)
}

/// Settings with other values, by their names in files.
fn changed(
    settings: &CountersSettings,
    changes: &[(String, String)],
) -> Result<CountersSettings, Trouble> {
    let mut fields = data(settings);
    for (name, value) in changes {
        let is_number = fields.get(name).is_some_and(Value::is_number);
        fields[name] = match value.parse() {
            Ok(number) if is_number => Value::Number(number),
            _ => Value::String(value.clone()),
        };
    }
    let settings: CountersSettings = serde_json::from_value(fields)
        .map_err(|error| Trouble::usage(format!("`--set` cannot be used: {error}"), HINT))?;
    // What nobody has read is no setting.
    let read = data(&settings);
    if let Some((name, _)) = changes.iter().find(|(name, _)| read.get(name).is_none()) {
        return Err(unknown(name, &read));
    }
    Settings::from(&settings).validate().map_err(refused)?;
    Ok(settings)
}

fn data(settings: &CountersSettings) -> Value {
    serde_json::to_value(settings).expect("settings have string keys only")
}

const HINT: &str = "settings are written as in a check: `tolerated_ratio=1.5,minimum_hold=1m`";

fn unknown(name: &str, fields: &Value) -> Trouble {
    let known = fields
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    let known: Vec<String> = known.map(|key| format!("`{key}`")).collect();
    Trouble::usage(
        format!("`--set` knows no setting `{name}`"),
        format!("known settings are {}", known.join(", ")),
    )
}

fn refused(error: scap_run::evidence::SettingsError) -> Trouble {
    Trouble::usage(format!("`--set` cannot be used: {error}"), HINT)
}

#[cfg(test)]
mod tests;
