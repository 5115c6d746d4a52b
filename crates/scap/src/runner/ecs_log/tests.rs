//! Each line has fields of ECS only, each of the type that ECS gives it.

use super::*;
use crate::runner::terminals::Terminals;
use crate::view::stories;
use scap_journal::{Creation, Journal};
use scap_plan::{RollbackPolicy, StepId};
use scap_run::Event;

/// Fields of ECS 8.11 with their types; labels may have any names.
const FIELDS: [(&str, &str); 13] = [
    ("@timestamp", "date"),
    ("ecs.version", "keyword"),
    ("message", "keyword"),
    ("event.kind", "keyword"),
    ("event.module", "keyword"),
    ("event.dataset", "keyword"),
    ("event.action", "keyword"),
    ("event.sequence", "long"),
    ("labels.run", "keyword"),
    ("labels.step", "keyword"),
    ("service.name", "keyword"),
    ("user.name", "keyword"),
    ("host.name", "keyword"),
];

/// The name of each value, with dots.
fn flat(name: &str, value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Object(fields) => {
            let dot = if name.is_empty() { "" } else { "." };
            let fields = fields.iter();
            let fields = fields.flat_map(|(key, value)| flat(&format!("{name}{dot}{key}"), value));
            fields.collect()
        }
        value => vec![(name.to_owned(), value.clone())],
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(text) if text.parse::<Timestamp>().is_ok() => "date",
        Value::String(_) => "keyword",
        Value::Number(number) if number.is_u64() => "long",
        _ => "none of ours",
    }
}

fn shipped() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.json");
    let journal = Journal::open(folder.path()).unwrap();
    let event = Event::RunCreated {
        plan: Box::new(stories::shop(RollbackPolicy::Automatic)),
        person: "ada".to_owned(),
        reason: None,
        approved: true,
    };
    let creation = Creation {
        event: &event,
        version: "v2",
        at: UnixMillis(1_500),
    };
    let run = journal.enqueue(&creation).unwrap();
    for text in ["one", "\u{1b}[31mtwo\u{1b}[0m \"x\""] {
        // The next runner tells nothing twice.
        let terminals = Terminals::new(folder.path(), journal.clone()).unwrap();
        let terminals = terminals.shipping(EcsLog::open(&path).unwrap());
        terminals.open(run).unwrap().line(StepId(0), text);
    }
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn all_fields_are_those_of_ecs_and_of_its_types() {
    for line in shipped() {
        for (name, value) in flat("", &line) {
            let field = FIELDS.iter().find(|(known, _)| *known == name);
            assert_eq!(
                field.map(|it| it.1),
                Some(type_of(&value)),
                "{name} in {line}"
            );
        }
    }
}

#[test]
fn events_and_output_are_told_apart_and_have_no_colours() {
    let lines = shipped();
    let said: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            let dataset = line["event"]["dataset"].as_str().unwrap();
            (dataset, line["message"].as_str().unwrap())
        })
        .collect();
    assert_eq!(said.len(), 3);
    assert_eq!(said[0].0, "scap.run");
    assert_eq!(
        said[1..],
        [("scap.output", "one"), ("scap.output", "two \"x\"")]
    );
    assert_eq!(lines[0]["@timestamp"], "1970-01-01T00:00:01.5Z");
    assert_eq!(lines[0]["event"]["action"], "run_created");
    assert_eq!(lines[0]["event"]["sequence"], 0);
    assert_eq!(lines[1]["user"]["name"], "ada");
}
