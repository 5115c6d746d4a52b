//! What counters make of the metrics of instances.

use super::*;

fn wanted(signature: Option<&str>) -> Exposition {
    Exposition {
        port: None,
        path: "/metrics".to_owned(),
        requests: "shop_requests_total".to_owned(),
        errors: "shop_errors_total".to_owned(),
        signature: signature.map(str::to_owned),
    }
}

/// The first look at an instance.
fn read(text: &str, wanted: &Exposition) -> Result<Read, CountersError> {
    let mut memory = Memory::default();
    super::read(text, None, (Wanted::Errors(wanted), &mut memory))
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
        unlisted: 0,
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
        (
            "shop_requests_total{a=\"b\"} 1\nshop_requests_total{a=\"b\"} 2\n",
            "a series of `shop_requests_total` is there twice",
        ),
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

#[test]
fn an_instance_goes_on_counting_when_it_restarts_or_shows_a_series_no_longer() {
    let looks = [
        (
            "shop_requests_total{a=\"1\"} 100\nshop_requests_total{a=\"2\"} 100\nshop_errors_total 7\n",
            (200, 7),
        ),
        (
            "shop_requests_total{a=\"1\"} 103\nshop_errors_total 7\n",
            (203, 7),
        ),
        ("shop_requests_total{a=\"1\"} 104\n", (204, 7)),
        (
            "shop_requests_total{a=\"1\"} 2\nshop_requests_total{a=\"2\"} 1\nshop_errors_total 1\n",
            (207, 8),
        ),
        ("shop_requests_total 0\n# EOF\n", (207, 8)),
    ];
    let (wanted, mut memory) = (wanted(None), Memory::default());
    for (text, expected) in looks {
        let read = super::read(text, None, (Wanted::Errors(&wanted), &mut memory)).unwrap();
        assert_eq!(
            (read.counters.requests, read.counters.errors),
            expected,
            "{text}"
        );
    }
    // A look that fails changes nothing.
    let wrong = "shop_requests_total 50\nshop_errors_total NaN\n";
    let before = memory.clone();
    assert!(super::read(wrong, None, (Wanted::Errors(&wanted), &mut memory)).is_err());
    assert_eq!(memory, before);
}

#[test]
fn what_is_no_metrics_says_what_it_is() {
    let cases = [
        (
            Some("text/html; charset=utf-8"),
            "not the text format of Prometheus; it says that it is \"text/html; charset=utf-8\"",
        ),
        (
            Some("text/plain; version=0.0.4"),
            "not the text format of Prometheus",
        ),
        (
            Some("application/openmetrics-text; version=1.0.0"),
            "not the text format of Prometheus",
        ),
        (None, "not the text format of Prometheus"),
    ];
    for (content_type, expected) in cases {
        let wanted = wanted(None);
        let mut memory = Memory::default();
        let read = super::read(
            "<html>",
            content_type,
            (Wanted::Errors(&wanted), &mut memory),
        );
        assert_eq!(read.unwrap_err().to_string(), expected);
    }
}

const HISTOGRAM: &str = "\
# TYPE shop_seconds histogram
shop_seconds_bucket{page=\"home\",le=\"0.25\"} 70
shop_seconds_bucket{page=\"home\",le=\"0.5\"} 90
shop_seconds_bucket{page=\"home\",le=\"+Inf\"} 100
shop_seconds_sum{page=\"home\"} 25.5
shop_seconds_count{page=\"home\"} 100
shop_seconds_bucket{page=\"item\",le=\"0.5\"} 10 # {trace_id=\"a b\"} 0.4 1520879607.789
shop_seconds_bucket{page=\"item\",le=\"+Inf\"} 11
shop_seconds_count{page=\"item\"} 11
# EOF
";

#[test]
fn slow_requests_are_those_above_the_bound() {
    let slow = |milliseconds: u64, histogram: &str, text: &str| {
        let wanted = ExpositionHistogram {
            port: None,
            path: "/metrics".to_owned(),
            histogram: histogram.to_owned(),
            over: std::time::Duration::from_millis(milliseconds).into(),
        };
        let mut memory = Memory::default();
        let read = super::read(text, None, (Wanted::Slow(&wanted), &mut memory));
        let read = read.map(|read| (read.counters.requests, read.counters.errors));
        read.map_err(|error| error.to_string())
    };
    assert_eq!(slow(500, "shop_seconds", HISTOGRAM), Ok((111, 11)));
    let cases = [
        (
            slow(300, "shop_seconds", HISTOGRAM),
            "of the histogram `shop_seconds` there is no bound of 0.3 s; there are 0.25, 0.5: set `over` to one of them",
        ),
        (
            slow(500, "shop_second", HISTOGRAM),
            "there is no metric `shop_second_count`; what looks like it: shop_seconds_count, ",
        ),
        (
            slow(500, "a", "a_count 5\n"),
            "there is no metric `a_bucket`",
        ),
    ];
    for (found, expected) in cases {
        let wrong = found.unwrap_err();
        assert!(wrong.starts_with(expected), "{wrong}");
    }
}
