//! What the newest lines of a release in the log store look like.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use scap_plan::{Clues, LogLines, Period, ReleaseClue, ReleaseStep, Values};
use serde_json::{Value, json};

use crate::checks::Checks;
use crate::checks::counters::log_store::{Stretch, matching};
use crate::checks::counters::metrics::keep;

const PATIENCE: Period = Period::from_secs(15);
const DAY_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;
const LINES: usize = 100;
/// No line of people has more.
const MOST_FIELDS: usize = 1000;
const DEEPEST: usize = 8;
/// Where the name of a namespace usually is.
const NAMESPACES: [&str; 4] = [
    "kubernetes.namespace_name",
    "kubernetes.namespace",
    "namespace",
    "k8s.namespace.name",
];

pub(super) fn now() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
}

impl Checks {
    /// Takes in what lines of the clues' release have.
    pub(super) async fn lines_of(
        &self,
        step: &ReleaseStep,
        clues: &mut Clues,
    ) -> Result<(), String> {
        let Some(ReleaseClue { namespace, .. }) = &clues.release else {
            return Ok(());
        };
        let url = self.logs_address()?.of(step);
        let store = self.log_store(&url)?;
        let query = NAMESPACES
            .map(|field| format!("{field}:\"{namespace}\""))
            .join(" OR ");
        let newest = json!({ (store.store.time_field.as_str()): { "order": "desc" } });
        let lines = json!({ "top_hits": { "size": LINES, "sort": [newest], "_source": true } });
        let to = u64::try_from(now().as_millis()).unwrap_or(u64::MAX / 2);
        let day = Stretch {
            from: to.saturating_sub(DAY_MILLISECONDS),
            to,
        };
        let aggregations = json!({ "lines": lines });
        let body = matching(store.store, (&query, day), PATIENCE, &aggregations);
        let found = store.aggregations(&body, (&query, PATIENCE)).await?;
        let lines = fields(&found);
        if lines.seen == 0 {
            return Err(format!(
                "{} has no line of the last day that matches `{query}`",
                store.place()
            ));
        }
        clues.lines = Some(lines);
        let names: Vec<String> = clues
            .fields_to_group_by()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let both = names.iter().map(|name| format!("{name},{}", keyword(name)));
        let both: Vec<String> = both.collect();
        if both.is_empty() {
            return Ok(());
        }
        let capabilities = store.capabilities(&both.join(",")).await?;
        if let Some(lines) = &mut clues.lines {
            lines.groupable = groupable(&names, &capabilities);
        }
        Ok(())
    }
}

fn keyword(field: &str) -> String {
    format!("{field}.keyword")
}

/// Each field that lines have, with the short values that it has there.
fn fields(found: &Value) -> LogLines {
    let mut lines = LogLines::default();
    let hits = found.pointer("/lines/hits/hits").and_then(Value::as_array);
    for line in hits.into_iter().flatten() {
        lines.seen += 1;
        take_in(&mut lines.fields, "", &line["_source"], DEEPEST);
    }
    lines
}

fn take_in(fields: &mut Values, name: &str, value: &Value, deepest: usize) {
    match value {
        Value::Object(inner) if deepest > 0 => {
            for (key, value) in inner {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                take_in(fields, &name, value, deepest - 1);
            }
        }
        Value::Object(_) | Value::Array(_) | Value::Null => {}
        _ if fields.len() >= MOST_FIELDS && !fields.contains_key(name) => {}
        value => {
            let values = fields.entry(name.to_owned()).or_default();
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            // What has blanks is a message, which may say anything.
            if !text.contains(char::is_whitespace) {
                keep(values, &text);
            }
        }
    }
}

/// By what to group in the place of each field.
fn groupable(names: &[String], capabilities: &Value) -> BTreeMap<String, String> {
    let can_group = |field: &str| {
        let types = capabilities["fields"][field].as_object();
        types.is_some_and(|types| types.values().all(|kind| kind["aggregatable"] == true))
    };
    let chosen = names.iter().filter_map(|name| {
        let both = [name.clone(), keyword(name)];
        let chosen = both.into_iter().find(|field| can_group(field))?;
        Some((name.clone(), chosen))
    });
    chosen.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_fields_with_dots_and_short_values() {
        let source = json!({"level": "INFO", "message": "no answer", "kubernetes": {"pod_name": "a"}, "n": 3, "tags": ["x"]});
        let found = json!({"lines": {"hits": {"hits": [{"_source": source}]}}});
        let lines = fields(&found);
        let values = |field: &str| lines.fields[field].iter().cloned().collect::<Vec<_>>();
        assert_eq!(lines.seen, 1);
        assert_eq!(lines.fields.len(), 4);
        assert_eq!(values("kubernetes.pod_name"), ["a"]);
        assert_eq!(
            (values("n"), values("message")),
            (vec!["3".to_owned()], Vec::new())
        );
    }

    #[test]
    fn a_text_is_grouped_by_its_keyword() {
        let keyword = json!({"keyword": {"aggregatable": true}});
        let text = json!({"text": {"aggregatable": false}});
        let capabilities = json!({"fields": {"level": keyword, "pod": text, "pod.keyword": keyword, "message": text}});
        let names = ["level", "message", "pod"].map(str::to_owned);
        let found = groupable(&names, &capabilities);
        let expected = [("level", "level"), ("pod", "pod.keyword")];
        let expected = expected.map(|(name, field)| (name.to_owned(), field.to_owned()));
        assert_eq!(found, expected.into());
    }

    #[test]
    fn hostile_lines_have_fields_or_none() {
        let line = json!({"lines": {"hits": {"hits": [{"_source": {"a": {"b": "c"}, "d": 1.5}}]}}});
        scap_hostile::hostile("lines of logs", &[line.to_string().into_bytes()], |body| {
            let found: Value = serde_json::from_slice(body).unwrap_or_default();
            let lines = fields(&found);
            assert!(lines.fields.len() <= MOST_FIELDS);
        });
    }
}
