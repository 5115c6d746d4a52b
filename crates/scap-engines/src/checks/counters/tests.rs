//! What counters make of the metrics of instances.

use super::*;

fn wanted(signature: Option<&str>) -> Wanted {
    Wanted {
        port: None,
        path: "/metrics".to_owned(),
        requests: "shop_requests_total".to_owned(),
        errors: "shop_errors_total".to_owned(),
        signature: signature.map(str::to_owned),
    }
}

const TEXT: &str = "\
# TYPE shop_requests_total counter
shop_requests_total{status=\"200\"} 90
shop_requests_total{status=\"500\"} 10
# TYPE shop_errors_total counter
shop_errors_total{signature=\"Boom\",page=\"home\"} 4
shop_errors_total{signature=\"Boom\",page=\"item\"} 3
shop_errors_total{signature=\"Oops\"} 2
shop_errors_total{page=\"home\"} 1
shop_errors_total_of_others 1000
";

#[test]
fn series_are_summed_and_errors_grouped_by_signature() {
    let read = read(TEXT, &wanted(Some("signature"))).unwrap();
    let signatures = [("Boom", 7), ("Oops", 2)].map(|(name, count)| (name.to_owned(), count));
    let expected = InstanceCounters {
        requests: 100,
        errors: 10,
        signatures: signatures.into(),
    };
    assert_eq!((read.counters, read.without_errors), (expected, None));
}

#[test]
fn without_a_signature_errors_are_not_grouped() {
    let read = read(TEXT, &wanted(None)).unwrap();
    assert_eq!(
        (read.counters.errors, read.counters.signatures.len()),
        (10, 0)
    );
}

#[test]
fn an_error_counter_that_is_not_there_yet_counts_as_none_and_is_noted() {
    let cases: [(&str, Option<&[&str]>); 3] = [
        ("shop_requests_total 5\n", Some(&[])),
        (
            "shop_requests_total 5\nshop_error_total 2\n",
            Some(&["shop_error_total"]),
        ),
        (
            "# TYPE shop_errors_total counter\nshop_requests_total 5\n",
            None,
        ),
    ];
    for (text, alike) in cases {
        let read = read(text, &wanted(Some("signature"))).unwrap();
        let alike = alike.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            (read.counters.requests, read.counters.errors),
            (5, 0),
            "{text}"
        );
        let noted = read.without_errors.map(|mut names: Vec<String>| {
            names.retain(|name| name.contains("error"));
            names
        });
        assert_eq!(noted, alike, "{text}");
    }
}

#[test]
fn what_cannot_be_counted_is_missing_with_the_reason() {
    let cases = [
        ("", "there is no metric `shop_requests_total`"),
        (
            "shop_requests 5\ngo_goroutines 8\n",
            "there is no metric `shop_requests_total`; what looks like it: shop_requests",
        ),
        (
            "shop_requests_total NaN\n",
            "the counter `shop_requests_total` is NaN",
        ),
        (
            "shop_requests_total +Inf\n",
            "the counter `shop_requests_total` is inf",
        ),
        (
            "shop_requests_total -1\n",
            "the counter `shop_requests_total` is -1",
        ),
        (
            "shop_requests_total 1\nshop_errors_total 1e300\n",
            "the counter `shop_errors_total` is 1",
        ),
        ("<html>\n", "not the text format of Prometheus"),
    ];
    for (text, expected) in cases {
        let error = read(text, &wanted(Some("signature")))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn hostile_metrics_give_counts_or_a_reason() {
    let wanted = wanted(Some("signature"));
    scap_hostile::hostile_text("counters", &[TEXT], |text| {
        if let Ok(read) = read(text, &wanted) {
            let grouped: u64 = read.counters.signatures.values().sum();
            // Each sum is rounded by itself.
            let kinds = read.counters.signatures.len() as u64;
            assert!(grouped <= read.counters.errors + kinds, "{read:?}");
        }
    });
}
