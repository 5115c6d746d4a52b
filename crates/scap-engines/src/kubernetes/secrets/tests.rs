//! Which values of a namespace and of a manifest are secrets.

use k8s_openapi::ByteString;
use serde_json::json;

use super::*;
use crate::kubernetes::tests::release_step;

fn shown(secrets: Vec<Secret>) -> Vec<String> {
    let text = |secret: Secret| {
        let value = String::from_utf8(secret.value).unwrap();
        format!("{}: {value}", secret.label)
    };
    secrets.into_iter().map(text).collect()
}

#[test]
fn secrets_are_found_in_manifests_and_in_clusters_alike() {
    let object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "store"},
        "data": {"password": "aHVudGVyMng=", "broken": "not base64!", "tls.crt": "cHVibGlj", "number": 12},
        "stringData": {"token": "0123abcd"}});
    let expected = [
        "secret store/broken: not base64!",
        "secret store/number: 12",
        "secret store/password: hunter2x",
        "secret store/token: 0123abcd",
    ];
    let mut found = shown(rendered_values(&object));
    found.sort();
    assert_eq!(found, expected);
    assert!(rendered_values(&json!({"kind": "ConfigMap", "data": {"a": "hunter2x"}})).is_empty());

    let data = [("password", "hunter2x"), ("ca.crt", "public")];
    let data = data.map(|(key, value)| (key.to_owned(), ByteString(value.as_bytes().to_vec())));
    let live = api::Secret {
        metadata: kube::core::ObjectMeta {
            name: Some("store".to_owned()),
            ..kube::core::ObjectMeta::default()
        },
        data: Some(data.into()),
        ..api::Secret::default()
    };
    assert_eq!(
        shown(live_values(live)),
        ["secret store/password: hunter2x"]
    );
}

#[test]
fn passwords_of_registries_are_found_inside_of_their_file() {
    let file = json!({"auths": {"registry.example": {"username": "shop", "password": "hunter2x", "auth": "c2hvcDpodW50ZXIyeA=="}}});
    let mut found = shown(values(
        "pull",
        ".dockerconfigjson",
        file.to_string().into_bytes(),
    ));
    found[1..].sort();
    assert_eq!(
        found[1..],
        [
            "secret pull/.dockerconfigjson: c2hvcDpodW50ZXIyeA==",
            "secret pull/.dockerconfigjson: hunter2x"
        ]
    );
}

#[test]
fn names_of_the_step_stay_readable() {
    let values = ["shop", "eqiad", "canary", "hunter2x"];
    let secrets = values.map(|value| Secret {
        label: "l".to_owned(),
        value: value.as_bytes().to_vec(),
    });
    let left = without_names(secrets.into(), &release_step("canary"));
    assert_eq!(shown(left), ["l: hunter2x"]);
}

#[test]
fn hostile_secrets_are_searched_to_an_end() {
    let good = [
        json!({"kind": "Secret", "metadata": {"name": "a"}, "data": {".dockerconfigjson": "eyJhdXRocyI6e319"}, "stringData": {"b": "c"}}),
        json!({"auths": {"registry.example": {"username": "shop", "password": "hunter2x", "auth": "c2hvcDpodW50ZXIyeA=="}}}),
    ];
    let good = good.map(|object| object.to_string().into_bytes());
    scap_hostile::hostile("Secret", &good, |bytes| {
        if let Ok(object) = serde_json::from_slice(bytes) {
            rendered_values(&object);
        }
        values("pull", ".dockerconfigjson", bytes.to_vec());
    });
}
