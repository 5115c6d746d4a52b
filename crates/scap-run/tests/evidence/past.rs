//! A watch: evidence against the past, where there is no control.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, Evidence as Planned, Exposition,
    HighWindow, Ordinary, Origin, Past, PastSource, Period, Watch,
};
use scap_run::evidence::{
    Counts, Evidence, RATIOS, SignatureCounts, Tick, Verdict, learn_past, past_window,
};

use crate::bounds::at_most;
use crate::streams::Stream;

const RUNS: PastSource = PastSource::Runs { runs: 3 };
const WINDOW: u64 = 20_000;

fn counters() -> Counters {
    Counters {
        name: "errors".to_owned(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: "/metrics".to_owned(),
            requests: "requests_total".to_owned(),
            errors: "errors_total".to_owned(),
            signature: Some("kind".to_owned()),
        }),
        settings: CountersSettings::default(),
        mode: CheckMode::Blocking,
        origin: Origin::Team,
        is_shared: false,
    }
}

/// A watch of ten minutes that knows these kinds of errors.
fn watch(past: Option<Past>, kinds: &[&str]) -> Evidence {
    let kinds = kinds.iter().map(|kind| (*kind).to_owned());
    let planned = Planned {
        counters: counters(),
        canary: Vec::new(),
        control: Vec::new(),
        load: None,
        ordinary: Ordinary {
            signatures: kinds.collect(),
            ..Ordinary::default()
        },
        watch: Some(Watch {
            period: Period::from_secs(600),
            past,
        }),
    };
    Evidence::of_gate(&planned).expect("valid defaults")
}

fn past(requests: u64, errors: u64) -> Past {
    Past {
        source: RUNS,
        requests,
        errors,
        windows: 500,
        dispersion: 1.0,
        high: None,
    }
}

fn counts(requests: u64, errors: u64) -> Counts {
    Counts { requests, errors }
}

fn tick(requests: u64, errors: u64, seconds: u32) -> Tick {
    Tick {
        canary: counts(requests, errors),
        milliseconds: seconds * 1000,
        ..Tick::default()
    }
}

fn of_kind(kind: &str, requests: u64, errors: u64) -> Tick {
    Tick {
        signatures: vec![SignatureCounts {
            signature: kind.to_owned(),
            canary: errors,
            control: 0,
        }],
        ..tick(requests, errors, 20)
    }
}

fn voted(mut evidence: Evidence, ticks: impl IntoIterator<Item = Tick>) -> Evidence {
    // The first minute is over: instances have settled, and the second start is open.
    evidence.vote(&tick(0, 0, 60));
    for tick in ticks {
        evidence.vote(&tick);
    }
    evidence
}

/// Stakes of the first two starts: 1/2 and 1/6.
const STAKES: f64 = 2.0 / 3.0;

fn assert_log_e(evidence: &Evidence, expected: f64) {
    let found = evidence.log_e();
    assert!(
        (found - expected.ln()).abs() < 1e-9,
        "{found} for ln {expected}"
    );
}

#[test]
fn the_rate_pays_as_a_poisson_count_does_at_twice_the_rate_of_the_past() {
    // 7 errors and 3 by chance in 10,000: up to 2 errors in 1,000 requests are no wonder.
    for (dispersion, errors) in [(1.0, 8_u32), (1.0, 0), (4.0, 20)] {
        let before = Past {
            dispersion,
            ..past(10_000, 7)
        };
        let paid = RATIOS.map(|ratio| {
            let log = f64::from(errors) * ratio.ln() - 2.0 * (ratio - 1.0);
            (log / dispersion).exp()
        });
        let mean = paid.iter().sum::<f64>() / 9.0;
        let seen = tick(1_000, errors.into(), 5);
        let evidence = voted(watch(Some(before), &[]), [seen]);
        assert_log_e(&evidence, STAKES * f64::midpoint(mean, 1.0));
    }
}

