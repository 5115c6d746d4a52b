//! Sessions: what they need, what ends them, and how soon all others know.

use crate::place::{HOUR, MINUTE, Place, SECOND, ada, at, enrol, groups, proof, sign_in, whole};
use scap_plan::PersonName;
use spiderpig_control::{
    Ban, CodeAnswer, Codes, ControlError, Identity, Session, SessionEnd, SessionId, Token,
};

/// A12: there is no way from a half session to somebody who asks.
#[test]
fn with_the_first_factor_alone_nobody_asks_for_anything() {
    let place = Place::new();
    let identity = place.open();
    let (token, _) = identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
    let session = identity.session(&token, at(1)).unwrap().unwrap();
    assert!(matches!(session, Session::Half(_)));
    assert_eq!(session.whole(), Err(SessionEnd::Half));
    let late = identity.session(&token, at(5 * MINUTE)).unwrap();
    assert_eq!(late, Err(SessionEnd::Old));
}

/// A3, A4: each step up has a token of its own, and the one before it is over.
#[test]
fn a_token_is_over_once_the_session_may_do_more() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let (first, id) = identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
    let second = identity
        .prove(&first, &proof(&identity, &app, 0), at(0))
        .unwrap()
        .unwrap();
    let again = proof(&identity, &app, MINUTE);
    let third = identity
        .prove(&second, &again, at(MINUTE))
        .unwrap()
        .unwrap();
    for over in [&first, &second] {
        assert_eq!(ends(&identity, over, MINUTE), Some(SessionEnd::Unknown));
        let proven = identity.prove(over, &again, at(MINUTE)).unwrap();
        assert_eq!(proven.err(), Some(SessionEnd::Unknown));
    }
    assert_eq!(ends(&identity, &third, MINUTE), None);
    let session = identity
        .still(&id, at(MINUTE))
        .unwrap()
        .unwrap()
        .whole()
        .unwrap();
    assert_eq!(session.id, id);
    let asker = session.asker(at(MINUTE + 1)).err();
    assert_eq!(
        asker,
        Some(SessionEnd::GroupsOld),
        "groups were read a minute ago"
    );
}

#[test]
fn a_factor_of_one_person_makes_no_session_of_another_one_whole() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let bob = PersonName::new("bob").unwrap();
    let (token, _) = identity.sign_in(&sign_in(&bob), at(0)).unwrap();
    let proven = identity
        .prove(&token, &proof(&identity, &app, 0), at(0))
        .unwrap();
    assert_eq!(proven.err(), Some(SessionEnd::Unknown));
    let session = identity.session(&token, at(1)).unwrap().unwrap();
    assert!(matches!(session, Session::Half(_)));
}

/// A4: whatever ended the session, the token that was stolen before opens nothing.
#[test]
fn a_stolen_token_is_worth_nothing_after_every_kind_of_end() {
    type End = fn(&Identity, &SessionId);
    let ban = |identity: &Identity| {
        let ban = Ban {
            by: "root".to_owned(),
            reason: "left".to_owned(),
            since: at(MINUTE),
            until: None,
        };
        identity.ban(&ada(), &ban).unwrap();
    };
    let cases: [(&str, End, i64, SessionEnd); 6] = [
        (
            "log out one",
            |it, id| assert!(it.log_out(id).unwrap()),
            MINUTE,
            SessionEnd::Unknown,
        ),
        (
            "log out a person",
            |it, _| assert_eq!(it.log_out_person(&ada()).unwrap(), 1),
            MINUTE,
            SessionEnd::Unknown,
        ),
        (
            "log out everyone",
            |it, _| assert_eq!(it.log_out_everyone().unwrap(), 1),
            MINUTE,
            SessionEnd::Unknown,
        ),
        ("idle", |_, _| (), HOUR, SessionEnd::Idle),
        ("old", |_, _| (), 12 * HOUR, SessionEnd::Old),
        ("long ago", |_, _| (), 1_000 * HOUR, SessionEnd::Old),
    ];
    for (name, end, then, expected) in cases {
        let place = Place::new();
        let identity = place.open();
        let (token, id) = whole(&identity, &enrol(&identity, &ada()));
        assert_eq!(ends(&identity, &token, SECOND), None, "{name}");
        end(&identity, &id);
        assert_eq!(ends(&identity, &token, then), Some(expected), "{name}");
        assert!(identity.still(&id, at(then)).unwrap().is_err(), "{name}");
    }
    let place = Place::new();
    let identity = place.open();
    let (token, _) = whole(&identity, &enrol(&identity, &ada()));
    ban(&identity);
    assert_eq!(ends(&identity, &token, MINUTE), Some(SessionEnd::Unknown));
}

