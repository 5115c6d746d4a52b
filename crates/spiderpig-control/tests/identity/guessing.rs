//! A10: who guesses has next to no chance, and whom they guess against still gets in.

use crate::place::{HOUR, Place, SECOND, ada, address, at, enrol};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_run::UnixMillis;
use spiderpig_control::{AddressGuard, CodeAnswer, Codes, PersonGuard, Turn};
use std::collections::HashMap;

const GUESSES: u32 = 1_000_000;
const ADDRESSES: u32 = 1_000;
const DAY: i64 = 24 * HOUR;
/// Codes that count at a moment, of all: two steps beside the present one.
const ODDS: f64 = 3.0 / 1e6;
const ODDS_OF_TWO: f64 = 3.0 / 1e12;

/// The guards as the store keeps them, without the store: a million commits take too long for a test.
#[derive(Default)]
struct Guards {
    person: PersonGuard,
    addresses: HashMap<u32, AddressGuard>,
    singles: u32,
    pairs: u32,
}

impl Guards {
    /// A wrong guess by one who does the best thing at each moment; whether it was looked at.
    fn guess(&mut self, address: u32, now: UnixMillis) -> bool {
        let guard = self
            .addresses
            .entry(address)
            .or_insert_with(|| AddressGuard::new(now));
        if guard.until(now) > now {
            return false;
        }
        guard.fail(now);
        match self.person.turn(now) {
            Turn::One => {
                self.person.fail(now);
                self.singles += 1;
            }
            Turn::Two(_) => self.pairs += 1,
        }
        true
    }
}

#[test]
fn a_million_guesses_from_a_thousand_addresses_in_a_day_have_odds_below_one_in_ten_thousand() {
    let mut random = ChaCha8Rng::seed_from_u64(10);
    let mut guards = Guards::default();
    for guess in 0..GUESSES {
        let now = at(i64::from(guess) * DAY / i64::from(GUESSES));
        guards.guess(random.random_range(0..ADDRESSES), now);
        // From an address of their own the person gets in at any moment.
        assert!(matches!(guards.person.turn(now), Turn::One | Turn::Two(_)));
        assert!(!guards.addresses.contains_key(&ADDRESSES));
    }
    let Guards { singles, pairs, .. } = guards;
    let missed =
        (1.0 - ODDS).powi(singles.cast_signed()) * (1.0 - ODDS_OF_TWO).powi(pairs.cast_signed());
    let odds = 1.0 - missed;
    println!("{singles} single codes and {pairs} pairs were looked at: odds {odds:.2e}");
    assert!(
        pairs > 100_000,
        "the addresses did not guess in earnest: {pairs}"
    );
    assert!(odds <= 1e-4, "{odds}");
}

/// The same on the real file, with fewer guesses, a restart in the middle, and the person coming every hour.
#[test]
fn the_person_gets_in_every_hour_of_the_attack_and_a_restart_resets_nothing() {
    let place = Place::new();
    let mut identity = place.open();
    let app = enrol(&identity, &ada());
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let (mut singles, mut looked_at) = (0, 0);
    for minute in 0..24 * 60_i64 {
        let now = minute * 60 * SECOND;
        let from = address(1_000 + random.random_range(0..ADDRESSES));
        let wrong = ["111111", "222222"];
        let answer = identity
            .try_code((&ada(), from), Codes::One(wrong[0]), at(now))
            .unwrap();
        singles += u32::from(answer == CodeAnswer::Wrong);
        if let CodeAnswer::TwoNeeded(_) = answer {
            let answer = identity.try_code((&ada(), from), Codes::Two(wrong[0], wrong[1]), at(now));
            looked_at += u32::from(answer.unwrap() == CodeAnswer::Wrong);
        }
        if minute % 60 == 59 {
            let codes = (app.code(now), app.code(now + 30 * SECOND));
            let own = (&ada(), address(7));
            let answer =
                identity.try_code(own, Codes::Two(&codes.0, &codes.1), at(now + 31 * SECOND));
            assert!(
                matches!(answer.unwrap(), CodeAnswer::Right(_)),
                "minute {minute}"
            );
        }
        if minute % 100 == 50 {
            identity = place.open();
        }
    }
    assert!(singles <= 10, "{singles} single codes were looked at");
    assert!(looked_at > 1_000, "only {looked_at} guesses were looked at");
}

#[test]
fn a_person_who_mistypes_waits_twice_as_long_each_time_or_gives_two_codes() {
    let mut guard = PersonGuard::default();
    let mut now = 0;
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
        assert_eq!(guard.turn(at(now)), Turn::One);
        guard.fail(at(now));
        let until = now + wait * SECOND;
        assert_eq!(guard.turn(at(until - 1)), Turn::Two(at(until)), "{wait}");
        now = until;
    }
    guard.fail(at(now));
    assert_eq!(
        guard.turn(at(now)),
        Turn::Two(at(DAY)),
        "the first of ten is a day old then"
    );
    assert_eq!(guard.turn(at(DAY)), Turn::One);
}

#[test]
fn an_address_waits_a_minute_at_the_most_and_is_forgiven_in_an_hour() {
    let mut guard = AddressGuard::new(at(0));
    assert_eq!(guard.until(at(0)), at(0));
    let mut now = 0;
    for wait in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
        guard.fail(at(now));
        assert_eq!(guard.until(at(now)), at(now + wait * SECOND));
        now += wait * SECOND;
    }
    guard.fail(at(now));
    now += HOUR;
    guard.fail(at(now));
    assert_eq!(guard.until(at(now)), at(now + SECOND));
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_out() {
    let (mut person, mut from) = (PersonGuard::default(), AddressGuard::new(at(0)));
    person.fail(at(0));
    from.fail(at(0));
    let before = -HOUR;
    assert_eq!(person.turn(at(before)), Turn::Two(at(before + SECOND)));
    assert_eq!(from.until(at(before)), at(before + SECOND));
}

#[test]
fn addresses_of_one_network_of_ipv6_wait_together() {
    let place = Place::new();
    let identity = place.open();
    enrol(&identity, &ada());
    let hosts = [
        "2001:db8:1:2::1",
        "2001:db8:1:2:ffff::9",
        "2001:db8:1:3::1",
        "::ffff:10.1.1.1",
        "10.1.1.1",
    ];
    let answers = hosts.map(|host| {
        let two = Codes::Two("111111", "222222");
        identity
            .try_code((&ada(), host.parse().unwrap()), two, at(0))
            .unwrap()
    });
    let waits = answers.map(|answer| matches!(answer, CodeAnswer::Wait(_)));
    assert_eq!(waits, [false, true, false, false, true]);
}
