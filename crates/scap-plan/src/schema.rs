//! The YAML formats as JSON Schemas, so that editors complete and check them.
//!
//! The types here have the shape of the files and nothing else; a test keeps their keys equal to those that are read.

mod catalog;
mod checks;
mod cluster_groups;
mod configuration;
mod httpbb;
mod policy;

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// The name of each format and its schema.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("service-catalog", generate::<catalog::ServiceCatalog>()),
        ("team", generate::<catalog::Team>()),
        (
            "cluster-groups",
            generate::<cluster_groups::ClusterGroups>(),
        ),
        (
            "conftool-state",
            generate::<cluster_groups::ConftoolState>(),
        ),
        ("scap", generate::<configuration::Configuration>()),
        ("httpbb", generate::<httpbb::HttpbbFile>()),
        ("policy", generate::<policy::PolicyFile>()),
    ]
}

fn generate<T: JsonSchema>() -> Schema {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>();
    RecursiveTransform(refuse_null).transform(&mut schema);
    schema
}

/// An optional key may be left out; written without a value it is a mistake, which Rust's `Option` cannot say.
fn refuse_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| *choice != json!({ "type": "null" }));
    }
}

/// What every name looks like.
const NAME: &str = "^[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]*$";

/// A text in one line.
#[derive(JsonSchema)]
#[schemars(inline)]
struct Text(
    #[expect(dead_code, reason = "only its schema is used")]
    #[schemars(length(min = 1))]
    String,
);

/// Letters, digits and `-_.`, beginning with a letter, a digit or `_`.
#[derive(JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[schemars(inline)]
struct Name(#[schemars(regex(pattern = NAME))] String);

#[cfg(test)]
mod tests;
