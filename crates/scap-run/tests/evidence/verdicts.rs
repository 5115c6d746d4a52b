//! The verdicts, and the sentences that explain them.

use scap_plan::Ordinary;
use scap_run::evidence::{
    Counts, Evidence, Explanation, Settings, SettingsError, SignatureCounts, Tick, Verdict,
};
use std::collections::BTreeSet;

/// A tick of five seconds: requests and errors of the canary, then of the control.
fn tick(canary: (u64, u64), control: (u64, u64)) -> Tick {
    let counts = |(requests, errors)| Counts { requests, errors };
    Tick {
        canary: counts(canary),
        control: counts(control),
        signatures: Vec::new(),
        milliseconds: 5000,
    }
}

fn of_kind(name: &str, mut tick: Tick) -> Tick {
    tick.signatures.push(SignatureCounts {
        signature: name.to_owned(),
        canary: tick.canary.errors,
        control: tick.control.errors,
    });
    tick
}

fn judged(ticks: &[Tick]) -> Evidence {
    judged_with(Settings::default(), ticks)
}

fn judged_with(settings: Settings, ticks: &[Tick]) -> Evidence {
    let mut evidence = Evidence::new(settings).expect("valid settings");
    for tick in ticks {
        evidence.vote(tick);
    }
    evidence
}

fn explained(ticks: &[Tick]) -> Explanation {
    judged(ticks).explain(true, ticks)
}

#[test]
fn nothing_is_judged_before_its_time() {
    let quiet = vec![tick((1000, 0), (20_000, 0)); 5];
    assert_eq!(judged(&quiet).verdict(false), None);
    assert_eq!(
        explained(&quiet).to_string(),
        "too little to tell (0 in 5,000 requests; 0 in 100,000): a fault in less than 0.075 % of the requests could have been missed"
    );
}

#[test]
fn a_canary_within_its_budget_passes_after_the_hold() {
    let quiet = vec![tick((1000, 1), (20_000, 20)); 6];
    assert_eq!(judged(&quiet).verdict(false), Some(Verdict::Pass));
    assert_eq!(
        explained(&quiet).to_string(),
        "errors of the canary stay below 0.5 % (6 in 6,000 requests; 120 in 120,000), certain to 1 in 590,000"
    );
}

#[test]
fn more_errors_than_the_control_fail() {
    let mut ticks = vec![tick((1000, 2), (19_000, 3)); 40];
    assert_eq!(judged(&ticks).verdict(false), Some(Verdict::Fail));
    ticks.extend(vec![tick((1000, 0), (19_000, 0)); 1000]);
    let explanation = explained(&ticks);
    assert_eq!(explanation.verdict, Some(Verdict::Fail), "it stays");
    assert_eq!(
        explanation.to_string(),
        "errors grew 13-fold against the control (80 in 1,040,000 requests; 120 in 19,760,000), certain to better than 1 in 1,000,000,000"
    );
}

#[test]
fn a_new_kind_of_error_is_named() {
    let mut ticks = vec![of_kind("Old", tick((1000, 10), (19_000, 190))); 10];
    for tick in &mut ticks {
        tick.canary.errors += 3;
        tick.signatures.push(SignatureCounts {
            signature: "New".to_owned(),
            canary: 3,
            control: 0,
        });
    }
    let explanation = explained(&ticks);
    assert!(explanation.is_led_by_signature);
    assert_eq!(
        explanation.to_string(),
        "errors `New` appeared that the control does not have (30 in 10,000 requests; 0 in 190,000), certain to better than 1 in 1,000,000,000"
    );
}

#[test]
fn the_hint_says_how_many_errors_would_have_been_no_alarm() {
    const EACH: u64 = 5;
    let failing = |errors| tick((1000, errors), (19_000, 3));
    let ticks = vec![failing(EACH); 100];
    let until_alarm = (1..=100).find(|n| judged(&ticks[..*n]).is_alarming());
    let until_alarm = until_alarm.expect("more than the control");
    let explanation = explained(&ticks);
    let most = explanation.errors_without_alarm.expect("an alarm");
    assert_eq!(
        explanation.hint().expect("the ticks are at hand"),
        format!(
            "with {most} errors of the canary, spread as they were, there would have been no alarm yet"
        )
    );
    let with = |kept: u64| {
        let until = |n: usize| n as u64 * kept / until_alarm as u64;
        let fewer: Vec<Tick> = (0..until_alarm)
            .map(|n| failing(until(n + 1) - until(n)))
            .collect();
        judged(&fewer).is_alarming()
    };
    assert!(
        most + 1 < EACH * until_alarm as u64,
        "one fewer is not enough"
    );
    assert!(!with(most));
    assert!(with(most + 1));
    assert_eq!(judged(&ticks).explain(true, &[]).hint(), None);
}

