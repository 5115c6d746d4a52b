//! Passkeys that a browser makes: what it may not say, and how they are kept once their person has confirmed them.

use super::{Bend, ORIGIN, Scene};
use crate::authenticator::{Authenticator, VERIFIED};
use crate::place::{MINUTE, ada, at, sign_in};
use scap_plan::PersonName;
use spiderpig_control::{Ban, ControlError, PasskeyError, Purpose, WaitingPasskeys};

#[test]
fn no_passkey_is_made_of_lies() {
    let bends: [(&str, Bend); 8] = [
        ("shown, not made", |it| it.kind = "webauthn.get"),
        ("another challenge", |it| it.challenge = "A".repeat(43)),
        ("another origin", |it| {
            it.origin = "http://localhost:8081".to_owned();
        }),
        ("within another page", |it| it.is_elsewhere = true),
        ("another site", |it| it.site = "evil.example".to_owned()),
        ("nobody verified", |it| it.flags &= !VERIFIED),
        ("nobody there", |it| it.flags &= !1),
        ("no key", |it| it.flags &= !0x40),
    ];
    let scene = Scene::new();
    let who = (&ada(), &scene.session);
    let mut key = Authenticator::new(2);
    for (what, bend) in bends {
        let options = scene.passkeys.begin(&scene.identity, who, at(0)).unwrap();
        let honest = key.hears(&options, ORIGIN);
        let mut said = honest.clone();
        bend(&mut said);
        let made = scene
            .passkeys
            .finish(who, ("phone", &key.makes(&said)), at(0));
        assert!(made.is_err(), "{what}");
    }
    let options = scene.passkeys.begin(&scene.identity, who, at(0)).unwrap();
    let answer = key.makes(&key.clone().hears(&options, ORIGIN));
    let (_, other) = scene.identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
    let elsewhere = scene
        .passkeys
        .finish((&ada(), &other), ("phone", &answer), at(0));
    assert!(matches!(elsewhere, Err(PasskeyError::NotAsked)));
    for name in ["", " ", "a\nb", &"x".repeat(41)] {
        let unnamed = scene.passkeys.finish(who, (name, &answer), at(0));
        assert!(
            matches!(unnamed, Err(PasskeyError::Unnamed(40))),
            "{name:?}"
        );
    }
    let made = scene
        .passkeys
        .finish(who, (" phone ", &answer), at(0))
        .unwrap();
    assert_eq!(made.name(), "phone");
    assert!(
        scene
            .passkeys
            .finish(who, ("phone", &answer), at(0))
            .is_err(),
        "once"
    );
}

#[test]
fn a_person_has_each_passkey_once_and_ten_of_them() {
    let mut scene = Scene::new();
    scene.key = Authenticator::new(1);
    assert!(
        scene.made("twin", at(0)).is_err(),
        "the page is told which there are"
    );
    scene.key = Authenticator::new(2);
    let twins = [scene.made("one", at(0)), scene.made("the same", at(0))].map(Result::unwrap);
    let kept = twins.map(|it| scene.identity.keep_passkey(&it, at(0)).unwrap());
    assert_eq!(kept, [true, false]);
    for seed in 3..=11 {
        scene.key = Authenticator::new(seed);
        let made = scene.made("one more", at(0)).unwrap();
        assert_eq!(
            scene.identity.keep_passkey(&made, at(0)).unwrap(),
            seed <= 10
        );
    }
}

#[test]
fn a_waiting_passkey_is_confirmed_by_its_person_and_number_within_ten_minutes() {
    let mut scene = Scene::new();
    scene.key = Authenticator::new(2);
    let waiting = WaitingPasskeys::default();
    let made = scene.made("phone", at(0)).unwrap();
    let (number, until) = waiting.add(made.clone(), at(0)).unwrap();
    assert!(number.len() == 6 && number.bytes().all(|it| it.is_ascii_digit()));
    assert_eq!(until, at(10 * MINUTE));
    let eve = PersonName::new("eve").unwrap();
    let wrong = if number == "000000" {
        "000001"
    } else {
        "000000"
    };
    assert!(
        waiting.take(&eve, &number, at(0)).is_none(),
        "of another person"
    );
    assert!(waiting.take(&ada(), wrong, at(0)).is_none());
    let taken = waiting.take(&ada(), &number, at(10 * MINUTE - 1)).unwrap();
    assert_eq!((taken.person(), taken.name()), (&ada(), "phone"));
    assert!(waiting.take(&ada(), &number, at(0)).is_none(), "once");
    let (number, _) = waiting.add(made.clone(), at(0)).unwrap();
    assert!(waiting.take(&ada(), &number, at(10 * MINUTE)).is_none());
    let numbers: Vec<String> = (0..9)
        .map(|_| waiting.add(made.clone(), at(0)).unwrap().0)
        .collect();
    let left = numbers
        .iter()
        .filter(|it| waiting.take(&ada(), it, at(0)).is_some());
    assert_eq!(left.count(), 8, "the oldest has gone");
}

#[test]
fn what_was_taken_away_or_whose_person_is_banned_counts_no_more() {
    let mut scene = Scene::new();
    let said = scene.heard(Purpose::SignIn, at(0));
    let factor = scene.identity.people(at(0)).unwrap()[0].factors[0].factor;
    assert!(scene.identity.remove_factor(&ada(), factor).unwrap());
    let proven = scene.prove(Purpose::SignIn, &scene.key.signs(&said), at(0));
    assert!(
        matches!(proven, Err(PasskeyError::CountedBack)),
        "{proven:?}"
    );
    let mut scene = Scene::new();
    let said = scene.heard(Purpose::SignIn, at(0));
    let made = {
        scene.key = Authenticator::new(3);
        scene.made("phone", at(0)).unwrap()
    };
    let ban = Ban {
        by: "root".to_owned(),
        reason: "left".to_owned(),
        since: at(0),
        until: None,
    };
    scene.identity.ban(&ada(), &ban).unwrap();
    let key = Authenticator::new(1);
    let proven = scene.prove(Purpose::SignIn, &key.signs(&said), at(0));
    assert!(
        matches!(
            proven,
            Err(PasskeyError::Control(ControlError::Banned { .. }))
        ),
        "{proven:?}"
    );
    let kept = scene.identity.keep_passkey(&made, at(0));
    assert!(matches!(kept, Err(ControlError::Banned { .. })), "{kept:?}");
}
