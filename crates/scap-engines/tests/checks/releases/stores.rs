//! Stores that cannot answer, or find nothing, or are asked by many.

use super::*;

#[tokio::test]
async fn stores_that_cannot_answer_are_no_data() {
    let healthy = Answers::healthy;
    let busy = Answers {
        logs: (429, json!({"error": {"reason": "too many requests"}})),
        ..healthy()
    };
    let down = Answers {
        errors: (503, json!({})),
        ..healthy()
    };
    let empty = Answers {
        requests: (200, vector(&[])),
        ..healthy()
    };
    let cases = [
        (7, busy, logs(), "is busy (status 429): too many requests"),
        (8, down, prometheus(), "is busy (status 503)"),
        (
            9,
            empty,
            prometheus(),
            "the query for requests found no series",
        ),
    ];
    for (last, answers, counters, expected) in cases {
        let mut place = Place::new(last, answers).await;
        let snapshot = place.snapshot(&counters).await;
        let step = place.world.plan.steps[1].to_string();
        assert!(snapshot.instances.is_empty());
        assert!(snapshot.missing[&step].contains(expected), "{snapshot:?}");
        let warnings = place.warnings(counters).await;
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let begin = format!("the check `errors` has no data of {step}: ");
        assert!(warnings[0].starts_with(&begin) && warnings[0].contains(expected));
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_no_data() {
    let mut place = Place::new(13, Answers::healthy()).await;
    place.asks_metrics_at("http://127.0.43.13:1");
    for counters in [prometheus(), logs()] {
        let snapshot = place.snapshot(&counters).await;
        let step = place.world.plan.steps[1].to_string();
        let why = &snapshot.missing[&step];
        let expected = "no answer from Prometheus at http://127.0.43.13:1: ";
        assert!(why.starts_with(expected), "{why}");
    }
}

#[tokio::test]
async fn a_busy_store_is_asked_again_and_then_left_alone() {
    let down = Answers {
        errors: (503, json!({})),
        ..Answers::healthy()
    };
    let place = Place::new(12, down).await;
    let mut told = Vec::new();
    let asked = |errors: &str| {
        let asked = place.asked.lock().unwrap();
        asked.iter().filter(|uri| uri.contains(errors)).count()
    };
    for number in 0..6 {
        // Each asks for something else, so that no answer is known already.
        let errors = format!("errors_total{{x=\"{number}\"}}");
        let CountersSource::Prometheus(mut source) = prometheus().source else {
            panic!("it is one");
        };
        // The requests are there; they must not count as a store that is well again.
        source.requests.query = errors.clone().try_into().unwrap();
        source.errors = errors.try_into().unwrap();
        let counters = of_source(CountersSource::Prometheus(source));
        let snapshot = place.snapshot(&counters).await;
        told.extend(snapshot.missing.into_values());
    }
    assert!(told[0].ends_with("is busy (status 503)"), "{told:?}");
    // Both queries of the first check were asked three times each; by the last check the store rests.
    assert!(told[5].contains("is not asked for "), "{told:?}");
    assert!(
        told[5].ends_with("s: it answered with status 503"),
        "{told:?}"
    );
    assert_eq!(asked("x%3D%220"), 6);
    assert_eq!(asked("x%3D%225"), 0);
}

#[tokio::test]
async fn preflight_says_once_what_a_query_cannot_find() {
    let healthy = Answers::healthy;
    let without_errors = || Answers {
        errors: (200, vector(&[])),
        ..healthy()
    };
    let without_requests = || Answers {
        requests: (200, vector(&[])),
        ..healthy()
    };
    let with_days = |days| Answers { days, ..healthy() };
    let none = "Prometheus has no series of errors of STEP yet for the check `errors`, which counts as no errors";
    let no_data = "the check `errors` has no data of STEP: the query for requests found no series";
    let other = |metric: &str| {
        format!(
            "Prometheus has the metric `{metric}`, and nothing in the last 7 days that is `{metric}{{release=\"canary\"}}`"
        )
    };
    let never =
        |metric: &str| format!("Prometheus has had no metric `{metric}` in the last 7 days");
    let cases = [
        (healthy(), prometheus(), vec![]),
        (healthy(), logs(), vec![]),
        (without_errors(), prometheus(), vec![format!("{none}: {}", other("errors_total"))]),
        (
            Answers { metrics: vec!["requests_total"], ..without_errors() },
            prometheus(),
            vec![format!("{none}: {}", never("errors_total"))],
        ),
        (without_requests(), prometheus(), vec![format!("{no_data}; {}", other("requests_total"))]),
        (
            Answers { metrics: vec![], ..without_requests() },
            prometheus(),
            vec![format!("{no_data}; {}", never("requests_total"))],
        ),
        (
            Answers { samples: "5", ..healthy() },
            prometheus(),
            vec!["`requests_total{release=\"canary\"}` has a sample each 1m, and the check `errors` says `interval: 15s`".to_owned()],
        ),
        (
            Answers { clock_ahead: -90, ..healthy() },
            prometheus(),
            vec!["the clock of Prometheus is more than 1m behind this machine's".to_owned()],
        ),
        (
            Answers { fields: json!({"fields": {"pod": {"text": {"aggregatable": false}}}}), ..healthy() },
            logs(),
            vec![
                "the log store has no field `@timestamp`: the check `errors` needs it".to_owned(),
                "the log store cannot group by the field `pod`, which is text: the check `errors` needs it".to_owned(),
                "the log store has no field `class`: the check `errors` needs it".to_owned(),
            ],
        ),
        (
            with_days((0, Some(3), 0)),
            logs(),
            vec!["no line of the last 7 days matches the query `level:ERROR` of the check `errors`".to_owned()],
        ),
        (
            with_days((0, None, 0)),
            logs(),
            vec!["the log store of the check `errors` has no lines of the last 7 days".to_owned()],
        ),
        (
            with_days((5, Some(3), 8)),
            logs(),
            vec!["8 lines in the log store of the check `errors` are dated more than 10s ahead of now".to_owned()],
        ),
    ];
    for (index, (answers, counters, expected)) in cases.into_iter().enumerate() {
        let mut place = Place::new(20 + u8::try_from(index).unwrap(), answers).await;
        let step = place.world.plan.steps[1].to_string();
        let told = place.warnings(counters).await.into_iter();
        let told = told.map(|warning| warning.replace(&step, "STEP"));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
    let mut stale = Place::new(40, with_days((5, Some(3_600), 0))).await;
    let told = stale.warnings(logs()).await;
    assert!(
        told[0].starts_with("the newest line in the log store of the check `errors` is 1h"),
        "{told:?}"
    );
}

#[tokio::test]
async fn checks_that_count_in_another_way_have_answers_of_their_own() {
    let place = Place::new(42, Answers::healthy()).await;
    for (index, field) in ["pod", "host.name", "pod"].into_iter().enumerate() {
        let CountersSource::Logs(mut source) = logs().source else {
            panic!("it is one");
        };
        source.instance_field = field.to_owned();
        place
            .snapshot(&of_source(CountersSource::Logs(source)))
            .await;
        let asked = place.asked.lock().unwrap().len();
        assert!(asked >= 2 * (index + 1).min(2), "{index}: {asked}");
    }
}

#[tokio::test]
async fn many_services_ask_a_store_in_turn() {
    const SERVICES: usize = 50;
    let place = Place::new(41, Answers::healthy()).await;
    let (plan, checks) = (&place.world.plan, &place.world.checks);
    let of_service = |number: usize| {
        let CountersSource::Prometheus(mut source) = prometheus().source else {
            panic!("it is one");
        };
        source.requests.query = format!("requests_total{{x=\"{number}\"}}")
            .try_into()
            .unwrap();
        of_source(CountersSource::Prometheus(source))
    };
    let all: Vec<Counters> = (0..SERVICES).map(of_service).collect();
    let looks = all
        .iter()
        .map(|counters| checks.counters(plan, counters, &[StepId(1)]));
    for snapshot in futures::future::join_all(looks).await {
        assert!(snapshot.missing.is_empty(), "{snapshot:?}");
    }
    assert_eq!(place.asked.lock().unwrap().len(), 2 * SERVICES);
    let most = place.at_once.1.load(Ordering::SeqCst);
    assert!((1..=4).contains(&most), "{most} at once");
}

#[tokio::test]
async fn what_all_share_is_asked_as_it_is_wherever_something_is_deployed() {
    let mut place = Place::new(60, Answers::healthy()).await;
    let url = place.settings.metrics.as_ref().unwrap().url.as_str();
    place.asks_metrics_at(&url.replace("{datacenter}", "eqiad"));
    let source = json!({"requests": "requests_total", "instance": null, "interval": "15s", "errors": "errors_total",
        "signature": "code"});
    let source = serde_json::from_value(source).unwrap();
    let signal = Counters {
        is_shared: true,
        ..of_source(CountersSource::Prometheus(source))
    };
    let (plan, checks) = (&place.world.plan, &place.world.checks);
    // Hosts, a release, both.
    for steps in [&[StepId(0)][..], &[StepId(1)], &[StepId(0), StepId(1)]] {
        let snapshot = checks.counters(plan, &signal, steps).await;
        assert_eq!(snapshot.missing, BTreeMap::new());
        let web1 = &snapshot.instances["web-1"];
        assert_eq!((web1.requests, web1.errors), (120, 4));
    }
    let of_nobody = checks.counters(plan, &signal, &[]).await;
    assert_eq!(of_nobody, Snapshot::default());
    let asked = place.asked.lock().unwrap().clone();
    assert!(
        asked
            .iter()
            .all(|uri| uri.starts_with("/metrics-store/eqiad/"))
    );
}
