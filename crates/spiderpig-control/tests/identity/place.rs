//! A state folder of its own, people in it, and times as data.

use scap_plan::{GroupName, PersonName};
use scap_run::UnixMillis;
use spiderpig_control::{
    CodeAnswer, Codes, Device, Enrolment, Identity, Limits, Proof, SessionId, SignIn, Token,
};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use tempfile::TempDir;
use totp_rs::{Builder, Secret};

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// A step begins here.
pub(crate) const START: i64 = 1_800_000_000_000;

pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

/// The app on a person's phone.
pub(crate) struct App(String);

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// One more process that has it open.
    pub(crate) fn open(&self) -> Identity {
        Identity::open(self.folder.path(), Limits::default(), at(0)).unwrap()
    }
}

/// Milliseconds from the start on.
pub(crate) fn at(milliseconds: i64) -> UnixMillis {
    UnixMillis(START + milliseconds)
}

pub(crate) fn ada() -> PersonName {
    PersonName::new("ada").unwrap()
}

pub(crate) fn groups(names: &[&str]) -> BTreeSet<GroupName> {
    names
        .iter()
        .map(|it| GroupName::new(*it).unwrap())
        .collect()
}

pub(crate) fn address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number))
}

pub(crate) fn sign_in(person: &PersonName) -> SignIn {
    SignIn {
        person: person.clone(),
        account: None,
        groups: groups(&["deployers"]),
        address: Some(address(1)),
        device: Device::default(),
    }
}

/// A factor, enrolled an hour before the start.
pub(crate) fn enrol(identity: &Identity, person: &PersonName) -> App {
    let enrolment = Enrolment::begin(person.clone()).unwrap();
    let app = App(enrolment.secret().to_string());
    assert!(
        identity
            .confirm(&enrolment, &app.code(-HOUR), at(-HOUR))
            .unwrap()
    );
    app
}

impl App {
    pub(crate) fn code(&self, milliseconds: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let seconds = u64::try_from(at(milliseconds).0 / 1_000).unwrap();
        totp.generate(seconds).to_string()
    }
}

/// Of a code that counts at that time.
pub(crate) fn proof(identity: &Identity, app: &App, milliseconds: i64) -> Proof {
    let code = app.code(milliseconds);
    let who = (&ada(), address(1));
    match identity
        .try_code(who, Codes::One(&code), at(milliseconds))
        .unwrap()
    {
        CodeAnswer::Right(proof) => proof,
        answer => panic!("{answer:?}"),
    }
}

/// A session that is whole since the start.
pub(crate) fn whole(identity: &Identity, app: &App) -> (Token, SessionId) {
    let (token, id) = identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
    let token = identity
        .prove(&token, &proof(identity, app, 0), at(0))
        .unwrap();
    (token.unwrap(), id)
}
