//! Tests and error counters as a team declares them.

use super::Key;
use crate::reader::{Entry, Fields, Item};
use crate::{Counters, CountersSettings, Period, Test, TestKind};

pub(crate) const COUNTERS_KEYS: &[&str] = &[
    "type",
    "port",
    "path",
    "requests",
    "errors",
    "signature",
    "false_alarm_rate",
    "tolerated_ratio",
    "error_budget",
    "minimum_requests",
    "minimum_hold",
    "maximum_hold",
];
pub(crate) const HTTP_KEYS: &[&str] = &["type", "timeout", "path", "port", "status", "text"];
pub(crate) const PORT_KEYS: &[&str] = &["type", "timeout", "port"];
pub(crate) const COMMAND_KEYS: &[&str] = &["type", "timeout", "command", "environment"];

pub(crate) const MOST_REQUESTS: u64 = 1_000_000_000;
pub(crate) const DEFAULT_TIMEOUT: Period = Period::from_secs(10);
pub(crate) const DEFAULT_STATUS: u16 = 200;
pub(crate) const DEFAULT_METRICS_PATH: &str = "/metrics";

pub(super) fn counters(entry: Entry<'_, Key>) -> Option<Counters> {
    let fields = entry.item.fields(COUNTERS_KEYS)?;
    let kind = fields.required("type").choice(&[("counters", ())]);
    let port = fields.optional("port", port);
    let path = fields.or("path", DEFAULT_METRICS_PATH.to_owned(), path);
    let requests = fields.required("requests").text();
    let errors = fields.required("errors").text();
    let signature = fields.optional("signature", Item::owned_text);
    let settings = settings(&fields);
    kind?;
    Some(Counters {
        name: entry.name.0,
        port: port?,
        path: path?,
        requests: requests?.to_owned(),
        errors: errors?.to_owned(),
        signature: signature?,
        settings: settings?,
    })
}

fn settings(fields: &Fields<'_>) -> Option<CountersSettings> {
    let default = CountersSettings::default();
    let share = |item: &Item<'_>| {
        item.number("a number between 0 and 1", |share: &f64| {
            *share > 0.0 && *share < 1.0
        })
    };
    let false_alarm_rate = fields.or("false_alarm_rate", default.false_alarm_rate, share);
    let tolerated_ratio = fields.or("tolerated_ratio", default.tolerated_ratio, |item| {
        item.number("a number that is at least 1", |ratio: &f64| {
            *ratio >= 1.0 && ratio.is_finite()
        })
    });
    let error_budget = fields.or("error_budget", default.error_budget, share);
    let minimum_requests = fields.or("minimum_requests", default.minimum_requests, |item| {
        item.whole(1..=MOST_REQUESTS)
    });
    let minimum_hold = fields.or("minimum_hold", default.minimum_hold, Item::period);
    let maximum_hold = fields.or("maximum_hold", default.maximum_hold, Item::period);
    let (minimum_hold, maximum_hold) = (minimum_hold?, maximum_hold?);
    if minimum_hold > maximum_hold {
        let item = fields.required(if fields.has("minimum_hold") {
            "minimum_hold"
        } else {
            "maximum_hold"
        });
        item.refuse(&format!(
            "must leave minimum_hold ({minimum_hold}) no longer than maximum_hold ({maximum_hold})"
        ));
        return None;
    }
    Some(CountersSettings {
        false_alarm_rate: false_alarm_rate?,
        tolerated_ratio: tolerated_ratio?,
        error_budget: error_budget?,
        minimum_requests: minimum_requests?,
        minimum_hold,
        maximum_hold,
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Port,
    Command,
}

const KINDS: &[(&str, Kind)] = &[
    ("http", Kind::Http),
    ("port", Kind::Port),
    ("command", Kind::Command),
];

pub(super) fn test(entry: Entry<'_, Key>) -> Option<Test> {
    let fields = entry.item.open_fields()?;
    let kind = fields.required("type").choice(KINDS)?;
    fields.expect(match kind {
        Kind::Http => HTTP_KEYS,
        Kind::Port => PORT_KEYS,
        Kind::Command => COMMAND_KEYS,
    });
    let timeout = fields.or("timeout", DEFAULT_TIMEOUT, Item::period);
    let kind = match kind {
        Kind::Http => http(&fields),
        Kind::Port => fields
            .optional("port", port)
            .map(|port| TestKind::Port { port }),
        Kind::Command => command(&fields),
    };
    Some(Test {
        name: entry.name.0,
        timeout: timeout?,
        kind: kind?,
    })
}

fn http(fields: &Fields<'_>) -> Option<TestKind> {
    let path = path(&fields.required("path"));
    let port = fields.optional("port", port);
    let status = fields.or("status", DEFAULT_STATUS, |item| item.whole(100..=599));
    let text = fields.optional("text", Item::owned_text);
    Some(TestKind::Http {
        path: path?,
        port: port?,
        status: status?,
        text: text?,
    })
}

fn command(fields: &Fields<'_>) -> Option<TestKind> {
    let command = fields.required("command").filled_list(Item::owned_text);
    let environment = fields.or("environment", Vec::new(), |item| {
        item.each(("variable", "variables"), |entry: Entry<'_, Key>| {
            Some((entry.name.0, entry.item.owned_text()?))
        })
    });
    Some(TestKind::Command {
        command: command?,
        environment: environment?.into_iter().collect(),
    })
}

fn port(item: &Item<'_>) -> Option<u16> {
    item.whole(1..=u16::MAX)
}

fn path(item: &Item<'_>) -> Option<String> {
    let path = item.text()?;
    if path.starts_with('/') && !path.contains(' ') {
        return Some(path.to_owned());
    }
    item.refuse("must begin with `/` and have no spaces");
    None
}
