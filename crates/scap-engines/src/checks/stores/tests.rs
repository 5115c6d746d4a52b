//! How requests and errors come together.

use super::*;
use serde_json::json;

fn series(of: &[(&[(&str, &str)], &str)]) -> Vec<Series> {
    let one = |(labels, value): &(&[(&str, &str)], &str)| {
        let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
        serde_json::from_value(json!({"metric": labels, "value": [1.0, value]})).unwrap()
    };
    of.iter().map(one).collect()
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
    let errors = by_instance(&errors, None, Some("exception")).unwrap();
    let counted = counted(&requests, None, errors).unwrap();
    let a = InstanceCounters {
        requests: 100,
        errors: 10,
        signatures: [("Boom".to_owned(), 7), ("Oops".to_owned(), 2)].into(),
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
fn no_requests_are_no_data_and_no_errors_are_none() {
    let nothing = counted(&[], None, BTreeMap::new());
    let expected = "the query for requests found no series".to_owned();
    assert_eq!(nothing, Err(expected));
    let requests = series(&[(&[("instance", "a:1")], "5")]);
    let healthy = counted(&requests, None, BTreeMap::new()).unwrap();
    assert!(healthy.is_without_errors);
    assert_eq!(healthy.instances["a:1"].errors, 0);
}
