//! What known pasts say.

use super::*;
use scap_plan::Period;

/// Usually scraped each fifteen seconds.
const WINDOW: u32 = 15_000;

fn history(release: &str, windows: Vec<Vec<(&str, u64, u64)>>) -> History {
    let mut instances: Vec<String> = Vec::new();
    let mut place = |name: &str| {
        let known = instances.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            instances.push(name.to_owned());
            instances.len() - 1
        })
    };
    let windows = windows.into_iter().map(|pods| {
        let counts = |(name, requests, errors)| (place(name), Counts { requests, errors });
        Window(pods.into_iter().map(counts).collect())
    });
    let windows = windows.collect();
    History {
        release: release.to_owned(),
        instances,
        windows,
        kinds: Vec::new(),
    }
}

/// Four pods, of which the last fails `worse` times as often as the others.
fn four_pods(windows: usize, worse: u64) -> History {
    let window = |place: usize| {
        let errors = u64::from(place.is_multiple_of(2)) * 2;
        let pod = |name, worse| (name, 3_000, errors * worse);
        vec![pod("a", 1), pod("b", 1), pod("c", 1), pod("d", worse)]
    };
    history("web", (0..windows).map(window).collect())
}

fn settings() -> CountersSettings {
    CountersSettings {
        maximum_hold: Period::from_secs(600),
        ..CountersSettings::default()
    }
}

#[test]
fn quiet_windows_count_and_bursts_are_seen_beside_the_traffic() {
    let mut windows = vec![vec![("a", 100, 0)]; 90];
    windows.extend(vec![vec![("a", 100, 1)]; 8]);
    windows.extend([vec![("a", 100, 37)], vec![]]);
    let Distribution {
        bins,
        errors_per_window,
        ..
    } = Distribution::of(&[history("web", windows.clone())]);
    let shown: Vec<_> = bins
        .iter()
        .map(|bin| (bin.least, bin.most, bin.windows))
        .collect();
    let expected = [
        (0, 0, 91),
        (1, 1, 8),
        (2, 2, 0),
        (3, 4, 0),
        (5, 8, 0),
        (9, 16, 0),
        (17, 32, 0),
        (33, 64, 1),
    ];
    assert_eq!(shown, expected);
    let Quantiles {
        p50,
        p90,
        p99,
        most,
    } = errors_per_window;
    let quantiles = [p50, p90, p99, most].map(|errors| format!("{errors}"));
    assert_eq!(quantiles, ["0", "0", "1", "37"]);
    let found = Distribution::of(&[history("web", windows)]);
    assert_eq!(
        (found.windows, found.quiet, found.without_requests),
        (100, 91, 1)
    );
    assert!(found.dispersion > 20.0 && found.dispersion_beside_traffic > 20.0);
}

#[test]
fn errors_that_come_with_the_traffic_are_explained_by_it() {
    let windows = (0..100).map(|place| vec![("a", 1_000 * place, 10 * place)]);
    let found = Distribution::of(&[history("web", windows.collect())]);
    assert!(found.dispersion > 100.0);
    assert!(found.dispersion_beside_traffic < 1e-9);
}

#[test]
fn alike_halves_neither_alarm_nor_need_more_than_the_strictest_ratio() {
    let found = analyze(&[four_pods(4_000, 1)], &[], &settings(), WINDOW).unwrap();
    let [halves] = found.placebos.as_slice() else {
        panic!("{:?}", found.placebos)
    };
    assert_eq!(halves.name, "halves of the pods of web");
    assert_eq!(
        (halves.rollouts, halves.alarms, halves.passed),
        (100, 0, 100)
    );
    assert_eq!(found.proposal.tolerated_ratio, Some(1.0));
    assert!(found.proposal.error_budget <= Some(0.002));
}

#[test]
fn a_side_that_always_fails_more_needs_a_ratio_that_tolerates_it() {
    let side = |errors: u64| vec![vec![("a", 15_000, errors)]; 4_000];
    let histories = [history("codfw", side(75)), history("eqiad", side(25))];
    let pair = Pair {
        name: "codfw against eqiad".to_owned(),
        canary: vec![0],
        control: vec![1],
    };
    let strict = CountersSettings {
        error_budget: 0.0001,
        ..settings()
    };
    let found = analyze(&histories, &[pair], &strict, WINDOW).unwrap();
    let [placebo] = found.placebos.as_slice() else {
        panic!("{:?}", found.placebos)
    };
    assert_eq!((placebo.rollouts, placebo.alarms), (100, 100));
    assert!(
        (placebo.ratio.p50 - 3.0).abs() < 0.02,
        "{:?}",
        placebo.ratio
    );
    // A bit below, ten minutes do not suffice for an alarm; but then it would not be what is tolerated.
    assert_eq!(found.proposal.tolerated_ratio, Some(3.0));
}

#[test]
fn where_nothing_can_be_compared_nothing_is_proposed() {
    let alone = history("web", vec![vec![("a", 100, 1)]; 100]);
    let silent = history("web", vec![vec![]; 100]);
    for history in [alone, silent] {
        let found = analyze(&[history], &[], &settings(), WINDOW).unwrap();
        assert_eq!(found.placebos, []);
        let Proposal {
            tolerated_ratio,
            error_budget,
            rollouts,
        } = found.proposal;
        assert_eq!((tolerated_ratio, error_budget, rollouts), (None, None, 0));
    }
}

#[test]
fn one_bad_pod_in_one_half_is_what_a_proposal_has_to_live_with() {
    let found = analyze(&[four_pods(4_000, 20)], &[], &settings(), WINDOW).unwrap();
    let halves = &found.placebos[0];
    assert!(halves.ratio.p90 > 5.0, "{:?}", halves.ratio);
    assert!(
        found.proposal.tolerated_ratio > Some(1.25),
        "{:?}",
        found.proposal
    );
}
