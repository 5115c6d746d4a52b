//! Where metrics and logs are kept, as scap.yaml has it.

use crate::reader::Item;
use crate::{LinkPattern, UrlPattern};

/// A Prometheus, or what answers as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsStore {
    /// What `/api/v1/query` is appended to.
    pub url: UrlPattern,
    /// Where people see what a query finds.
    pub link: Option<LinkPattern>,
}

/// An `OpenSearch` or Elasticsearch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStore {
    /// What `/INDEX/_search` is appended to.
    pub url: UrlPattern,
    /// Names and patterns of indices, with commas between them.
    pub index: String,
    /// The field with the time of a line.
    pub time_field: String,
    /// Where people see what a query finds.
    pub link: Option<LinkPattern>,
}

pub(crate) const METRICS_KEYS: &[&str] = &["url", "link"];
pub(crate) const LOGS_KEYS: &[&str] = &["url", "index", "time_field", "link"];
pub(crate) const DEFAULT_INDEX: &str = "logstash-*";
pub(crate) const DEFAULT_TIME_FIELD: &str = "@timestamp";

pub(super) fn metrics(item: &Item<'_>) -> Option<MetricsStore> {
    let fields = item.fields(METRICS_KEYS)?;
    let url = fields.required("url").parsed();
    let link = fields.optional("link", Item::parsed);
    Some(MetricsStore {
        url: url?,
        link: link?,
    })
}

pub(super) fn logs(item: &Item<'_>) -> Option<LogStore> {
    let fields = item.fields(LOGS_KEYS)?;
    let url = fields.required("url").parsed();
    let index = fields.or("index", DEFAULT_INDEX.to_owned(), index);
    let default = DEFAULT_TIME_FIELD.to_owned();
    let time_field = fields.or("time_field", default, Item::owned_text);
    let link = fields.optional("link", Item::parsed);
    Some(LogStore {
        link: link?,
        url: url?,
        index: index?,
        time_field: time_field?,
    })
}

/// It is a part of an address: letters of other meaning there have none in the name of an index.
fn index(item: &Item<'_>) -> Option<String> {
    let index = item.owned_text()?;
    let is_known = |c: char| c.is_ascii_alphanumeric() || "-_.*,:".contains(c);
    if index.chars().all(is_known) && !index.starts_with(['_', '.']) {
        return Some(index);
    }
    item.refuse("must have letters, digits and `-_.*,:` only, and begin with neither `_` nor `.`");
    None
}
