//! What holds for every release: the same thrice is no difference, and no secret comes through.

use proptest::prelude::*;
use scap_plan::{Manifest, Object, ObjectName, compare};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z0-9]{0,6}".prop_map(Value::from),
        prop::sample::select(vec!["1000m", "1Gi", "5.50", "1e3"]).prop_map(Value::from),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let keys = [
        "name", "env", "ports", "port", "limits", "labels", "a.b/c", "spec", "args",
    ];
    prop::sample::select(keys.to_vec()).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

fn object(name: &str, spec: &Value) -> Object {
    let content = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name }, "spec": spec,
    });
    Object::new(content).unwrap()
}

fn live(manifest: &Manifest) -> BTreeMap<ObjectName, Option<Object>> {
    let objects = manifest.objects.iter();
    objects
        .map(|object| (object.object_name(), Some(object.clone())))
        .collect()
}

/// A text that no manifest has by chance, put where a release may have its secrets.
fn secret() -> impl Strategy<Value = String> {
    "[A-Z0-9+/\"\\\\ :]{10,40}=x"
}

fn with_secret(secret: &str, places: &[bool], spec: &Value) -> Manifest {
    let place = |index: usize, text: String| {
        let is_used = places.get(index).copied().unwrap_or_default();
        if is_used {
            Value::from(text)
        } else {
            json!("other")
        }
    };
    let spec = json!({
        "replicas": 1,
        "template": { "spec": { "containers": [{
            "name": "web",
            "env": [{ "name": "TOKEN", "value": place(0, secret.to_owned()) }],
            "args": [place(1, format!("--token={secret}")), "--verbose", place(2, secret.to_owned())],
        }] } },
        place(3, secret.to_owned()).as_str().unwrap(): spec,
        "ports": [{ "port": place(4, secret.to_owned()) }],
    });
    let settings = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings" },
        "data": { "config": place(5, format!("level: info\nurl: http://shop:{secret}@db\n")) },
    });
    let passwords = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {
            "name": "passwords",
            "annotations": { "kubectl.kubernetes.io/last-applied-configuration": json!({ "x": secret }).to_string() },
        },
        "stringData": { "token": secret },
    });
    Manifest {
        objects: vec![
            object("web", &spec),
            Object::new(settings).unwrap(),
            Object::new(passwords).unwrap(),
        ],
    }
}

proptest! {
    #[test]
    fn the_same_thrice_is_no_difference(specs in prop::collection::vec(value(), 1..4)) {
        let named = specs.into_iter().enumerate();
        let objects = named.map(|(index, spec)| object(&format!("web{index}"), &spec)).collect();
        let manifest = Manifest { objects };
        let difference = compare(&manifest, Some(&manifest), &live(&manifest), "shop");
        prop_assert!(difference.is_empty(), "{difference:#?}");
    }

    #[test]
    fn what_is_not_the_same_is_a_difference(old in "[a-z]{1,8}", new in "[a-z]{1,8}", rest in value()) {
        let manifest = |text: &str| Manifest { objects: vec![object("web", &json!({ "x": text, "rest": rest }))] };
        let (stored, desired) = (manifest(&old), manifest(&new));
        let difference = compare(&desired, Some(&stored), &live(&stored), "shop");
        prop_assert_eq!(difference.is_empty(), old == new);
        prop_assert_eq!(difference.counts().changed, usize::from(old != new));
    }

    #[test]
    fn no_secret_comes_through(
        secrets in [secret(), secret(), secret()],
        places in prop::array::uniform3(prop::collection::vec(any::<bool>(), 6)),
        spec in value(),
    ) {
        let [stored, desired, lives] =
            [0, 1, 2].map(|index| with_secret(&secrets[index], &places[index], &spec));
        for stored in [Some(&stored), None] {
            let difference = compare(&desired, stored, &live(&lives), "shop");
            let texts = texts(&serde_json::to_value(&difference).unwrap());
            for secret in &secrets {
                let secret = secret.trim();
                prop_assert!(!texts.iter().any(|text| text.contains(secret)), "{secret:?} in {texts:#?}");
            }
        }
    }
}

/// All texts, those of keys too, as they are before JSON escapes them.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => {
            let all = fields
                .iter()
                .flat_map(|(key, value)| std::iter::once(key.clone()).chain(texts(value)));
            all.collect()
        }
        _ => Vec::new(),
    }
}
