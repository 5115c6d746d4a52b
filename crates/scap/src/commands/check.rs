//! `scap check SERVICE`

use crate::context::Context;
use crate::control::verb::{Tried, TryChecks};
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use scap_run::TestReport;
use serde_json::json;
use std::path::Path;

pub(crate) async fn run(
    context: &Context,
    service: String,
    junit: Option<&Path>,
) -> Result<Exit, Trouble> {
    let ask = TryChecks {
        service: service.clone(),
    };
    let tried = context.ask(ask).await?;
    let Tried { reports, looks, .. } = &tried;
    if let Some(file) = junit {
        let suites = view::junit::of_checks(&service, reports, looks);
        Context::write(file, &view::junit::document(&suites))?;
    }
    let has_failed = reports.iter().any(TestReport::blocks)
        || looks.iter().any(|look| !look.snapshot.missing.is_empty());
    context.show(&data(&tried), |width| view::check::page(&tried, width))?;
    Ok(if has_failed {
        Exit::Refused
    } else {
        Exit::Done
    })
}

fn data(tried: &Tried) -> serde_json::Value {
    let counters: Vec<_> = tried
        .looks
        .iter()
        .map(|look| {
            let instances = look.snapshot.instances.iter();
            let instances: Vec<_> = instances
                .map(|(name, seen)| json!({ "instance": name, "requests": seen.requests, "errors": seen.errors }))
                .collect();
            json!({ "check": look.counters.name, "instances": instances, "missing": look.snapshot.missing })
        })
        .collect();
    json!({ "tests": tried.reports, "counters": counters, "findings": tried.findings })
}
