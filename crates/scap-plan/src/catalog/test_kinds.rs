//! Tests as a team or an operator declares them.

use super::checks::{For, path, port};
use super::{Key, test_terms};
use crate::reader::{Entry, Fields, Item};
use crate::{
    BaseUrl, HostPattern, HttpbbTest, Passes, Period, SpecificationPlace, Test, TestKind, Warning,
};
use std::collections::BTreeMap;

pub(crate) const HTTP_KEYS: &[&str] = &["type", "timeout", "path", "port", "status", "text"];
pub(crate) const PORT_KEYS: &[&str] = &["type", "timeout", "port"];
pub(crate) const COMMAND_KEYS: &[&str] = &["type", "timeout", "command", "environment", "base_url"];
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

pub(crate) const OPENAPI_KEYS: &[&str] = &["type", "timeout", "path", "file", "port"];
pub(crate) const REQUESTS_KEYS: &[&str] = &[
    "type",
    "timeout",
    "path",
    "port",
    "count",
    "side_by_side",
    "passes",
];
pub(crate) const NRPE_KEYS: &[&str] = &["type", "timeout", "command", "warning"];
pub(crate) const SCRIPT_KEYS: &[&str] = &["type", "timeout", "script"];
pub(crate) const PASSES_KEYS: &[&str] = &["at_least", "at_most"];

/// More is a load test.
pub(crate) const MOST_REQUESTS: u32 = 10_000;
pub(crate) const MOST_SIDE_BY_SIDE: u32 = 100;
pub(crate) const DEFAULT_SIDE_BY_SIDE: u32 = 10;
pub(crate) const DEFAULT_TIMEOUT: Period = Period::from_secs(10);
/// For all requests together.
pub(crate) const DEFAULT_TIMEOUT_OF_MANY: Period = Period::from_secs(60);
/// What scap3 gives its checks.
pub(crate) const DEFAULT_TIMEOUT_ON_HOSTS: Period = Period::from_secs(30);
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
    OpenApi,
    Requests,
    Nrpe,
    Script,
}

const KINDS: &[(&str, Kind)] = &[
    ("http", Kind::Http),
    ("port", Kind::Port),
    ("command", Kind::Command),
    ("helm_test", Kind::HelmTest),
    ("httpbb", Kind::Httpbb),
    ("openapi", Kind::OpenApi),
    ("requests", Kind::Requests),
    ("nrpe", Kind::Nrpe),
    ("script", Kind::Script),
];

const WARNINGS: &[(&str, Warning)] = &[("passes", Warning::Passes), ("fails", Warning::Fails)];

const PORT_HINT: &str = "each wave waits for readiness probes, which may be of the kind `tcpSocket`; or ask the pods by a test of type http";