#[test]
fn windows_much_worse_than_one_of_ten_was_are_bet_on_where_they_are_alike() {
    let before = Past {
        high: Some(HighWindow {
            requests: 1_000,
            errors: 5,
            typical_requests: 1_000,
        }),
        // Such a variance leaves the rate nothing to say.
        dispersion: 1e12,
        ..past(1_000_000, 3_000)
    };
    let of_shares = |worse: i32, others: i32| {
        let paid = [0.3_f64, 0.5, 0.75, 0.95]
            .map(|share| (share / 0.15).powi(worse) * ((1.0 - share) / 0.85).powi(others));
        paid.iter().sum::<f64>() / 4.0
    };
    let cases = [
        (vec![tick(1_000, 8, 20); 3], of_shares(3, 0)),
        (
            vec![tick(1_000, 8, 20), tick(1_000, 7, 20)],
            of_shares(1, 1),
        ),
        // Twice the requests have an error more often than one of ten.
        (vec![tick(2_000, 20, 20); 3], 1.0),
        // It is not over yet.
        (vec![tick(1_000, 8, 19)], 1.0),
    ];
    for (ticks, mean) in cases {
        let evidence = voted(watch(Some(before.clone()), &[]), ticks);
        assert!((evidence.log_e() - (STAKES * f64::midpoint(1.0, mean)).ln()).abs() < 1e-6);
    }
}

#[test]
fn half_of_the_stake_is_on_kinds_that_were_never_seen() {
    // The past has so many errors that these few say nothing by themselves.
    let before = Past {
        dispersion: 1e12,
        ..past(10_000, 5_000)
    };
    let of_kinds = |kind: &str| {
        let ticks = vec![of_kind(kind, 1_000, 2); 4];
        voted(watch(Some(before.clone()), &["Timeout"]), ticks)
    };
    assert!(of_kinds("Timeout").log_e() < 0.0);
    let novel = of_kinds("Boom");
    assert!(novel.is_alarming());
    assert_eq!(novel.verdict(false), Some(Verdict::Concern));
    let why = novel.explain(false, &[]).to_string();
    assert!(why.contains("`Boom` was never seen before (8)"), "{why}");
    // Without a known kind nobody can say what is new.
    let ticks = vec![of_kind("Boom", 1_000, 2); 4];
    assert!(!voted(watch(Some(before), &[]), ticks).is_alarming());
}

#[test]
fn a_watch_asks_or_passes_and_never_fails() {
    let known = || Some(past(100_000, 100));
    let cases = [
        (
            known(),
            tick(10_000, 200, 60),
            Verdict::Concern,
            "errors came 20 times as often as before (200 in 10,000 requests; 100 in 100,000 of 3 former runs), certain to better than 1 in 1,000,000,000; the past alone takes nothing back",
        ),
        (
            known(),
            tick(10_000, 9, 60),
            Verdict::Pass,
            "in 120 s no more errors than the past lets expect (9 in 10,000 requests; 100 in 100,000 of 3 former runs)",
        ),
        (
            known(),
            tick(99, 0, 60),
            Verdict::NoData,
            "no data to judge by: 99 requests, and it needs 100",
        ),
        (
            None,
            tick(10_000, 9, 60),
            Verdict::Pass,
            "errors stay below 0.5 % (9 in 10,000 requests), certain to better than 1 in 1,000,000,000; nothing is known of the past",
        ),
        (
            None,
            tick(1_000, 100, 60),
            Verdict::Concern,
            "more than 0.5 % of the requests had errors (100 in 1,000 requests), and nothing is known of the past",
        ),
        (
            None,
            tick(200, 0, 60),
            Verdict::Inconclusive,
            "nothing is known of the past, and there is too little to tell (0 in 200 requests): a fault in less than 1.9 % of the requests could have been missed",
        ),
    ];
    for (past, seen, verdict, why) in cases {
        let evidence = voted(watch(past, &[]), [seen]);
        assert_eq!(evidence.verdict(true), Some(verdict));
        assert_eq!(evidence.explain(true, &[]).to_string(), why);
    }
    // Before its time is over it says nothing, but for a concern.
    let calm = voted(watch(known(), &[]), [tick(10_000, 9, 60)]);
    assert_eq!(calm.verdict(false), None);
}

#[test]
fn instances_that_start_may_have_more_of_the_errors_that_are_known() {
    let mut evidence = watch(Some(past(100_000, 100)), &["Timeout"]);
    for _ in 0..9 {
        evidence.vote(&Tick {
            milliseconds: 5_000,
            ..of_kind("Timeout", 1_000, 100)
        });
    }
    assert!(!evidence.is_alarming());
    evidence.vote(&of_kind("Timeout", 1_000, 100));
    assert!(evidence.is_alarming());
}

