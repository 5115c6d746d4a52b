//! Each folder of `corpus/` is a specification, and what is asked for it or why nothing is. `UPDATE_CORPUS=1` writes that.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::compare::differences;
use super::spec::{self, Body, Example, Expected, Wanted};
use crate::checks::http::{Answer, Said};
use crate::secrets::{KnownSecrets, Secret};

fn folders() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks/trials/openapi/corpus");
    let folders = fs::read_dir(corpus).unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn specification(folder: &Path) -> String {
    fs::read_to_string(folder.join("specification.yaml")).unwrap()
}

fn told(example: &Example) -> String {
    let mut text = format!("{}\n", super::named(example, "asked"));
    let request = &example.request;
    let lines = [
        format!("{} {}", request.method, request.path),
        headers(&request.headers),
        String::from_utf8(request.body.clone()).unwrap(),
        format!("wants {}", example.expected.status),
        headers(&example.expected.headers),
        match &example.expected.body {
            None => String::new(),
            Some(Body::Text(wanted)) => wanted.to_string(),
            Some(Body::Json(value)) => value.to_string(),
        },
    ];
    for line in lines.iter().filter(|line| !line.is_empty()) {
        writeln!(text, "  {line}").unwrap();
    }
    text
}

fn headers(headers: &[(HeaderName, impl std::fmt::Debug)]) -> String {
    let header = |(name, value): &(HeaderName, _)| format!("{name}: {value:?}");
    let headers: Vec<String> = headers.iter().map(header).collect();
    headers.join(", ")
}

#[test]
fn every_specification_is_asked_by_its_examples_or_refused() {
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let examples = spec::examples(&specification(&folder));
        assert_eq!(examples.is_err(), name.starts_with("bad-"), "{name}");
        let found: String = match examples {
            Ok(examples) => examples.iter().map(told).collect(),
            Err(error) => format!("{}\n", super::refusal(&error, &KnownSecrets::default())),
        };
        let file = folder.join("asked.txt");
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            fs::write(&file, &found).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn hostile_specifications_are_asked_within_their_paths_or_refused() {
    let good: Vec<Vec<u8>> = folders()
        .iter()
        .map(|folder| specification(folder).into_bytes())
        .collect();
    scap_hostile::hostile("openapi", &good, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        match spec::examples(text) {
            Ok(examples) => assert!(!examples.is_empty()),
            Err(error) => assert!(
                !super::refusal(&error, &KnownSecrets::default()).contains(char::is_control)
            ),
        }
    });
}

/// An answer with a status of 200.
fn answer(body: &str, headers: &[(&'static str, &'static str)]) -> (Answer, HeaderMap) {
    let header = |(name, value): &(&'static str, &'static str)| {
        let value = HeaderValue::from_static(value);
        (HeaderName::from_static(name), value)
    };
    let answer = Answer {
        place: "it".to_owned(),
        status: 200,
        body: body.as_bytes().to_vec(),
        said: Said::default(),
    };
    (answer, headers.iter().map(header).collect())
}

fn expected(status: u16, header: Option<(&'static str, &str)>, body: Option<Body>) -> Expected {
    let pair = |(name, wanted): (&'static str, &str)| {
        let wanted = Wanted::new(wanted).unwrap();
        (HeaderName::from_static(name), wanted)
    };
    Expected {
        status,
        headers: header.map(pair).into_iter().collect(),
        body,
    }
}

#[test]
fn the_expected_must_be_contained_in_the_answer() {
    let came =
        json!({"title": "Foo", "items": [{"id": "17", "extra": 1}, 2], "count": 3.0, "none": null});
    let cases: [(Value, &[&str]); 9] = [
        (json!({}), &[]),
        (json!({"title": "Foo", "count": 3, "none": null}), &[]),
        (
            json!({"items": [{"id": "/^[0-9]+$/"}], "count": "/^3/"}),
            &[],
        ),
        (
            json!({"title": "/^Bar/"}),
            &["body.title is \"Foo\", not /^Bar/"],
        ),
        (json!({"titel": "Foo"}), &["body.titel is missing"]),
        (
            json!({"items": [{"id": 17}, 2, 3]}),
            &[
                "body.items[0].id is \"17\", not 17",
                "body.items[2] is missing",
            ],
        ),
        (
            json!({"none": "null"}),
            &["body.none is null, not \"null\""],
        ),
        (json!({"count": 4}), &["body.count is 3.0, not 4"]),
        (json!([1]), &["body is {"]),
    ];
    let answer = answer(&came.to_string(), &[]);
    for (wanted, differences_wanted) in cases {
        let expected = expected(200, None, Some(Body::Json(wanted.clone())));
        let found = differences(&expected, &answer, &KnownSecrets::default());
        assert_eq!(found.len(), differences_wanted.len(), "{wanted}: {found:?}");
        for (found, wanted) in found.iter().zip(differences_wanted) {
            assert!(found.starts_with(wanted), "{found}");
        }
    }
}

#[test]
fn status_headers_and_text_are_compared() {
    let text = |text| Some(Body::Text(Wanted::new(text).unwrap()));
    let json = Some(Body::Json(json!({})));
    let header = Some;
    let cases = [
        (expected(200, header(("etag", "/^7/")), text("/wel/")), None),
        (
            expected(200, header(("content-type", "text/html")), text("welcome")),
            None,
        ),
        (expected(201, None, None), Some("status 200, not 201")),
        (
            expected(200, header(("x-a", "b")), None),
            Some("no header x-a"),
        ),
        (
            expected(200, header(("content-type", "text/html; charset=x")), None),
            Some(
                "header content-type is \"text/html; charset=utf-8\", not \"text/html; charset=x\"",
            ),
        ),
        (
            expected(200, header(("etag", "/^8/")), None),
            Some("header etag is \"7\", not /^8/"),
        ),
        (
            expected(200, None, text("farewell")),
            Some("body is \"welcome\", not \"farewell\""),
        ),
        (
            expected(200, None, json),
            Some("body is no JSON: \"welcome\""),
        ),
    ];
    let headers = [("etag", "7"), ("content-type", "text/html; charset=utf-8")];
    let answer = answer("welcome", &headers);
    for (expected, difference) in cases {
        let wanted: Vec<&str> = difference.into_iter().collect();
        assert_eq!(
            differences(&expected, &answer, &KnownSecrets::default()),
            wanted
        );
    }
}

#[test]
fn a_secret_that_is_cut_is_not_shown() {
    let secrets = KnownSecrets::default();
    secrets.learn([Secret {
        label: "a token".to_owned(),
        value: b"hunter2-hunter2-hunter2".to_vec(),
    }]);
    let came = format!("{}hunter2-hunter2-hunter2", "x".repeat(110));
    let wanted = expected(
        200,
        None,
        Some(Body::Text(Wanted::Text("welcome".to_owned()))),
    );
    let found = differences(&wanted, &answer(&came, &[]), &secrets);
    assert!(!found[0].contains("hunter2"), "{found:?}");
    let came = json!({"token": came}).to_string();
    let wanted = expected(200, None, Some(Body::Json(json!({"token": "a"}))));
    let found = differences(&wanted, &answer(&came, &[]), &secrets);
    assert!(!found[0].contains("hunter2"), "{found:?}");
}