#[test]
fn who_is_heard_of_stays_signed_in_until_the_session_is_too_old() {
    let place = Place::new();
    let identity = place.open();
    let (token, _) = whole(&identity, &enrol(&identity, &ada()));
    for half_hours in 1..24 {
        assert_eq!(
            ends(&identity, &token, half_hours * HOUR / 2),
            None,
            "{half_hours}"
        );
    }
    assert_eq!(ends(&identity, &token, 12 * HOUR), Some(SessionEnd::Old));
}

#[test]
fn looking_at_a_stream_does_not_keep_a_session_from_being_idle() {
    let place = Place::new();
    let identity = place.open();
    let (_, id) = whole(&identity, &enrol(&identity, &ada()));
    for minutes in 1..60 {
        assert!(identity.still(&id, at(minutes * MINUTE)).unwrap().is_ok());
    }
    let end = identity.still(&id, at(HOUR)).unwrap();
    assert_eq!(end, Err(SessionEnd::Idle));
}

#[test]
fn who_is_banned_signs_in_no_more_until_the_ban_is_over_or_lifted() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let mut ban = Ban {
        by: "root".to_owned(),
        reason: "lost a laptop".to_owned(),
        since: at(0),
        until: Some(at(HOUR)),
    };
    identity.ban(&ada(), &ban).unwrap();
    let refused = |milliseconds| {
        let signed_in = identity.sign_in(&sign_in(&ada()), at(milliseconds));
        matches!(signed_in, Err(ControlError::Banned { .. }))
    };
    let who = (&ada(), crate::place::address(1));
    let code = app.code(0);
    let tried = identity.try_code(who, Codes::One(&code), at(0));
    assert!(matches!(tried, Err(ControlError::Banned { .. })));
    assert!(refused(HOUR - 1));
    assert!(!refused(HOUR));
    ban.until = None;
    identity.ban(&ada(), &ban).unwrap();
    assert!(refused(1_000 * HOUR));
    assert!(identity.unban(&ada(), at(0)).unwrap());
    assert!(!identity.unban(&ada(), at(0)).unwrap());
    assert!(!refused(0));
}

/// A5, P16: a hundred streams in another process know at its next look, whatever has ended.
#[test]
fn every_kind_of_end_reaches_all_who_watch_in_every_process() {
    let place = Place::new();
    let (here, there) = (place.open(), place.open());
    let bob = PersonName::new("bob").unwrap();
    let app = enrol(&here, &ada());
    let (_, id) = whole(&here, &app);
    let ban = Ban {
        by: "root".to_owned(),
        reason: "left".to_owned(),
        since: at(0),
        until: None,
    };
    let kinds: [(&str, &dyn Fn()); 5] = [
        ("a group lost", &|| {
            here.read_groups(&id, &groups(&["helpers"]), at(1)).unwrap();
        }),
        ("one", &|| assert!(here.log_out(&id).unwrap())),
        ("a person", &|| {
            assert_eq!(here.log_out_person(&bob).unwrap(), 0);
        }),
        ("everyone", &|| {
            assert_eq!(here.log_out_everyone().unwrap(), 0);
        }),
        ("a ban", &|| here.ban(&ada(), &ban).unwrap()),
    ];
    let mut streams: Vec<_> = (0..100).map(|_| there.watch()).collect();
    let told = |streams: &mut Vec<tokio::sync::watch::Receiver<u64>>| {
        streams
            .iter_mut()
            .filter(|it| it.has_changed().unwrap())
            .map(|it| *it.borrow_and_update())
            .count()
    };
    there.look().unwrap();
    told(&mut streams);
    for (name, end) in kinds {
        let mut own = here.watch();
        own.mark_unchanged();
        there.look().unwrap();
        assert_eq!(told(&mut streams), 0, "{name}: before");
        end();
        assert!(
            own.has_changed().unwrap(),
            "{name}: in this process at once"
        );
        there.look().unwrap();
        assert_eq!(told(&mut streams), 100, "{name}");
    }
    let more = groups(&["helpers", "sre"]);
    let (_, id) = here.sign_in(&sign_in(&bob), at(0)).unwrap();
    there.look().unwrap();
    told(&mut streams);
    here.read_groups(&id, &more, at(2)).unwrap();
    there.look().unwrap();
    assert_eq!(told(&mut streams), 100, "bob is in `deployers` no more");
}

