//! `scap smoke FILE… --hosts HOST,…`

use crate::cli::SmokeArguments;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::settings;
use crate::trouble::Trouble;
use crate::view;
use scap_engines::checks::{HttpbbSettings, HttpbbTarget, smoke};
use scap_engines::secrets::KnownSecrets;
use scap_plan::{Httpbb, HttpbbHost, Period};
use serde_json::json;
use std::path::PathBuf;

pub(crate) async fn run(context: &Context, arguments: &SmokeArguments) -> Result<Exit, Trouble> {
    let settings = HttpbbSettings {
        insecure: arguments.insecure,
        request_timeout: period(&arguments.timeout)?,
        timeout: None,
        secrets: KnownSecrets::default(),
    };
    let targets = targets(arguments)?;
    let files = files(&arguments.files)?;
    let reports = smoke(&settings, &files, &targets).await;
    context.show(&json!({ "hosts": reports }), |width| {
        view::smoke::page(&reports, width)
    })?;
    Ok(if reports.iter().all(|report| report.passed) {
        Exit::Done
    } else {
        Exit::Refused
    })
}

fn period(text: &str) -> Result<Period, Trouble> {
    let period = Period::try_from(text.to_owned()).map_err(|error| error.to_string());
    let period = period.and_then(|it| match it.milliseconds() {
        0 => Err("must be longer than nothing".to_owned()),
        _ => Ok(it),
    });
    period.map_err(|error| Trouble::usage(format!("`--timeout` {error}"), "without it, it is 10s"))
}

/// Each host once, in the order in which they are named.
fn targets(arguments: &SmokeArguments) -> Result<Vec<HttpbbTarget>, Trouble> {
    let mut targets = Vec::new();
    for written in &arguments.hosts {
        let host = HttpbbHost::try_from(written.clone()).map_err(|error| {
            let hint = "name hosts or addresses, separated by commas; ports are given by `--https_port` and `--http_port`";
            Trouble::usage(format!("host `{written}` {error}"), hint)
        })?;
        let target = HttpbbTarget {
            name: host.to_string(),
            address: host.as_str().to_owned(),
            https_port: arguments.https_port,
            http_port: arguments.http_port,
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// All of them, or everything that is wrong with all of them.
fn files(paths: &[PathBuf]) -> Result<Vec<Httpbb>, Trouble> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        match Httpbb::read(&settings::read(path)?) {
            Ok(file) => files.push(file),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if errors.is_empty() {
        Ok(files)
    } else {
        Err(Trouble::Config(errors))
    }
}
