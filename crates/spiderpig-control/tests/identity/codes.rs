//! Codes: each counts once, whoever sees it, and only when it is its time.

use crate::place::{HOUR, Place, SECOND, ada, address, at, enrol};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spiderpig_control::{CodeAnswer, Codes, Enrolment};
use std::collections::BTreeMap;

const STEP: i64 = 30 * SECOND;

#[test]
fn a_code_counts_once_and_no_older_one_after_it() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let mut turn = 0;
    let mut answer = |code: &str, milliseconds| {
        // Another address each time: this is not about waiting.
        turn += 1;
        identity
            .try_code((&ada(), address(turn)), Codes::One(code), at(milliseconds))
            .unwrap()
    };
    assert!(matches!(answer(&app.code(0), 0), CodeAnswer::Right(_)));
    assert_eq!(answer(&app.code(0), SECOND), CodeAnswer::Used);
    assert_eq!(
        answer(&app.code(-STEP), 3 * SECOND),
        CodeAnswer::Used,
        "an older one"
    );
    // Of an app that is half a minute ahead.
    assert!(matches!(
        answer(&app.code(2 * STEP), STEP + SECOND),
        CodeAnswer::Right(_)
    ));
    assert_eq!(answer(&app.code(STEP), STEP + 9 * SECOND), CodeAnswer::Used);
    assert_eq!(
        answer(&app.code(5 * STEP), 3 * STEP),
        CodeAnswer::Wrong,
        "not its time yet"
    );
    assert_eq!(
        answer(&app.code(5 * STEP), 7 * STEP),
        CodeAnswer::Wrong,
        "its time is over"
    );
}

#[test]
fn two_codes_count_where_they_follow_each_other_and_use_both_up() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let (first, second, third) = (app.code(0), app.code(STEP), app.code(2 * STEP));
    let mut turn = 0;
    let mut answer = |codes: Codes<'_>, milliseconds| {
        turn += 1;
        identity
            .try_code((&ada(), address(turn)), codes, at(milliseconds))
            .unwrap()
    };
    assert_eq!(answer(Codes::Two(&second, &first), STEP), CodeAnswer::Wrong);
    assert_eq!(answer(Codes::Two(&first, &first), STEP), CodeAnswer::Wrong);
    assert_eq!(answer(Codes::Two(&first, &third), STEP), CodeAnswer::Wrong);
    assert!(matches!(
        answer(Codes::Two(&first, &second), STEP),
        CodeAnswer::Right(_)
    ));
    assert_eq!(
        answer(Codes::Two(&first, &second), STEP + SECOND),
        CodeAnswer::Wrong
    );
    assert_eq!(answer(Codes::One(&second), STEP + SECOND), CodeAnswer::Used);
}

/// A9: whatever is replayed when, to whichever of two servers, no step is accepted twice.
#[test]
fn ten_thousand_tries_at_two_servers_accept_each_step_once() {
    let place = Place::new();
    let servers = [place.open(), place.open()];
    let app = enrol(&servers[0], &ada());
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let (mut now, mut accepted, mut tries) = (0, BTreeMap::new(), 0);
    let mut seen: Vec<i64> = Vec::new();
    while tries < 10_000 {
        now += random.random_range(0..4 * SECOND);
        // A code of about now, or one that somebody has seen before.
        let of = match seen.len() {
            0 => now,
            all if random.random_bool(0.5) => seen[random.random_range(all.saturating_sub(6)..all)],
            _ => now + STEP * random.random_range(-2..=2),
        };
        let (code, step) = (app.code(of), at(of).0.div_euclid(STEP));
        seen.push(of);
        let server = &servers[random.random_range(0..2)];
        tries += 1;
        // Each from another address, and days apart from the wrong ones before.
        let who = (&ada(), address(tries));
        match server.try_code(who, Codes::One(&code), at(now)).unwrap() {
            CodeAnswer::Right(_) => *accepted.entry(step).or_insert(0) += 1,
            CodeAnswer::TwoNeeded(until) => now = until.0 - at(0).0,
            _ => {}
        }
    }
    let twice: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    println!("{} steps accepted in {tries} tries", accepted.len());
    assert!(
        accepted.len() > 100,
        "only {} steps were accepted",
        accepted.len()
    );
}

#[test]
fn a_factor_is_kept_once_its_person_has_shown_a_code_of_it() {
    let place = Place::new();
    let identity = place.open();
    let enrolment = Enrolment::begin(ada()).unwrap();
    assert!(!identity.confirm(&enrolment, "000000", at(0)).unwrap());
    assert!(identity.people(at(0)).unwrap().is_empty());
    let uri = enrolment.uri("scap: on deploy1");
    let secret = enrolment.secret().to_string();
    assert!(
        uri.starts_with("otpauth://totp/") && uri.contains(&secret),
        "{}",
        *uri
    );
    let app = enrol(&identity, &ada());
    let person = &identity.people(at(0)).unwrap()[0];
    assert_eq!(person.factors.len(), 1);
    // The code that confirmed it is used up.
    let code = app.code(-HOUR);
    let who = (&ada(), address(1));
    assert_eq!(
        identity
            .try_code(who, Codes::One(&code), at(-HOUR))
            .unwrap(),
        CodeAnswer::Used
    );
    let second = Enrolment::begin(ada()).unwrap();
    let secret = totp_rs::Secret::try_from_base32(second.secret().as_str()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let seconds = u64::try_from(at(0).0 / 1_000).unwrap();
    let code = totp.generate(seconds).to_string();
    assert!(
        !identity.confirm(&second, &code, at(0)).unwrap(),
        "there is one already"
    );
    assert!(
        identity
            .remove_factor(&ada(), person.factors[0].factor)
            .unwrap()
    );
    assert!(identity.confirm(&second, &code, at(0)).unwrap());
}
