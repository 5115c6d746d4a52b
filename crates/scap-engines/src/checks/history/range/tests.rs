//! What a Prometheus says of the past, and what is made of it.

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn matrix(series: &[(Value, &[(u64, &str)])]) -> Vec<PastSeries> {
    let series = series.iter().map(|(labels, values)| {
        let values: Vec<Value> = values
            .iter()
            .map(|(at, value)| json!([at, value]))
            .collect();
        json!({"metric": labels, "values": values})
    });
    serde_json::from_value(series.collect()).unwrap()
}

#[test]
fn a_window_has_what_the_counters_of_a_pod_grew_by() {
    let pod = |name: &str, code: &str| json!({"pod": name, "code": code});
    let series = matrix(&[
        (pod("a", "200"), &[(60, "100"), (120, "160"), (180, "10")]),
        (pod("a", "500"), &[(60, "0"), (120, "5"), (180, "5")]),
        // A gap: nobody knows in which window it grew.
        (pod("b", "200"), &[(60, "7"), (180, "90"), (240, "91")]),
        (pod("c", "200"), &[(60, "NaN"), (120, "1"), (180, "2")]),
    ]);
    let found = by_pod(&series, None, 60).unwrap();
    let pods = |pods: &[(&str, u64)]| {
        let pods = pods
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        pods.collect::<BTreeMap<String, u64>>()
    };
    let expected = [
        (60, pods(&[("a", 65)])),
        // The restarted counter counts from nothing.
        (120, pods(&[("a", 10), ("c", 1)])),
        (180, pods(&[("b", 1)])),
    ];
    assert_eq!(found, expected.into());
}

#[test]
fn a_series_without_the_name_of_a_pod_is_no_history() {
    let series = matrix(&[(json!({"job": "web"}), &[(60, "1")])]);
    let wrong = by_pod(&series, Some("pod"), 60).unwrap_err();
    assert_eq!(wrong, "a series has none of the labels pod; it has job");
    assert_eq!(by_pod(&[], None, 60), Ok(ByWindow::new()));
}

#[test]
fn hostile_series_give_a_history_or_a_reason() {
    let series =
        json!([{"metric": {"pod": "a"}, "values": [[60, "1e3"], [120, "+Inf"], [180, "2"]]}]);
    scap_hostile::hostile(
        "Prometheus history",
        &[series.to_string().into_bytes()],
        |body| {
            if let Ok(series) = serde_json::from_slice::<Vec<PastSeries>>(body) {
                let _ = by_pod(&series, Some("pod"), 60);
            }
        },
    );
}
