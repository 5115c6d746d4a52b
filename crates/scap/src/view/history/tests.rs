//! The past of a service as people read it.

use super::*;
use crate::view::tests::{WIDTH, text};
use insta::assert_snapshot;
use scap_plan::CountersSettings;
use scap_run::evidence::Counts;
use scap_run::history::{History, Window, analyze};

/// Two datacenters of four pods each, for four hundred minutes; every so often one of them has a burst.
fn histories() -> Vec<History> {
    let window = |place: usize, busy: u64| {
        let burst = if place.is_multiple_of(97) { 40 } else { 0 };
        let pod = |pod: usize| {
            let is_unlucky = (place + pod).is_multiple_of(23);
            let errors = u64::from(is_unlucky) + if pod == 0 { burst } else { 0 };
            let requests = 300 * busy;
            (pod, Counts { requests, errors })
        };
        Window((0..4).map(pod).collect())
    };
    let of = |name: &str, busy: u64| History {
        release: format!("production in {name}"),
        instances: (0..4).map(|pod| format!("{name}/shop/web-{pod}")).collect(),
        windows: (0..1_600).map(|place| window(place, busy)).collect(),
        kinds: Vec::new(),
    };
    vec![of("codfw", 1), of("eqiad", 2)]
}

fn analyzed() -> AnalyzedHistory {
    let settings = CountersSettings::default();
    let histories = histories();
    let kind = |signature: &str, errors, example: Option<&str>| Kind {
        signature: signature.to_owned(),
        errors,
        example: example.map(str::to_owned),
    };
    AnalyzedHistory {
        check: "errors".to_owned(),
        days: 30,
        window_milliseconds: 15_000,
        releases: histories.iter().map(|it| it.release.clone()).collect(),
        analysis: analyze(&histories, &[], &settings, 15_000).unwrap(),
        settings,
        kinds: vec![
            kind(
                "no answer within # ms",
                1_234,
                Some("no answer within 503 ms from [masked: secret store/password]"),
            ),
            kind("TypeError", 7, None),
        ],
    }
}

#[test]
fn the_past_is_a_picture_with_figures_and_a_proposal() {
    assert_snapshot!(text(&page(&analyzed(), 100)));
}

#[test]
fn a_past_that_nothing_can_be_compared_in_proposes_nothing() {
    let mut alone = analyzed();
    alone.analysis = analyze(&[], &[], &alone.settings, 15_000).unwrap();
    alone.kinds = Vec::new();
    assert_snapshot!(text(&page(&alone, WIDTH)));
}

#[test]
fn bars_have_their_share_of_the_longest_and_the_least_is_seen() {
    let bars = [0, 1, 40, 320].map(|part| bar(part, 320));
    let longest = "█".repeat(40);
    assert_eq!(bars, ["", "▏", "█████", longest.as_str()]);
}
