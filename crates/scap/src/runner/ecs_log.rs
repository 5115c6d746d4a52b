//! What runs do and what their programs print, appended to a file that a shipper of logs follows: a line of JSON each, with
//! the fields of the Elastic Common Schema.

use anstream::adapter::strip_str;
use jiff::Timestamp;
use scap_journal::Recorded;
use scap_run::{RunState, UnixMillis};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// All fields below are of this version and of later ones.
const ECS_VERSION: &str = "8.11.0";

/// The file, which others may rotate by copying and truncating it.
pub(crate) struct EcsLog {
    file: Mutex<File>,
    host: String,
    is_failing: AtomicBool,
}

/// What a line is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Event(&'a Recorded),
    /// What a program of this step printed.
    Output {
        step: &'a str,
    },
}

impl EcsLog {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.append(true).create(true).mode(0o640).open(path)?;
        let host = rustix::system::uname();
        Ok(Self {
            file: Mutex::new(file),
            host: host.nodename().to_string_lossy().into_owned(),
            is_failing: AtomicBool::new(false),
        })
    }

    /// Runs go on also where nothing can be written; that is said once.
    pub(super) fn write(&self, of: &RunState, at: UnixMillis, message: &str, source: Source<'_>) {
        let line = format!("{}\n", line(&self.host, of, (at, message), source));
        let file = self.file.lock();
        let written = file.map_or(Ok(()), |mut file| file.write_all(line.as_bytes()));
        let was_failing = self.is_failing.swap(written.is_err(), Ordering::Relaxed);
        if let Err(error) = written
            && !was_failing
        {
            tracing::error!("`ecs_log` cannot be written: {error}");
        }
    }
}

fn line(host: &str, of: &RunState, (at, message): (UnixMillis, &str), source: Source<'_>) -> Value {
    let at = Timestamp::from_millisecond(at.0).unwrap_or_default();
    let mut line = json!({
        "@timestamp": at.to_string(),
        "ecs": { "version": ECS_VERSION },
        "message": strip_str(message).to_string(),
        "event": { "kind": "event", "module": "scap" },
        "labels": { "run": of.run.to_string() },
        "service": { "name": of.plan.service },
        "user": { "name": of.person },
        "host": { "name": host },
    });
    match source {
        Source::Event(recorded) => {
            let event = serde_json::to_value(&recorded.event).unwrap_or_default();
            line["event"]["dataset"] = json!("scap.run");
            line["event"]["action"] = event["event"].clone();
            line["event"]["sequence"] = json!(recorded.seq);
        }
        Source::Output { step } => {
            line["event"]["dataset"] = json!("scap.output");
            line["labels"]["step"] = json!(step);
        }
    }
    line
}

#[cfg(test)]
mod tests;