/// The number that a hint begins with, behind `with `.
fn number(hint: &str) -> u64 {
    let number = hint
        .strip_prefix("with ")
        .and_then(|rest| rest.split_once(' '));
    let (number, _) = number.expect("a number");
    number.replace(',', "").parse().expect("a whole one")
}

#[test]
fn the_hint_of_a_pass_says_how_many_errors_more_it_would_not_have_stood() {
    let quiet = vec![tick((1000, 1), (20_000, 20)); 6];
    let hint = explained(&quiet).hint().expect("it passed");
    assert!(
        hint.ends_with(" more errors of the canary it would not have passed yet"),
        "{hint}"
    );
    let with = |more: u64| {
        let mut ticks = quiet.clone();
        for (_, place) in (0..more).zip((0..6).cycle()) {
            ticks[place].canary.errors += 1;
        }
        judged(&ticks).verdict(false)
    };
    assert_eq!(with(number(&hint) - 1), Some(Verdict::Pass));
    assert_ne!(with(number(&hint)), Some(Verdict::Pass));
}

#[test]
fn the_hint_of_too_little_says_how_many_requests_are_missing() {
    let few = vec![tick((100, 0), (2_000, 2)); 6];
    assert_eq!(judged(&few).verdict(true), Some(Verdict::Inconclusive));
    let hint = explained(&few).hint().expect("it is too little");
    let end = " more requests of the canary, all of them good, it would have passed";
    assert!(hint.ends_with(end), "{hint}");
    let with = |more: u64| {
        let mut ticks = few.clone();
        ticks[0].canary.requests += more;
        judged(&ticks).verdict(true)
    };
    assert_eq!(with(number(&hint)), Some(Verdict::Pass));
    assert_eq!(with(number(&hint) - 1), Some(Verdict::Inconclusive));
}

#[test]
fn no_requests_are_no_data_and_never_a_pass() {
    let idle = vec![tick((0, 0), (20_000, 20)); 100];
    assert_eq!(judged(&idle).verdict(false), None);
    assert_eq!(
        explained(&idle).to_string(),
        "no data to judge by: 0 requests of the canary and 2,000,000 of the control, and each needs 100"
    );
    let hardly_a_control = vec![tick((20_000, 0), (1, 0)); 99];
    assert_eq!(judged(&hardly_a_control).verdict(false), None);
    assert_eq!(
        judged(&hardly_a_control).verdict(true),
        Some(Verdict::NoData)
    );
}

#[test]
fn a_canary_that_falls_silent_no_longer_passes() {
    let mut ticks = vec![tick((1000, 0), (20_000, 20)); 12];
    assert_eq!(judged(&ticks).verdict(false), Some(Verdict::Pass));
    ticks.extend(vec![tick((0, 0), (21_000, 20)); 12]);
    assert_eq!(judged(&ticks).verdict(false), None);
    assert_eq!(
        explained(&ticks).to_string(),
        "no data to judge by: the canary or the control has had no requests for 60 s"
    );
}

#[test]
fn a_few_requests_are_inconclusive() {
    let few = vec![tick((10, 1), (200, 20)); 20];
    assert_eq!(judged(&few).verdict(true), Some(Verdict::Inconclusive));
}

#[test]
fn a_fault_of_many_kinds_is_led_by_all_errors_and_names_the_loudest() {
    let kinds = ["A", "B", "C", "D", "A"];
    let ticks: Vec<Tick> = kinds
        .iter()
        .map(|kind| of_kind(kind, tick((1000, 3), (19_000, 1))))
        .collect();
    let explanation = explained(&ticks);
    assert!(!explanation.is_led_by_signature);
    assert_eq!(
        explanation.to_string(),
        "errors grew 57-fold against the control (15 in 5,000 requests; 5 in 95,000), certain to 1 in 1,400; above all `A` (6 against 2)"
    );
}

