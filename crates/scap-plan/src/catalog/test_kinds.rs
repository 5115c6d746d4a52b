//! Tests as a team or an operator declares them.

use super::Key;
use super::checks::{For, path, port};
use crate::reader::{Entry, Fields, Item};
use crate::{HostPattern, HttpbbTest, Period, Test, TestKind};
use std::collections::BTreeMap;

pub(crate) const HTTP_KEYS: &[&str] = &["type", "timeout", "path", "port", "status", "text"];
pub(crate) const PORT_KEYS: &[&str] = &["type", "timeout", "port"];
pub(crate) const COMMAND_KEYS: &[&str] = &["type", "timeout", "command", "environment"];
pub(crate) const HELM_TEST_KEYS: &[&str] = &["type", "timeout"];
pub(crate) const HTTPBB_KEYS: &[&str] = &[
    "type",
    "timeout",
    "request_timeout",
    "files",
    "hosts",
    "https_port",
    "http_port",
    "insecure",
];

pub(crate) const DEFAULT_TIMEOUT: Period = Period::from_secs(10);
/// A pod has to be scheduled and started.
pub(crate) const DEFAULT_HELM_TEST_TIMEOUT: Period = Period::from_secs(300);
/// Some hundred requests, one after the other.
pub(crate) const DEFAULT_HTTPBB_TIMEOUT: Period = Period::from_secs(300);
pub(crate) const DEFAULT_STATUS: u16 = 200;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Http,
    Port,
    Command,
    HelmTest,
    Httpbb,
}

const KINDS: &[(&str, Kind)] = &[
    ("http", Kind::Http),
    ("port", Kind::Port),
    ("command", Kind::Command),
    ("helm_test", Kind::HelmTest),
    ("httpbb", Kind::Httpbb),
];

const PORT_HINT: &str = "each wave waits for readiness probes, which may be of the kind `tcpSocket`; or ask the pods by a test of type http";

pub(crate) fn test(entry: Entry<'_, Key>, target: For) -> Option<Test> {
    let fields = entry.item.open_fields()?;
    let kind = kind(&fields.required("type"), target)?;
    fields.expect(match kind {
        Kind::Http => HTTP_KEYS,
        Kind::Port => PORT_KEYS,
        Kind::Command => COMMAND_KEYS,
        Kind::HelmTest => HELM_TEST_KEYS,
        Kind::Httpbb => HTTPBB_KEYS,
    });
    let default = match kind {
        Kind::HelmTest => DEFAULT_HELM_TEST_TIMEOUT,
        Kind::Httpbb => DEFAULT_HTTPBB_TIMEOUT,
        _ => DEFAULT_TIMEOUT,
    };
    let timeout = fields.or("timeout", default, Item::period);
    let kind = match kind {
        Kind::Http => http(&fields),
        Kind::Port => fields
            .optional("port", port)
            .map(|port| TestKind::Port { port }),
        Kind::Command => command(&fields),
        Kind::HelmTest => Some(TestKind::HelmTest),
        Kind::Httpbb => httpbb(&fields, target).map(TestKind::Httpbb),
    };
    Some(Test {
        name: entry.name.0,
        timeout: timeout?,
        kind: kind?,
        origin: target.origin(),
    })
}

/// A kind that there is for the target.
fn kind(item: &Item<'_>, target: For) -> Option<Kind> {
    let kind = item.choice(KINDS)?;
    match (kind, target) {
        (Kind::HelmTest, For::Hosts) => {
            item.refuse("cannot be helm_test for a service on hosts");
            None
        }
        (Kind::Port, For::Kubernetes | For::AllInKubernetes) => {
            let hint = PORT_HINT.to_owned();
            item.refuse_with_hint(
                "cannot be port in Kubernetes, where no port is asked directly",
                hint,
            );
            None
        }
        _ => Some(kind),
    }
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

fn httpbb(fields: &Fields<'_>, target: For) -> Option<HttpbbTest> {
    let files = fields.required("files").filled_list(Item::owned_text);
    let hosts = match target {
        For::Hosts => fields.or("hosts", Vec::new(), |item| item.filled_list(fixed_host)),
        For::Kubernetes | For::AllInKubernetes => {
            fields.required("hosts").filled_list(Item::parsed)
        }
    };
    let [tls, plain] = ["https_port", "http_port"].map(|key| fields.optional(key, port));
    let insecure = fields.or("insecure", false, Item::truth);
    let request_timeout = fields.or("request_timeout", DEFAULT_TIMEOUT, Item::period);
    Some(HttpbbTest {
        files: files?,
        hosts: hosts?,
        https_port: tls?,
        http_port: plain?,
        insecure: insecure?,
        request_timeout: request_timeout?,
        texts: BTreeMap::new(),
    })
}

/// A host that is the same for all host groups.
fn fixed_host(item: &Item<'_>) -> Option<HostPattern> {
    let host: HostPattern = item.parsed()?;
    if host.has_placeholders() {
        item.refuse("must have no placeholders for a service on hosts, which has no releases");
        return None;
    }
    Some(host)
}
