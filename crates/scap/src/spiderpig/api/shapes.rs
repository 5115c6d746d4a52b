//! Shapes as the types have them: schemars' are those that `OpenAPI` 3.1 takes.
//!
//! utoipa and aide would want types at the handlers of the web process, which passes documents on unread.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};
use spiderpig_protocol::{Act, ProblemKind, Proof, RunAct};
use std::collections::BTreeMap;

/// One of what is written and one of what is read: what may be left out differs.
pub(in crate::spiderpig) struct Shapes {
    told: SchemaGenerator,
    asked: SchemaGenerator,
}

impl Default for Shapes {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        Self {
            told: settings.clone().for_serialize().into_generator(),
            asked: settings.for_deserialize().into_generator(),
        }
    }
}

impl Shapes {
    pub(in crate::spiderpig) fn told<T: JsonSchema>(&mut self) -> Schema {
        self.told.subschema_for::<T>()
    }

    pub(super) fn asked<T: JsonSchema>(&mut self) -> Schema {
        self.asked.subschema_for::<T>()
    }

    /// What is posted: its variant, without the name that the path says.
    pub(super) fn act(&mut self, name: &str) -> Option<Schema> {
        let acts = Act::json_schema(&mut self.asked);
        let mut body = variants(&acts).find(|it| it["properties"]["act"]["const"] == name)?;
        if let Some(properties) = body["properties"].as_object_mut() {
            properties.remove("act");
        }
        if let Some(required) = body["required"].as_array_mut() {
            required.retain(|it| it != "act");
        }
        self.with_proof(body).try_into().ok()
    }

    pub(super) fn run_act(&mut self) -> Schema {
        let mut acts = RunAct::json_schema(&mut self.asked);
        let proved = variants(&acts).map(|act| self.with_proof(act)).collect();
        acts.insert("oneOf".to_owned(), Value::Array(proved));
        acts
    }

    fn with_proof(&mut self, mut body: Value) -> Value {
        body["properties"]["proof"] = self.asked::<Option<Proof>>().into();
        body
    }

    /// What each status of HTTP may mean.
    pub(super) fn problems(&mut self) -> BTreeMap<u16, Vec<String>> {
        let kinds = ProblemKind::json_schema(&mut self.told);
        let mut problems: BTreeMap<u16, Vec<String>> = BTreeMap::new();
        for name in variants(&kinds).flat_map(|kinds| names(&kinds)) {
            let kind: ProblemKind =
                serde_json::from_value(name.clone()).expect("its names are those of its schema");
            let names = problems.entry(kind.status()).or_default();
            names.extend(name.as_str().map(|name| format!("`{name}`")));
        }
        problems
    }

    /// By their names. One that is asked and told looks the same both ways.
    pub(super) fn all(mut self) -> Map<String, Value> {
        let mut all = self.told.take_definitions(true);
        for (name, shape) in self.asked.take_definitions(true) {
            let told = all.insert(name.clone(), shape.clone());
            assert!(
                told.is_none_or(|told| told == shape),
                "`{name}` has two shapes"
            );
        }
        all
    }
}

/// Of an enum.
fn variants(shape: &Schema) -> impl Iterator<Item = Value> + use<> {
    let variants = shape.get("oneOf").and_then(Value::as_array);
    variants.cloned().unwrap_or_default().into_iter()
}

/// Of variants that are a name each.
fn names(variant: &Value) -> Vec<Value> {
    let several = variant["enum"].as_array().cloned();
    several.unwrap_or_else(|| vec![variant["const"].clone()])
}
