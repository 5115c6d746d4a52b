//! The published schemas are those of this version, take every good file and refuse every wrong shape.

use crate::case::{Case, all};
use jsonschema::Validator;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Findings that a schema makes too: the others need more than one place of a file.
const SHAPES: &[&str] = &[
    "unexpected key(s)",
    "must be a mapping",
    "must be a list",
    "must be a non-empty string",
    "must be a whole number",
    "must be a number",
    "defines no ",
    "must not contain '/'",
    "must not begin with",
];

fn file(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../schemas")
        .join(format!("{format}.json"))
}

fn validators() -> Vec<(String, Validator)> {
    scap_plan::schemas()
        .into_iter()
        .map(|(format, schema)| {
            (
                format!("{format}.yaml"),
                jsonschema::validator_for(schema.as_value()).unwrap(),
            )
        })
        .collect()
}

/// A file of the case itself as JSON; none if it has no such file, or that is not even YAML.
fn own_file(case: &Case, name: &str) -> Option<Value> {
    let text = fs::read_to_string(case.folder.join(name)).ok()?;
    serde_saphyr::from_str(&text).ok()
}

#[test]
fn published_schemas_are_up_to_date() {
    for (format, schema) in scap_plan::schemas() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::create_dir_all(file(format).parent().unwrap()).unwrap();
            fs::write(file(format), &text).unwrap();
        }
        let published = fs::read_to_string(file(format)).unwrap_or_default();
        assert!(
            published == text,
            "schemas/{format}.json is not that of the types: run with UPDATE_SCHEMAS=1"
        );
    }
}

#[test]
fn schemas_take_every_good_file() {
    let validators = validators();
    let mut taken = 0;
    for case in all().iter().filter(|case| !case.name.starts_with("bad-")) {
        for (name, validator) in &validators {
            if let Some(value) = own_file(case, name) {
                let wrong: Vec<String> = validator
                    .iter_errors(&value)
                    .map(|error| error.to_string())
                    .collect();
                assert!(wrong.is_empty(), "{}/{name}: {wrong:?}", case.name);
                taken += 1;
            }
        }
    }
    assert!(taken >= 25, "only {taken} files were tried");
}

#[test]
fn schemas_refuse_every_wrong_shape() {
    let validators = validators();
    let mut refused = 0;
    for case in all() {
        for (name, validator) in &validators {
            let Some(value) = own_file(&case, name) else {
                continue;
            };
            let findings = case.findings();
            let shape = findings.iter().find(|finding| {
                finding.file == *name
                    // JSON has no other keys than text.
                    && !finding.message.starts_with("key of ")
                    && SHAPES.iter().any(|shape| finding.message.contains(shape))
            });
            if let Some(finding) = shape {
                assert!(
                    !validator.is_valid(&value),
                    "{}: the schema takes what is refused: {finding}",
                    case.name
                );
                refused += 1;
            }
        }
    }
    assert!(refused >= 50, "only {refused} files were tried");
}
