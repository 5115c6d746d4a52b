//! The API is as it was published, and nothing of it is missing.

use super::*;
use crate::published::is_published;
use schemars::SchemaGenerator;
use spiderpig_protocol::Act;
use std::collections::BTreeSet;

fn pointed<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    let found = value.pointer(pointer);
    found.unwrap_or_else(|| panic!("there is no {pointer}"))
}

#[test]
fn the_published_api_is_the_one_that_is_served() {
    assert!(
        is_published("api.json", &document()),
        "schemas/api.json is not the API that is served: run with UPDATE_SCHEMAS=1, then `npm run api` in web/"
    );
}

#[test]
fn every_act_has_a_path() {
    let acts = SchemaGenerator::default().into_root_schema_for::<Act>();
    let acts = acts.get("oneOf").and_then(Value::as_array).unwrap();
    let known: BTreeSet<&str> = acts
        .iter()
        .map(|act| act["properties"]["act"]["const"].as_str().unwrap())
        .collect();
    let mut with_path: BTreeSet<&str> = ACTS.iter().map(|(_, act)| *act).collect();
    assert_eq!(with_path.len(), ACTS.len());
    with_path.insert("run");
    assert_eq!(known, with_path);
}

#[test]
fn every_route_is_asked_by_its_method() {
    let api = document();
    for route in Route::ALL {
        let operations = api["paths"][route.path()].as_object().unwrap();
        assert_eq!(
            operations.contains_key("post"),
            route.is_posted(),
            "{route:?}"
        );
    }
}

#[test]
fn every_operation_says_what_it_is_for() {
    let api = document();
    let paths = api["paths"].as_object().unwrap();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let summary = operation["summary"].as_str().unwrap();
            assert!(summary.ends_with('.'), "{method} {path}: {summary}");
        }
    }
}

#[test]
fn everything_that_is_referred_to_is_there_under_its_own_name() {
    let api = document();
    let mut left = vec![&api];
    while let Some(value) = left.pop() {
        match value {
            Value::Array(items) => left.extend(items),
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref") {
                    pointed(&api, reference.as_str().unwrap().trim_start_matches('#'));
                }
                left.extend(fields.values());
            }
            _ => {}
        }
    }
    // schemars tells two types of one name apart by a number.
    for name in api["components"]["schemas"].as_object().unwrap().keys() {
        assert!(!name.ends_with(|it: char| it.is_ascii_digit()), "{name}");
    }
}

#[test]
fn the_path_says_which_act_and_the_body_may_prove_it() {
    let api = document();
    let at = "/paths/~1api~1admin~1freeze/post/requestBody/content/application~1json/schema";
    let body = pointed(&api, at);
    let has: Vec<&String> = body["properties"].as_object().unwrap().keys().collect();
    assert_eq!(has, ["proof", "reason", "until"]);
    assert_eq!(body["required"], json!(["reason"]));
    assert_eq!(body["additionalProperties"], false);
}
