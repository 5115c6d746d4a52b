//! What the shop counts about itself, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Counters since the service started. Pages count; `/healthz`, `/version` and `/metrics` do not.
pub(super) struct Metrics {
    started: Instant,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    requests_by_status: BTreeMap<u16, u64>,
    errors_by_signature: BTreeMap<String, u64>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let counts = Counts {
            // A counter that is there from the start can be told from one that was lost.
            requests_by_status: BTreeMap::from([(200, 0)]),
            ..Counts::default()
        };
        Self {
            started: Instant::now(),
            counts: Mutex::new(counts),
        }
    }

    /// Counts one answered request, and its error if it was one.
    pub(super) fn count(&self, status: u16, error_signature: Option<&str>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.requests_by_status.entry(status).or_default() += 1;
        if let Some(signature) = error_signature {
            *counts
                .errors_by_signature
                .entry(signature.to_owned())
                .or_default() += 1;
        }
    }

    pub(super) fn text(&self, version: &str) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = header(
            "shop_requests_total",
            "counter",
            "Pages asked for, by the status of the answer.",
        );
        for (status, count) in &counts.requests_by_status {
            sample(
                &mut text,
                "shop_requests_total",
                ("status", &status.to_string()),
                *count,
            );
        }
        text += &header(
            "shop_errors_total",
            "counter",
            "Pages that could not be made, by kind of error and template.",
        );
        for (signature, count) in &counts.errors_by_signature {
            sample(
                &mut text,
                "shop_errors_total",
                ("signature", signature),
                *count,
            );
        }
        text += &header("shop_build_info", "gauge", "The version that serves.");
        sample(&mut text, "shop_build_info", ("version", version), 1);
        text += &header(
            "shop_uptime_seconds",
            "gauge",
            "Seconds since the service started.",
        );
        let _ = writeln!(
            text,
            "shop_uptime_seconds {:.3}",
            self.started.elapsed().as_secs_f64()
        );
        text
    }
}

fn header(name: &str, kind: &str, help: &str) -> String {
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

fn sample(text: &mut String, name: &str, (label, value): (&str, &str), count: u64) {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {count}");
}
