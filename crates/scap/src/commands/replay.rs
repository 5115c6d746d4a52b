//! `scap replay RUN` and `scap replay --since PERIOD`

use crate::cli::ReplayArguments;
use crate::clock::now;
use crate::context::Context;
use crate::control::verb::{Past, ReplayRuns, ReplayedRuns};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view::replay::{self, Scores};
use scap_plan::Period;
use scap_run::{RunId, UnixMillis};
use serde_json::json;

pub(crate) async fn run(context: &Context, arguments: ReplayArguments) -> Result<Exit, Trouble> {
    let changes = arguments.changes.iter().map(|change| pair(change));
    let changes = changes.collect::<Result<_, _>>()?;
    let which = which(&arguments)?;
    let replayed = context.ask(ReplayRuns { which, changes }).await?;
    context.show(&data(&replayed), |width| replay::page(&replayed, width))?;
    Ok(Exit::Done)
}

fn which(arguments: &ReplayArguments) -> Result<Past, Trouble> {
    if let Some(run) = arguments.run {
        return Ok(Past::Run { run: RunId(run) });
    }
    let period = arguments.since.clone().unwrap_or_default();
    let period = Period::try_from(period)
        .map_err(|error| Trouble::usage(format!("`--since` {error}"), "for example `30d`"))?;
    let ago = i64::try_from(period.milliseconds()).unwrap_or(i64::MAX);
    Ok(Past::Since {
        since: UnixMillis(now().0.saturating_sub(ago)),
        service: arguments.service.clone(),
    })
}

fn pair(change: &str) -> Result<(String, String), Trouble> {
    let (setting, value) = change.split_once('=').ok_or_else(|| {
        Trouble::usage(
            format!("`--set {change}` names no value"),
            "write it as `tolerated_ratio=1.5`",
        )
    })?;
    Ok((setting.trim().to_owned(), value.trim().to_owned()))
}

fn data(replayed: &ReplayedRuns) -> serde_json::Value {
    let runs: Vec<_> = replayed
        .runs
        .iter()
        .map(|run| {
            let summary = &run.summary;
            json!({
                "run": summary.run,
                "service": summary.service,
                "version": summary.version,
                "outcome": summary.outcome,
                "gates": run.replays,
            })
        })
        .collect();
    let checks: Vec<_> = Scores::of(replayed)
        .into_iter()
        .map(|((service, check), scores)| {
            json!({ "service": service, "check": check, "then": scores.then, "now": scores.now })
        })
        .collect();
    json!({ "runs": runs, "checks": checks, "damaged": replayed.damaged })
}
