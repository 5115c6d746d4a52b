//! What a Prometheus says of the past, and what is made of it.

use super::*;
use crate::checks::http::Said;
use serde_json::{Value, json};

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        place: "it".to_owned(),
        status,
        body: body.to_string().into_bytes(),
        said: Said::default(),
    }
}

fn matrix(series: &[(Value, &[(u64, &str)])]) -> Value {
    let series = series.iter().map(|(labels, values)| {
        let values: Vec<Value> = values
            .iter()
            .map(|(at, value)| json!([at, value]))
            .collect();
        json!({"metric": labels, "values": values})
    });
    let series: Vec<Value> = series.collect();
    json!({"status": "success", "data": {"resultType": "matrix", "result": series}})
}

#[test]
fn a_window_has_what_the_counters_of_a_pod_grew_by() {
    let pod = |name: &str, code: &str| json!({"pod": name, "code": code});
    let body = matrix(&[
        (pod("a", "200"), &[(60, "100"), (120, "160"), (180, "10")]),
        (pod("a", "500"), &[(60, "0"), (120, "5"), (180, "5")]),
        // A gap: nobody knows in which window it grew.
        (pod("b", "200"), &[(60, "7"), (180, "90"), (240, "91")]),
        (pod("c", "200"), &[(60, "NaN"), (120, "1"), (180, "2")]),
    ]);
    let found = by_window(&answer(200, &body), None, 60).unwrap();
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
fn what_is_no_whole_answer_is_no_history() {
    let healthy = matrix(&[]);
    let mut warned = healthy.clone();
    warned["warnings"] = json!(["store 2 is away"]);
    let refused =
        json!({"status": "error", "error": "exceeded maximum resolution of 11,000 points"});
    let cases = [
        (
            400,
            refused,
            "it refused the query: exceeded maximum resolution of 11,000 points",
        ),
        (200, warned, "it answered in part only: store 2 is away"),
        (
            200,
            json!([]),
            "it answered with status 200 and nothing that a Prometheus would say",
        ),
        (
            200,
            matrix(&[(json!({"job": "web"}), &[(60, "1")])]),
            "it has a series without a pod's name: it has job",
        ),
    ];
    for (status, body, expected) in cases {
        let wrong = by_window(&answer(status, &body), None, 60).unwrap_err();
        assert_eq!(wrong.to_string(), expected);
    }
    assert_eq!(
        by_window(&answer(200, &healthy), None, 60),
        Ok(ByWindow::new())
    );
}

#[test]
fn a_hostile_answer_of_a_prometheus_gives_a_history_or_a_reason() {
    let body = matrix(&[(
        json!({"pod": "a"}),
        &[(60, "1e3"), (120, "+Inf"), (180, "2")],
    )]);
    scap_hostile::hostile(
        "Prometheus history",
        &[body.to_string().into_bytes()],
        |body| {
            let answer = Answer {
                place: "it".to_owned(),
                status: 200,
                body: body.to_vec(),
                said: Said::default(),
            };
            let _ = by_window(&answer, Some("pod"), 60);
        },
    );
}
