//! What a Prometheus answers, and what is made of it.

use super::*;

const VECTOR: &str = r#"{"status":"success","data":{"resultType":"vector","result":[
    {"metric":{"pod":"web-1","code":"500"},"value":[1700000000.1,"12"]},
    {"metric":{},"value":[1700000000.1,"NaN"]}]}}"#;

fn answer(status: u16, body: &str) -> http::Answer {
    http::Answer {
        place: "it".to_owned(),
        status,
        body: body.as_bytes().to_vec(),
        ..http::Answer::default()
    }
}

#[test]
fn series_have_an_instance_and_a_count() {
    let series = series(&answer(200, VECTOR), "x").unwrap();
    let instance = |index: usize, label| Series::instance_of(&series[index].labels, label);
    assert_eq!(instance(0, None), Ok("web-1"));
    assert_eq!(instance(0, Some("code")), Ok("500"));
    assert_eq!(series[0].count("errors").unwrap(), 12);
    let no_instance = instance(1, None).unwrap_err().to_string();
    assert_eq!(
        no_instance,
        "a series has none of the labels kubernetes_pod_name, pod, instance; it has none"
    );
    let no_count = series[1].count("errors").unwrap_err().to_string();
    assert_eq!(no_count, "the counter `errors` is NaN");
    for value in ["+Inf", "-Inf", "-1", "x", ""] {
        let series = Series {
            labels: Labels::new(),
            value: (1.0, value.to_owned()),
        };
        assert!(series.count("errors").is_err(), "{value}");
    }
}

#[test]
fn what_is_no_whole_answer_is_no_data() {
    let cases = [
        (
            400,
            r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
            "it refused the query `sum(x`: parse error",
        ),
        (
            422,
            r#"{"status":"error","errorType":"execution","error":"too many samples"}"#,
            "it refused the query `sum(x`: too many samples",
        ),
        (503, "upstream", "it is busy (status 503)"),
        (
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#,
            "it is busy (status 503): query timed out",
        ),
        (429, r#"{"message":"slow down"}"#, "it is busy (status 429)"),
        (401, "who are you?", "it does not let scap in (status 401)"),
        (
            404,
            "<html>",
            "it answered with status 404 and nothing that a Prometheus would say",
        ),
        (
            200,
            "<html>",
            "it answered with status 200 and nothing that a Prometheus would say",
        ),
        (
            200,
            r#"{"status":"success","warnings":["store 2 is away"],"data":{"resultType":"vector","result":[]}}"#,
            "it answered in part only: store 2 is away",
        ),
        (
            200,
            r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#,
            "it answered with no vector; a query for a number has no instances",
        ),
        (
            200,
            r#"{"status":"success"}"#,
            "it answered with no vector; a query for a number has no instances",
        ),
    ];
    for (status, body, expected) in cases {
        let found = series(&answer(status, body), "sum(x")
            .unwrap_err()
            .to_string();
        assert_eq!(found, expected, "{body}");
    }
}

#[test]
fn a_past_has_the_same_faults_and_needs_a_matrix() {
    let refused = r#"{"status":"error","error":"exceeded maximum resolution of 11,000 points"}"#;
    let warned = r#"{"status":"success","warnings":["store 2 is away"],"data":{"resultType":"matrix","result":[]}}"#;
    let cases = [
        (
            400,
            refused,
            "it refused the query `x`: exceeded maximum resolution of 11,000 points",
        ),
        (503, "upstream", "it is busy (status 503)"),
        (200, warned, "it answered in part only: store 2 is away"),
        (
            200,
            VECTOR,
            "it answered with status 200 and nothing that a Prometheus would say",
        ),
        (
            200,
            "[]",
            "it answered with status 200 and nothing that a Prometheus would say",
        ),
    ];
    for (status, body, expected) in cases {
        let wrong = past(&answer(status, body), "x").unwrap_err();
        assert_eq!(wrong.to_string(), expected, "{body}");
    }
    let nothing = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    assert_eq!(past(&answer(200, nothing), "x"), Ok(Vec::new()));
}

#[test]
fn a_hostile_answer_of_a_prometheus_gives_counts_or_a_reason() {
    scap_hostile::hostile("Prometheus answer", &[VECTOR.into()], |body| {
        let mut answer = answer(200, "");
        answer.body = body.to_vec();
        for series in series(&answer, "x").unwrap_or_default() {
            let _ = (
                Series::instance_of(&series.labels, None),
                series.count("errors"),
            );
        }
        let _ = past(&answer, "x");
        answer.status = 503;
        assert!(series(&answer, "x").is_err());
    });
}