#[test]
fn groups_that_were_read_a_minute_ago_are_read_again_first() {
    let place = Place::new();
    let identity = place.open();
    let (token, id) = whole(&identity, &enrol(&identity, &ada()));
    let asker = |milliseconds| {
        let session = identity.session(&token, at(milliseconds)).unwrap().unwrap();
        session.whole().unwrap().asker(at(milliseconds))
    };
    assert_eq!(asker(MINUTE - 1).unwrap().groups, groups(&["deployers"]));
    assert_eq!(asker(MINUTE), Err(SessionEnd::GroupsOld));
    identity
        .read_groups(&id, &groups(&["sre"]), at(MINUTE))
        .unwrap();
    let asker = asker(MINUTE).unwrap();
    assert_eq!(asker.groups, groups(&["sre"]));
    assert_eq!(asker.shown.values().copied().collect::<Vec<u64>>(), [60]);
}

#[test]
fn groups_that_cannot_be_read_again_hold_as_long_as_they_are_said_to() {
    let place = Place::new();
    let identity = place.open();
    let (token, _) = whole(&identity, &enrol(&identity, &ada()));
    let asker = |milliseconds| {
        let session = identity.session(&token, at(milliseconds)).unwrap().unwrap();
        let valid = u64::try_from(30 * MINUTE).unwrap();
        session
            .whole()
            .unwrap()
            .asker_within(valid, at(milliseconds))
    };
    let last = asker(30 * MINUTE - 1).unwrap();
    assert_eq!(last.groups, groups(&["deployers"]));
    assert_eq!(asker(30 * MINUTE), Err(SessionEnd::GroupsOld));
}

#[test]
fn a_token_is_64_hexadecimal_digits_and_is_never_shown_by_accident() {
    let place = Place::new();
    let identity = place.open();
    let (token, id) = identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
    let text = token.reveal();
    assert_eq!(text.len(), 64);
    assert_eq!(format!("{token:?}"), "Token(…)");
    let parsed = Token::parse(&text).unwrap();
    assert_eq!(ends(&identity, &parsed, 0), None);
    for bad in [
        "",
        "x",
        &text[1..],
        &text.to_uppercase().replace(char::is_numeric, "A"),
        &format!("{}é", &text[2..]),
    ] {
        assert!(Token::parse(bad).is_none(), "{bad}");
    }
    for file in ["identity.db", "identity.db-wal"] {
        let bytes = std::fs::read(place.folder.path().join(file)).unwrap_or_default();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(!has(text.as_bytes()), "{file}");
    }
    assert_eq!(identity.sessions(at(0)).unwrap()[0].id, id);
    let again = place.open();
    assert_eq!(
        identity
            .try_code(
                (&ada(), crate::place::address(9)),
                Codes::One("000000"),
                at(0)
            )
            .unwrap(),
        CodeAnswer::NoFactor
    );
    assert_eq!(
        ends(&again, &parsed, 0),
        None,
        "another process knows it too"
    );
}

/// Why the token's session is over, if it is.
fn ends(identity: &Identity, token: &Token, milliseconds: i64) -> Option<SessionEnd> {
    identity.session(token, at(milliseconds)).unwrap().err()
}