#[test]
fn the_past_is_learnt_from_whole_windows() {
    let windows = |each: &[(u64, u64)]| -> Vec<(Counts, u32)> {
        let halves = each.iter().flat_map(|(requests, errors)| {
            [
                (counts(*requests, *errors), 10_000),
                (Counts::default(), 10_000),
            ]
        });
        halves.collect()
    };
    let learn = |each: &[(u64, u64)]| learn_past([windows(each)], RUNS, WINDOW);
    assert_eq!(learn(&[(99, 1)]), None);
    // As even as can be; as uneven as no single errors are: (24² + 19 · 6²) / 120 with 6 expected in each.
    let even = learn(&[(1_000, 6); 20]).expect("enough requests");
    assert_eq!(
        (even.requests, even.errors, even.windows),
        (20_000, 120, 20)
    );
    assert!((even.dispersion - 1.0).abs() < 1e-9);
    let mut burst = vec![(1_000, 0); 19];
    burst.push((1_000, 120));
    let burst = learn(&burst).expect("enough requests");
    assert!((burst.dispersion - 114.0).abs() < 1e-9, "{burst:?}");
    // Too few windows to know how much errors vary.
    let few = learn(&[(1_000, 6); 3]).expect("enough requests");
    assert!((few.dispersion - 4.0).abs() < 1e-9);
    assert_eq!(few.high, None);
    // 1, 2, … 100 errors: of ten windows one has more than 90.
    let rising: Vec<(u64, u64)> = (1..=100).map(|errors| (1_000, errors)).collect();
    let high = learn(&rising).and_then(|past| past.high);
    let expected = HighWindow {
        requests: 1_000,
        errors: 90,
        typical_requests: 1_000,
    };
    assert_eq!(high, Some(expected));
    // What is left of a stretch is no window.
    let rest = learn_past([vec![(counts(1_000, 5), 19_000)]], RUNS, WINDOW);
    assert_eq!(rest, None);
}

#[test]
fn windows_are_whole_scrapes() {
    assert_eq!(past_window(&counters().source), 20_000);
}

fn stream() -> Stream {
    Stream {
        requests_per_second: 200.0,
        canary_share: 1.0,
        base_error_rate: 0.001,
        canary_ratio: 1.0,
        lines_per_cause: 1.0,
        one_offs_per_second: 0.0,
        fault: 0.0,
        tick_milliseconds: 5_000,
    }
}

/// Concerns in watches of ten minutes, each after three former runs.
fn concerns(stream: &Stream, now: &Stream, watches: u64) -> u64 {
    let is_of_concern = |seed: &u64| {
        let mut random = ChaCha8Rng::seed_from_u64(*seed);
        let mut stretch = || -> Vec<(Counts, u32)> {
            let ticks = (0..150).map(|_| stream.tick(&mut random).canary);
            ticks.map(|canary| (canary, 5_000)).collect()
        };
        let stretches = [stretch(), stretch(), stretch()];
        let past = learn_past(stretches, RUNS, WINDOW).expect("enough requests");
        let mut evidence = watch(Some(past), &["a", "b", "c", "d"]);
        (0..120).any(|_| {
            evidence.vote(&now.tick(&mut random));
            evidence.verdict(false) == Some(Verdict::Concern)
        })
    };
    (0..watches).filter(is_of_concern).count() as u64
}

#[test]
fn healthy_watches_seldom_ask() {
    let clustered = Stream {
        lines_per_cause: 4.0,
        one_offs_per_second: 1.0 / 300.0,
        ..stream()
    };
    let seldom = Stream {
        requests_per_second: 5.0,
        base_error_rate: 0.005,
        ..stream()
    };
    let busy = Stream {
        requests_per_second: 4_000.0,
        base_error_rate: 0.0005,
        ..clustered.clone()
    };
    // The level itself may have changed by a half.
    let risen = Stream {
        canary_ratio: 1.5,
        ..stream()
    };
    let cases = [
        (stream(), stream()),
        (clustered.clone(), clustered),
        (seldom.clone(), seldom),
        (busy.clone(), busy),
        (stream(), risen),
    ];
    for (before, now) in cases {
        let concerns = concerns(&before, &now, 500);
        assert!(
            at_most(concerns, 500, 0.03) <= 0.01,
            "{concerns} of 500: {now:?}"
        );
    }
}

#[test]
fn faults_of_concern_are_found() {
    let fault = Stream {
        fault: 0.01,
        ..stream()
    };
    assert_eq!(concerns(&stream(), &fault, 100), 100);
}
