//! The form of errors that people and scripts rely on.

use super::*;
use crate::view::page::Colors;
use insta::assert_snapshot;

fn text(failure: &Failure, colors: Colors) -> String {
    let mut written = Vec::new();
    failure.page().write(&mut written, colors).unwrap();
    String::from_utf8(written).unwrap()
}

fn undefined_group() -> Failure {
    let message = "service `mathoid` refers to undefined cluster group `wikikube-next`";
    Failure {
        hints: vec!["known cluster groups are `dse-k8s`, `wikikube`.".to_owned()],
        place: Some(Place {
            file: "service-catalog.yaml".to_owned(),
            line: 14,
            column: 22,
        }),
        ..Failure::new(FailureKind::Config, message)
    }
}

fn rolled_back() -> Failure {
    Failure {
        causes: vec![
            "errors grew 14-fold against the baseline".to_owned(),
            "37 in 8,120 requests".to_owned(),
        ],
        hints: vec!["see `scap explain 2041`.".to_owned()],
        ..Failure::new(
            FailureKind::Error,
            "canary of `mathoid` in `eqiad` was rolled back",
        )
    }
}

#[derive(Debug, thiserror::Error)]
#[error("journal could not be opened")]
struct Outer(#[source] std::io::Error);

#[test]
fn an_error_brings_its_sources_as_causes() {
    let error = Outer(std::io::Error::other("disk full"));
    let failure = Failure::of(FailureKind::Error, &error);
    assert_eq!(failure.message, "journal could not be opened");
    assert_eq!(failure.causes, ["disk full"]);
}

#[test]
fn a_wrong_file_names_its_place() {
    assert_snapshot!(text(&undefined_group(), Colors::None), @r"
    Config error: service `mathoid` refers to undefined cluster group `wikikube-next`   ——▶ service-catalog.yaml:14:22
    Hint: known cluster groups are `dse-k8s`, `wikikube`.
    ");
}

#[test]
fn causes_are_numbered_from_the_nearest_to_the_root() {
    assert_snapshot!(text(&rolled_back(), Colors::None), @r"
    Error: canary of `mathoid` in `eqiad` was rolled back
    Caused by: 1: errors grew 14-fold against the baseline
               2: 37 in 8,120 requests
    Hint: see `scap explain 2041`.
    ");
}

#[test]
fn as_json_it_is_one_object() {
    assert_snapshot!(undefined_group().json(), @r#"{"kind":"config","message":"service `mathoid` refers to undefined cluster group `wikikube-next`","causes":[],"hints":["known cluster groups are `dse-k8s`, `wikikube`."],"place":{"file":"service-catalog.yaml","line":14,"column":22}}"#);
}

#[test]
fn what_others_wrote_cannot_steer_the_terminal() {
    let failure = Failure::new(FailureKind::Error, "helm said \u{1b}[2Jgone\u{7}");
    let text = text(&failure, Colors::Shown);
    assert!(text.contains("helm said gone"), "{text:?}");
    assert!(!text.contains("[2J") && !text.contains('\u{7}'), "{text:?}");
}
