//! What is kept: private, sealed, and known to be older or damaged where it is.

use crate::place::{MINUTE, Place, SECOND, ada, address, at, enrol, whole};
use rusqlite::Connection;
use spiderpig_control::{Ban, CodeAnswer, Codes, ControlError, Identity, Limits, SessionEnd};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

#[test]
fn only_the_owner_reads_the_files() {
    let place = Place::new();
    let identity = place.open();
    enrol(&identity, &ada());
    let files = fs::read_dir(place.folder.path()).unwrap();
    let modes: Vec<(String, u32)> = files
        .map(|file| file.unwrap())
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                file.metadata().unwrap().mode() & 0o777,
            )
        })
        .collect();
    assert!(modes.len() >= 4, "{modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
}

#[test]
fn a_key_that_others_may_read_is_not_used() {
    let place = Place::new();
    drop(place.open());
    let key = place.folder.path().join("identity.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(open(&place), Err(ControlError::Exposed(_))));
}

#[test]
fn without_its_key_the_file_is_not_begun_anew() {
    let place = Place::new();
    enrol(&place.open(), &ada());
    fs::remove_file(place.folder.path().join("identity.key")).unwrap();
    assert!(matches!(open(&place), Err(ControlError::KeyLost(_))));
}

#[test]
fn no_secret_of_a_factor_is_in_the_file() {
    let place = Place::new();
    let identity = place.open();
    let enrolment = spiderpig_control::Enrolment::begin(ada()).unwrap();
    let secret = totp_rs::Secret::try_from_base32(enrolment.secret().as_str()).unwrap();
    let totp = totp_rs::Builder::new()
        .with_secret(secret.as_bytes().to_vec())
        .build()
        .unwrap();
    let seconds = u64::try_from(at(0).0 / 1_000).unwrap();
    assert!(
        identity
            .confirm(&enrolment, &totp.generate(seconds).to_string(), at(0))
            .unwrap()
    );
    drop(identity);
    let bytes = fs::read(place.folder.path().join("identity.db")).unwrap();
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(b"ada"), "the file was read");
    assert!(!has(secret.as_bytes()));
    assert!(!has(enrolment.secret().as_bytes()));
}

/// A4, A9: an older copy of the file opens no session, and makes no used code count again.
#[test]
fn a_copy_that_is_put_back_ends_all_sessions_and_uses_up_all_codes() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let (token, id) = whole(&identity, &app);
    drop(identity);
    let file = place.folder.path().join("identity.db");
    let copy = fs::read(&file).unwrap();
    let identity = place.open();
    let code = app.code(MINUTE);
    let who = (&ada(), address(1));
    let answer = identity
        .try_code(who, Codes::One(&code), at(MINUTE))
        .unwrap();
    assert!(matches!(answer, CodeAnswer::Right(_)));
    assert!(identity.log_out(&id).unwrap());
    let generation = identity.look().unwrap();
    drop(identity);
    fs::write(&file, copy).unwrap();
    let then = at(MINUTE + SECOND);
    let identity = Identity::open(place.folder.path(), Limits::default(), then).unwrap();
    assert!(identity.was_put_back());
    assert_eq!(
        identity.session(&token, then).unwrap(),
        Err(SessionEnd::Unknown)
    );
    assert!(
        identity.look().unwrap() > generation,
        "whoever watches looks again"
    );
    let answer = identity.try_code(who, Codes::One(&code), then).unwrap();
    assert_eq!(answer, CodeAnswer::Used);
    drop(identity);
    assert!(!place.open().was_put_back(), "it is said once");
}

#[test]
fn what_somebody_else_wrote_is_known() {
    for (statement, what) in [
        ("UPDATE people SET banned_by = NULL", "people"),
        ("DELETE FROM people WHERE person = 'eve'", "people"),
        (
            "INSERT INTO people (person, since) VALUES ('mallory', 1)",
            "people",
        ),
        ("UPDATE factors SET last_step = 0", "second factors"),
        ("UPDATE factors SET person = 'eve'", "second factors"),
        ("DELETE FROM factors", "second factors"),
        ("DELETE FROM identity_seals", "people"),
    ] {
        let place = Place::new();
        let identity = place.open();
        enrol(&identity, &ada());
        let eve = scap_plan::PersonName::new("eve").unwrap();
        let ban = Ban {
            by: "root".to_owned(),
            reason: "left".to_owned(),
            since: at(0),
            until: None,
        };
        identity.ban(&eve, &ban).unwrap();
        write(&place, statement);
        let who = (&ada(), address(1));
        let tried = identity.try_code(who, Codes::One("000000"), at(0));
        assert!(
            matches!(tried, Err(ControlError::Damaged(it)) if it == what),
            "{statement}: {tried:?}"
        );
        assert!(
            matches!(identity.people(at(0)), Err(ControlError::Damaged(_))),
            "{statement}"
        );
    }
}

#[test]
fn a_session_that_somebody_else_wrote_opens_nothing() {
    for statement in [
        "UPDATE sessions SET body = replace(body, '\"is_whole\":false', '\"is_whole\":true')",
        "UPDATE sessions SET body = replace(body, 'deployers', 'sre')",
        "UPDATE sessions SET id = 'x'",
    ] {
        let place = Place::new();
        let identity = place.open();
        let (token, _) = identity
            .sign_in(&crate::place::sign_in(&ada()), at(0))
            .unwrap();
        assert!(identity.session(&token, at(1)).unwrap().is_ok());
        write(&place, statement);
        let found = identity.session(&token, at(1));
        assert!(
            matches!(found, Err(ControlError::Damaged(_))),
            "{statement}: {found:?}"
        );
    }
}

#[test]
fn ending_sessions_may_be_the_first_thing_that_is_done() {
    let place = Place::new();
    assert_eq!(place.open().log_out_everyone().unwrap(), 0);
    enrol(&place.open(), &ada());
    assert_eq!(place.open().people(at(0)).unwrap().len(), 1);
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    drop(place.open());
    write(&place, "PRAGMA user_version = 99");
    let Err(ControlError::Open { source, .. }) = open(&place) else {
        panic!("it was opened");
    };
    assert!(matches!(*source, ControlError::Newer));
}

fn open(place: &Place) -> Result<Identity, ControlError> {
    Identity::open(place.folder.path(), Limits::default(), at(0))
}

fn write(place: &Place, statement: &str) {
    let connection = Connection::open(place.folder.path().join("identity.db")).unwrap();
    connection
        .execute_batch(&format!("PRAGMA foreign_keys = OFF; {statement}"))
        .unwrap();
}
