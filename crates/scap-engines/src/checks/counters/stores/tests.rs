//! How requests and errors come together, look after look.

use std::time::Duration;

use super::counted::{of_histogram, of_logs, of_series};
use super::*;
use crate::checks::counters::log_store::{Lines, LogCounts};
use crate::checks::counters::prometheus::Series;
use scap_run::InstanceCounters;
use serde_json::json;

const NAMES: Names<'_> = Names {
    instance: None,
    signature: Some("exception"),
};

fn series(of: &[(&[(&str, &str)], &str)]) -> Vec<Series> {
    let one = |(labels, value): &(&[(&str, &str)], &str)| {
        let labels: std::collections::BTreeMap<&str, &str> = labels.iter().copied().collect();
        serde_json::from_value(json!({"metric": labels, "value": [1.0, value]})).unwrap()
    };
    of.iter().map(one).collect()
}

fn of_pods(of: &[(&str, &str)]) -> Vec<Series> {
    let of: Vec<_> = of
        .iter()
        .map(|(pod, value)| ([("pod", *pod)], *value))
        .collect();
    let of: Vec<(&[(&str, &str)], &str)> = of
        .iter()
        .map(|(labels, value)| (&labels[..], *value))
        .collect();
    series(&of)
}

#[test]
fn series_of_a_pod_are_summed_and_errors_keep_their_kinds() {
    let requests = series(&[
        (&[("pod", "a"), ("code", "200")], "90"),
        (&[("pod", "a"), ("code", "500")], "10"),
        (&[("pod", "b")], "5"),
    ]);
    let errors = series(&[
        (&[("pod", "a"), ("exception", "Boom")], "7"),
        (&[("pod", "a"), ("exception", "Oops")], "2"),
        (&[("pod", "a")], "1"),
        (&[("pod", "gone")], "4"),
    ]);
    let counted = of_series((&requests, &errors), NAMES, Memory::default()).unwrap();
    let a = InstanceCounters {
        requests: 100,
        errors: 10,
        signatures: [("Boom".to_owned(), 7), ("Oops".to_owned(), 2)].into(),
        unlisted: 0,
    };
    let b = InstanceCounters {
        requests: 5,
        ..InstanceCounters::default()
    };
    assert_eq!(
        counted.instances,
        [("a".to_owned(), a), ("b".to_owned(), b)].into()
    );
    assert_eq!(counted.strangers, ["gone"]);
    assert!(!counted.is_without_errors);
}

#[test]
fn counters_of_a_pod_go_on_when_it_restarts_or_a_series_is_gone() {
    // Requests and errors of the pod at each look, then what both come to.
    let looks: [(&str, Option<&str>, (u64, u64)); 5] = [
        ("1000", Some("10"), (1000, 10)),
        ("1020", Some("11"), (1020, 11)),
        // Restarted: its counter of errors is there after the first one only.
        ("5", None, (1025, 11)),
        ("9", Some("2"), (1029, 13)),
        // An older sample of the other one of two.
        ("8", Some("2"), (1029, 13)),
    ];
    let mut memory = Memory::default();
    for (requests, errors, expected) in looks {
        let errors: Vec<_> = errors.into_iter().map(|errors| ("a", errors)).collect();
        let both = (&of_pods(&[("a", requests)])[..], &of_pods(&errors)[..]);
        let counted = of_series(both, NAMES, memory).unwrap();
        let a = &counted.instances["a"];
        assert_eq!((a.requests, a.errors), expected, "{requests} {errors:?}");
        memory = counted.memory;
    }
}

#[test]
fn no_requests_are_no_data_and_no_errors_are_none() {
    let nothing = of_series((&[], &[]), NAMES, Memory::default());
    let expected = "the query for requests found no series".to_owned();
    assert_eq!(nothing, Err(expected));
    let requests = series(&[(&[("instance", "a:1")], "5")]);
    let healthy = of_series((&requests, &[]), NAMES, Memory::default()).unwrap();
    assert!(healthy.is_without_errors);
    assert_eq!(healthy.instances["a:1"].errors, 0);
}

#[test]
fn what_a_log_store_has_and_cannot_count_is_remarked() {
    let lines = Lines {
        errors: 9,
        signatures: [("Boom".to_owned(), 6)].into(),
        unlisted: 3,
    };
    let logs = LogCounts {
        pods: [("a".to_owned(), lines.clone()), ("gone".to_owned(), lines)].into(),
        of_no_instance: 2,
    };
    let requests = of_pods(&[("a", "50")]);
    let first = of_logs(&requests, logs.clone(), NAMES, Memory::default()).unwrap();
    let a = &first.instances["a"];
    assert_eq!((a.requests, a.errors, a.unlisted), (50, 9, 3));
    assert_eq!(first.strangers, ["gone"]);
    let told: Vec<_> = first.remarks.into_iter().collect();
    let told: Vec<_> = told
        .iter()
        .map(|(what, why)| format!("{what}: {why}"))
        .collect();
    assert_eq!(
        told,
        [
            "errors of no pod: 2 lines match and name no pod; they are not counted",
            "kinds of errors: 3 errors came later than `lag`, or are of too many or too long kinds: they count, and no kinds are compared now",
        ]
    );
    // The next look has no more of them.
    let logs = LogCounts {
        of_no_instance: 0,
        ..logs
    };
    let next = of_logs(&requests, logs, NAMES, first.memory).unwrap();
    assert!(next.remarks.is_empty());
}

#[test]
fn slow_requests_are_those_above_the_bound() {
    let half = Period::from(Duration::from_millis(500));
    let bucket = |pod, bound, count| ([("pod", pod), ("le", bound)], count);
    let buckets = |of: &[([(&str, &str); 2], &str)]| {
        let of: Vec<(&[(&str, &str)], &str)> = of
            .iter()
            .map(|(labels, count)| (&labels[..], *count))
            .collect();
        series(&of)
    };
    let slow = |series: &[Series], memory| of_histogram(series, half, NAMES, memory);
    let first = buckets(&[
        bucket("a", "0.1", "50"),
        bucket("a", "0.5", "90"),
        bucket("a", "+Inf", "100"),
    ]);
    let first = slow(&first, Memory::default()).unwrap();
    let told = |counted: &Counted| {
        let a = &counted.instances["a"];
        (a.requests, a.errors)
    };
    assert_eq!(told(&first), (100, 10));
    // The pod has restarted.
    let next = buckets(&[bucket("a", "0.5", "3"), bucket("a", "+Inf", "8")]);
    let next = slow(&next, first.memory).unwrap();
    assert_eq!(told(&next), (108, 15));

    let no_bound = buckets(&[bucket("a", "1", "3"), bucket("a", "+Inf", "8")]);
    let no_label = of_pods(&[("a", "3")]);
    let cases = [
        (
            no_bound,
            "of a there is no bound of 0.5 s; there are 1: set `over` to one of them",
        ),
        (
            no_label,
            "a series has no label `le`, which the query must keep: `sum by (pod, le) (…)`",
        ),
        (Vec::new(), "the query for the histogram found no series"),
    ];
    for (series, expected) in cases {
        let wrong = slow(&series, Memory::default()).unwrap_err();
        assert_eq!(wrong, expected);
    }
}
