//! Whether a log store has the fields that errors are counted by, and can group by them.

use scap_plan::{LogCounters, LogStore};
use serde_json::Value;

/// What is wrong with a field, for people.
pub(super) fn faults(
    store: &LogStore,
    counters: &LogCounters,
    capabilities: &Value,
) -> Vec<String> {
    let types = |field: &str| capabilities["fields"][field].as_object();
    let can_group = |field: &str| {
        types(field).is_some_and(|types| types.values().all(|kind| kind["aggregatable"] == true))
    };
    let time = store.time_field.as_str();
    let fault = |field: &str| match types(field) {
        None => Some(format!("has no field `{field}`")),
        Some(types) if field == time => {
            let is_time = types.keys().all(|kind| kind.starts_with("date"));
            (!is_time).then(|| format!("has no times in the field `{field}`"))
        }
        Some(_) if can_group(field) => None,
        Some(types) => {
            let kinds: Vec<&str> = types.keys().map(String::as_str).collect();
            let keyword = keyword(field);
            let instead = if can_group(&keyword) {
                format!("; `{keyword}` could be grouped by")
            } else {
                String::new()
            };
            let kinds = kinds.join(" and ");
            Some(format!(
                "cannot group by the field `{field}`, which is {kinds}{instead}"
            ))
        }
    };
    names(store, counters)
        .into_iter()
        .filter_map(fault)
        .collect()
}

/// All fields that are looked for, and their likely better halves.
pub(super) fn wanted(store: &LogStore, counters: &LogCounters) -> String {
    let fields = names(store, counters).into_iter();
    let both: Vec<String> = fields
        .flat_map(|field| [field.to_owned(), keyword(field)])
        .collect();
    both.join(",")
}

fn names<'a>(store: &'a LogStore, counters: &'a LogCounters) -> Vec<&'a str> {
    let first = [&store.time_field, &counters.instance_field];
    let others = counters.signature.iter().chain(&counters.distinct);
    let fields = first.into_iter().chain(others);
    fields.map(String::as_str).collect()
}

fn keyword(field: &str) -> String {
    format!("{field}.keyword")
}
