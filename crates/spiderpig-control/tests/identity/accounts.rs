//! A name is of the account that signed in by it first.

use crate::place::{Place, ada, at, sign_in};
use spiderpig_control::{Account, ControlError, Identity, SignIn};

#[test]
fn a_name_that_the_provider_gave_to_somebody_else_does_not_sign_in() {
    let place = Place::new();
    let identity = place.open();
    for (account, is_let_in) in [
        (None, true),
        (Some(("https://idp.example", "1")), true),
        (Some(("https://idp.example", "1")), true),
        (Some(("https://idp.example", "2")), false),
        (Some(("https://idp.example", "")), false),
        // A provider that those who run scap have put in the place of the other.
        (Some(("https://new.example", "2")), true),
        (Some(("https://new.example", "1")), false),
    ] {
        assert_eq!(signs_in(&identity, account), is_let_in, "{account:?}");
        assert_eq!(signs_in(&place.open(), account), is_let_in, "{account:?}");
    }
    let after = identity.sessions(at(1)).unwrap().len();
    assert_eq!(after, 2 * 4, "nobody was let in who was refused");
}

#[test]
fn a_name_whose_account_was_forgotten_is_of_who_signs_in_next() {
    let place = Place::new();
    let identity = place.open();
    assert!(!identity.forget_account(&ada()).unwrap());
    assert!(signs_in(&identity, Some(("https://idp.example", "1"))));
    let watch = identity.watch();
    assert!(identity.forget_account(&ada()).unwrap());
    assert!(watch.has_changed().unwrap(), "what is open looks again");
    assert!(identity.sessions(at(1)).unwrap().is_empty());
    assert!(signs_in(&identity, Some(("https://idp.example", "2"))));
    assert!(!signs_in(&identity, Some(("https://idp.example", "1"))));
}

#[test]
fn a_file_that_names_another_account_is_not_believed() {
    let place = Place::new();
    assert!(signs_in(&place.open(), Some(("https://idp.example", "1"))));
    for statement in [
        "UPDATE people SET subject = '2'",
        "UPDATE people SET issuer = NULL, subject = NULL",
    ] {
        let path = place.folder.path().join("identity.db");
        let before = std::fs::read(&path).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(statement).unwrap();
        drop(connection);
        let signed_in = place
            .open()
            .sign_in(&with(Some(("https://idp.example", "2"))), at(2));
        assert!(
            matches!(signed_in, Err(ControlError::Damaged("people"))),
            "{statement}"
        );
        std::fs::write(&path, before).unwrap();
    }
}

fn signs_in(identity: &Identity, account: Option<(&str, &str)>) -> bool {
    match identity.sign_in(&with(account), at(0)) {
        Ok(_) => true,
        Err(ControlError::OtherAccount(person)) if person == ada() => false,
        Err(other) => panic!("{other}"),
    }
}

fn with(account: Option<(&str, &str)>) -> SignIn {
    SignIn {
        account: account.map(|(issuer, subject)| Account {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
        }),
        ..sign_in(&ada())
    }
}