#[test]
fn an_alarm_that_later_errors_of_the_control_contradict_says_so() {
    let mut ticks = vec![tick((1000, 2), (19_000, 3)); 40];
    ticks.extend(vec![tick((0, 0), (19_000, 1000)); 10]);
    assert_eq!(
        explained(&ticks).to_string(),
        "errors outgrew the control's for a time (80 in 40,000 requests; 10,120 in 950,000), certain to better than 1 in 1,000,000,000"
    );
}

#[test]
fn a_few_failed_requests_exclude_nothing() {
    let ticks = vec![tick((20, 20), (400, 400)); 5];
    assert_eq!(
        explained(&ticks).to_string(),
        "too little to tell (100 in 100 requests; 2,000 in 2,000): any fault could have been missed"
    );
    assert_eq!(
        judged(&ticks).explain(false, &ticks).to_string(),
        "no verdict yet (100 in 100 requests; 2,000 in 2,000)"
    );
}

#[test]
fn without_signatures_all_errors_are_the_whole_evidence() {
    let settings = Settings {
        maximum_signatures: 0,
        ..Settings::default()
    };
    let ticks = [of_kind("A", tick((1000, 3), (19_000, 1)))];
    let evidence = judged_with(settings, &ticks);
    assert!(evidence.signatures().is_empty());
    assert!((evidence.log_e() - evidence.log_e_all()).abs() < 1e-12);
}

/// Ten times as many errors as the control, for so many ticks.
fn cold(ticks: usize) -> Vec<Tick> {
    vec![of_kind("Timeout", tick((1000, 10), (19_000, 19))); ticks]
}

#[test]
fn while_instances_start_more_of_what_is_ordinary_is_no_alarm() {
    let ordinary = Ordinary {
        signatures: BTreeSet::from(["Timeout".to_owned()]),
        calm: true,
        ..Ordinary::default()
    };
    let judged = |ticks: &[Tick]| {
        let empty = Evidence::new(Settings::default()).expect("valid defaults");
        let mut evidence = empty.knowing(ordinary.clone());
        for tick in ticks {
            evidence.vote(tick);
        }
        evidence
    };
    let nine_ticks_are_45_seconds = cold(9);
    assert!(!judged(&nine_ticks_are_45_seconds).is_alarming());
    assert!(judged(&cold(20)).is_alarming(), "later it is one");
    let novel = vec![of_kind("Boom", tick((1000, 10), (19_000, 19))); 9];
    assert!(
        judged(&novel)
            .signatures()
            .iter()
            .all(|kind| kind.signature() == "Boom")
    );
    let of_the_canary_alone = vec![of_kind("Boom", tick((1000, 10), (19_000, 0))); 3];
    assert!(
        judged(&of_the_canary_alone).is_alarming(),
        "a novel kind is one at once"
    );
}

#[test]
fn a_canary_that_fails_all_requests_is_found_soon_while_it_starts() {
    for (canary, control) in [(200, 200), (100, 200), (10, 190)] {
        let second = Tick {
            milliseconds: 1000,
            ..tick((canary, canary), (control, 0))
        };
        let alarm = (1..=20).find(|seconds| judged(&vec![second.clone(); *seconds]).is_alarming());
        assert!(
            alarm.is_some(),
            "{canary} beside {control} requests a second"
        );
    }
}

#[test]
fn a_warm_up_is_not_judged_and_the_verdict_mentions_it() {
    let settings = Settings {
        warm_up_milliseconds: 30_000,
        ..Settings::default()
    };
    let six_ticks_are_30_seconds = vec![of_kind("Boom", tick((1000, 100), (19_000, 0))); 6];
    let evidence = judged_with(settings.clone(), &six_ticks_are_30_seconds);
    assert!(!evidence.is_alarming());
    let ticks = vec![of_kind("Boom", tick((1000, 100), (19_000, 0))); 9];
    let evidence = judged_with(settings, &ticks);
    assert_eq!(evidence.verdict(false), Some(Verdict::Fail));
    let sentence = evidence.explain(false, &ticks).to_string();
    assert!(
        sentence.ends_with("; the first 30 s were its warm-up"),
        "{sentence}"
    );
}