pub(crate) fn test(entry: Entry<'_, Key>, target: For) -> Option<Test> {
    let fields = entry.item.open_fields()?;
    let kind = kind(&fields.required("type"), target)?;
    let keys = match kind {
        Kind::Http => HTTP_KEYS,
        Kind::Port => PORT_KEYS,
        Kind::Command => COMMAND_KEYS,
        Kind::HelmTest => HELM_TEST_KEYS,
        Kind::Httpbb => HTTPBB_KEYS,
        Kind::OpenApi => OPENAPI_KEYS,
        Kind::Requests => REQUESTS_KEYS,
        Kind::Nrpe => NRPE_KEYS,
        Kind::Script => SCRIPT_KEYS,
    };
    fields.expect(&[keys, test_terms::KEYS].concat());
    let default = match kind {
        Kind::HelmTest => DEFAULT_HELM_TEST_TIMEOUT,
        Kind::Httpbb => DEFAULT_HTTPBB_TIMEOUT,
        Kind::OpenApi | Kind::Requests => DEFAULT_TIMEOUT_OF_MANY,
        Kind::Nrpe | Kind::Script => DEFAULT_TIMEOUT_ON_HOSTS,
        Kind::Http | Kind::Port | Kind::Command => DEFAULT_TIMEOUT,
    };
    let timeout = fields.or("timeout", default, Item::period);
    let kind = match kind {
        Kind::Http => http(&fields),
        Kind::Port => fields
            .optional("port", port)
            .map(|port| TestKind::Port { port }),
        Kind::Command => command(&fields, target),
        Kind::HelmTest => Some(TestKind::HelmTest),
        Kind::Httpbb => httpbb(&fields, target).map(TestKind::Httpbb),
        Kind::OpenApi => openapi(&fields),
        Kind::Requests => requests(&fields),
        Kind::Nrpe => nrpe(&fields),
        Kind::Script => within(&fields.required("script"), "scap/scripts")
            .map(|script| TestKind::Script { script }),
    };
    let test = Test::new(entry.name.0, timeout?, kind?);
    test_terms::read(&fields, target, test)
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
        (Kind::Nrpe | Kind::Script, For::Kubernetes | For::AllInKubernetes) => {
            item.refuse("cannot be nrpe or script in Kubernetes: both are run on hosts");
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

fn openapi(fields: &Fields<'_>) -> Option<TestKind> {
    let port = fields.optional("port", port);
    let specification = if fields.has("path") {
        path(&fields.required("path")).map(SpecificationPlace::Path)
    } else {
        let file = within(&fields.required("file"), "the service's directory");
        file.map(SpecificationPlace::File)
    };
    if fields.has("path") && fields.has("file") {
        let item = fields.required("file");
        item.refuse("cannot stand beside `path`: the specification is at one place");
        return None;
    }
    Some(TestKind::OpenApi {
        specification: specification?,
        port: port?,
    })
}

fn nrpe(fields: &Fields<'_>) -> Option<TestKind> {
    let command = fields.required("command").owned_text();
    let warning = fields.or("warning", Warning::default(), |item| item.choice(WARNINGS));
    Some(TestKind::Nrpe {
        command: command?,
        warning: warning?,
    })
}

/// A path within a directory.
pub(super) fn within(item: &Item<'_>, directory: &str) -> Option<String> {
    let text = item.owned_text()?;
    let leads_away = text.starts_with('/') || text.split('/').any(|part| part == "..");
    if leads_away {
        item.refuse(&format!("must be a path within {directory}"));
    }
    (!leads_away).then_some(text)
}

fn requests(fields: &Fields<'_>) -> Option<TestKind> {
    let path = path(&fields.required("path"));
    let port = fields.optional("port", port);
    let count = fields.required("count").whole(1..=MOST_REQUESTS);
    let side_by_side = fields.or("side_by_side", DEFAULT_SIDE_BY_SIDE, |item| {
        item.whole(1..=MOST_SIDE_BY_SIDE)
    });
    let passes = fields.required("passes");
    let passes = count.and_then(|count| self::passes(&passes, count));
    Some(TestKind::Requests {
        path: path?,
        port: port?,
        count: count?,
        side_by_side: side_by_side?,
        passes: passes?,
    })
}

/// At least one of both bounds, which some number of passes must keep.
fn passes(item: &Item<'_>, count: u32) -> Option<Passes> {
    let fields = item.fields(PASSES_KEYS)?;
    let at_least = fields.or("at_least", 0, |item| item.whole(0..=count));
    let at_most = fields.or("at_most", count, |item| item.whole(0..=count));
    let passes = Passes {
        at_least: at_least?,
        at_most: at_most?,
    };
    if !PASSES_KEYS.iter().any(|key| fields.has(key)) {
        item.refuse("must have `at_least`, `at_most` or both");
        return None;
    }
    if passes.at_least > passes.at_most {
        let Passes { at_least, at_most } = passes;
        item.refuse(&format!(
            "must leave at_least ({at_least}) no more than at_most ({at_most})"
        ));
        return None;
    }
    Some(passes)
}

fn command(fields: &Fields<'_>, target: For) -> Option<TestKind> {
    let command = fields.required("command").filled_list(Item::owned_text);
    let environment = fields.or("environment", Vec::new(), |item| {
        item.each(("variable", "variables"), |entry: Entry<'_, Key>| {
            Some((entry.name.0, entry.item.owned_text()?))
        })
    });
    let base_url = fields.optional("base_url", |item| base_url(item, target));
    Some(TestKind::Command {
        command: command?,
        environment: environment?.into_iter().collect(),
        base_url: base_url?,
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

fn base_url(item: &Item<'_>, target: For) -> Option<BaseUrl> {
    let url: BaseUrl = item.parsed()?;
    let on_hosts = target == For::Hosts;
    if let Some(name) = url.stranger(on_hosts) {
        let place = if on_hosts {
            "on hosts"
        } else {
            "in Kubernetes"
        };
        item.refuse(&format!("cannot have the placeholder `{{{name}}}` {place}"));
        return None;
    }
    Some(url)
}
