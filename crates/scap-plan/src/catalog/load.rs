//! Requests of scap's own, as a team declares them.

use super::checks::{path, port};
use super::test_kinds::within;
use crate::reader::Item;
use crate::{Load, LoadSource};

pub(crate) const KEYS: &[&str] = &[
    "path",
    "openapi",
    "httpbb",
    "port",
    "requests_per_second",
    "always",
    "unsafe",
];
const SOURCES: [&str; 3] = ["path", "openapi", "httpbb"];

pub(crate) const DEFAULT_REQUESTS_PER_SECOND: u32 = 5;
/// It is to give a verdict, not to find out what the service can bear.
pub(crate) const MOST_REQUESTS_PER_SECOND: u32 = 50;

pub(super) fn load(item: &Item<'_>) -> Option<Load> {
    let fields = item.fields(KEYS)?;
    let named: Vec<&str> = SOURCES.into_iter().filter(|key| fields.has(key)).collect();
    let [name] = named[..] else {
        item.refuse("must have exactly one of `path`, `openapi` and `httpbb`");
        return None;
    };
    let of = fields.required(name);
    let file = || within(&of, "the service's directory");
    let source = match name {
        "path" => path(&of).map(LoadSource::Path),
        "openapi" => file().map(LoadSource::OpenApi),
        _ => file().map(LoadSource::Httpbb),
    };
    let port = fields.optional("port", port);
    let default = DEFAULT_REQUESTS_PER_SECOND;
    let requests_per_second = fields.or("requests_per_second", default, |item| {
        item.whole(1..=MOST_REQUESTS_PER_SECOND)
    });
    let [always, r#unsafe] = ["always", "unsafe"].map(|key| fields.or(key, false, Item::truth));
    Some(Load {
        source: source?,
        port: port?,
        requests_per_second: requests_per_second?,
        always: always?,
        r#unsafe: r#unsafe?,
    })
}