#[test]
fn errors_of_one_burst_have_one_vote() {
    let second = |errors| Tick {
        milliseconds: 1000,
        ..of_kind("Boom", tick((200, errors), (3_800, 0)))
    };
    let burst = vec![second(1); 30];
    let alarming = judged(&burst);
    assert!(
        alarming.is_alarming(),
        "without bursts each tick has a vote"
    );
    let settings = Settings {
        burst_milliseconds: 30_000,
        ..Settings::default()
    };
    assert!(!judged_with(settings.clone(), &burst).is_alarming());
    let fault = vec![second(1); 240];
    let evidence = judged_with(settings, &fault);
    assert!(evidence.is_alarming(), "a fault outlasts a burst");
    let sentence = evidence.explain(false, &fault).to_string();
    let mentioned = "; a cause may go on for 30 s, so that errors within them have one vote";
    assert!(sentence.ends_with(mentioned), "{sentence}");
}

/// So many ticks of five seconds, each with so many errors of a kind that the control does not have.
fn novel(ticks: usize, errors: u64) -> Vec<Tick> {
    vec![of_kind("Boom", tick((1000, errors), (19_000, 0))); ticks]
}

fn judged_without_a_past(ticks: &[Tick]) -> Evidence {
    let empty = Evidence::new(Settings::default()).expect("valid defaults");
    let mut evidence = empty.knowing(Ordinary::default());
    for tick in ticks {
        evidence.vote(tick);
    }
    evidence
}

#[test]
fn without_a_past_what_may_be_one_cause_holds_and_asks_in_the_end() {
    let half_a_minute = novel(6, 1);
    assert!(judged(&half_a_minute).is_alarming(), "with a past");
    let evidence = judged_without_a_past(&half_a_minute);
    assert!(evidence.is_doubted());
    assert_eq!(evidence.verdict(false), None);
    assert_eq!(evidence.verdict(true), Some(Verdict::Concern));
    assert_eq!(
        evidence.explain(true, &half_a_minute).to_string(),
        "errors `Boom` appeared that the control does not have (6 in 6,000 requests; 0 in 114,000), certain to 1 in 1,900,000; \
         held, as one cause may go on like that: former rollouts are too few to know"
    );
}

#[test]
fn without_a_past_a_fault_that_outlasts_one_cause_or_is_too_much_for_it_fails() {
    for (what, ticks) in [("lasting", novel(30, 1)), ("many", novel(6, 10))] {
        let evidence = judged_without_a_past(&ticks);
        assert_eq!(evidence.verdict(false), Some(Verdict::Fail), "{what}");
        let sentence = evidence.explain(false, &ticks).to_string();
        assert!(!sentence.contains("held"), "{sentence}");
    }
}

#[test]
fn settings_that_void_the_guarantee_are_refused() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        Evidence::new(settings).unwrap_err().to_string()
    };
    assert_eq!(
        refused(|s| s.false_alarm_rate = f64::NAN),
        "`false_alarm_rate` must be above 0 and at most 0.5, not `NaN`"
    );
    assert_eq!(
        refused(|s| s.tolerated_ratio = 0.9),
        "`tolerated_ratio` must be from 1 to 1000, not `0.9`"
    );
    assert_eq!(
        refused(|s| s.settling_factor = 0),
        "`settling_factor` must be above 0"
    );
    assert_eq!(
        refused(|s| s.restart_every_milliseconds = 0),
        "`restart_every_milliseconds` must be above 0"
    );
    assert_eq!(
        refused(|s| s.maximum_signatures = 1001),
        "`maximum_signatures` must be at most 1000, not `1001`"
    );
    assert_eq!(
        refused(|s| s.error_budget = 0.0),
        "`error_budget` must be above 0 and at most 1, not `0`"
    );
    assert_eq!(
        refused(|s| s.promote_confidence = 1.0),
        "`promote_confidence` must be above 1 and finite, not `1`"
    );
    assert_eq!(
        Settings {
            minimum_requests: 0,
            ..Settings::default()
        }
        .validate(),
        Err(SettingsError::Zero {
            name: "minimum_requests"
        })
    );
}
