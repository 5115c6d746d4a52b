//! Passkeys: what an authenticator is asked to sign, for one thing and once, and whether what it signed counts.

mod challenges;
mod kept;
mod waiting;

use super::{Identity, Proof, SessionId};
use crate::ControlError;
use challenges::Challenges;
pub use challenges::Purpose;
use scap_plan::PersonName;
use scap_run::UnixMillis;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use url::Url;
pub use waiting::{NewPasskey, WaitingPasskeys};
use webauthn_rs::prelude::{
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// The passkeys of one site, and the challenges that are open: only in memory, so whoever begins anew asks the person again.
pub struct Passkeys {
    webauthn: Webauthn,
    assertions: Challenges<PasskeyAuthentication>,
    registrations: Challenges<PasskeyRegistration>,
}

/// Why a passkey does not count.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    #[error("`{0}` can have no passkeys: a browser wants a name, not an address")]
    NoName(String),
    #[error("there is no passkey yet")]
    NoPasskey,
    #[error("what the authenticator answered cannot be understood")]
    Unreadable,
    #[error("nothing of the kind was asked, or it was answered before, or too long ago")]
    NotAsked,
    #[error("the passkey was shown for something else")]
    OtherPurpose,
    #[error("what the authenticator signed does not count")]
    Refused(#[source] WebauthnError),
    #[error("the passkey was taken away meanwhile, or somebody has a copy of it")]
    CountedBack,
    #[error("a passkey has a name of 1 to {0} characters")]
    Unnamed(usize),
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// Of what the browser says that it has done.
#[derive(Deserialize)]
struct Said {
    challenge: String,
    /// Within a page of somebody else.
    #[serde(default, rename = "crossOrigin")]
    is_elsewhere: bool,
}

impl Passkeys {
    /// Of the site that people's browsers call by this address.
    pub fn new(url: &str) -> Result<Self, PasskeyError> {
        let no_name = || PasskeyError::NoName(url.to_owned());
        let origin = Url::parse(url).map_err(|_| no_name())?;
        let name = origin.domain().ok_or_else(no_name)?;
        let webauthn = WebauthnBuilder::new(name, &origin).and_then(|builder| {
            let timeout = Duration::from_millis(challenges::VALID);
            builder.rp_name("SpiderPig").timeout(timeout).build()
        });
        Ok(Self {
            webauthn: webauthn.map_err(|_| no_name())?,
            assertions: Challenges::default(),
            registrations: Challenges::default(),
        })
    }

    /// What a browser asks the authenticator for. It counts once, within two minutes, in this session and for this purpose.
    pub fn challenge(
        &self,
        identity: &Identity,
        who: (&PersonName, &SessionId),
        purpose: Purpose,
        now: UnixMillis,
    ) -> Result<Value, PasskeyError> {
        let known = identity.passkeys(who.0)?;
        if known.is_empty() {
            return Err(PasskeyError::NoPasskey);
        }
        let begun = self.webauthn.start_passkey_authentication(&known);
        let (options, state) = begun.map_err(PasskeyError::Refused)?;
        let options = options_of(&options);
        self.assertions
            .add((&challenge_of(&options), who), (purpose, state), now);
        Ok(options)
    }

    /// Uses a challenge up. What was signed for one purpose counts for no other one, and afterwards for none.
    pub fn prove(
        &self,
        identity: &Identity,
        who: (&PersonName, &SessionId),
        (purpose, signed): (Purpose, &Value),
        now: UnixMillis,
    ) -> Result<Proof, PasskeyError> {
        let answer: PublicKeyCredential = read(signed)?;
        let challenge = challenge_in(&answer.response.client_data_json)?;
        let taken = self.assertions.take((&challenge, who), now);
        let (asked, state) = taken.ok_or(PasskeyError::NotAsked)?;
        if asked != purpose {
            return Err(PasskeyError::OtherPurpose);
        }
        let handle = answer.response.user_handle.as_deref().unwrap_or_default();
        if !handle.is_empty() && handle != handle_of(who.0).as_bytes() {
            return Err(PasskeyError::Unreadable);
        }
        let finished = self.webauthn.finish_passkey_authentication(&answer, &state);
        let result = finished.map_err(PasskeyError::Refused)?;
        if !result.user_verified() || !identity.count_passkey(who.0, &result, now)? {
            return Err(PasskeyError::CountedBack);
        }
        Ok(Proof {
            person: who.0.clone(),
            factor: scap_plan::Factor::Passkey,
            at: now,
        })
    }

    /// What a browser makes a passkey by.
    pub fn begin(
        &self,
        identity: &Identity,
        who: (&PersonName, &SessionId),
        now: UnixMillis,
    ) -> Result<Value, PasskeyError> {
        let known = identity.passkeys(who.0)?;
        let known = known.iter().map(|it| it.cred_id().clone()).collect();
        let (handle, name) = (handle_of(who.0), who.0.as_str());
        let begun = self
            .webauthn
            .start_passkey_registration(handle, name, name, Some(known));
        let (options, state) = begun.map_err(PasskeyError::Refused)?;
        let options = options_of(&options);
        self.registrations.add(
            (&challenge_of(&options), who),
            (Purpose::Enrolment, state),
            now,
        );
        Ok(options)
    }

    /// A passkey that was made. It counts for nothing until [`Identity::keep_passkey`].
    pub fn finish(
        &self,
        who: (&PersonName, &SessionId),
        (name, made): (&str, &Value),
        now: UnixMillis,
    ) -> Result<NewPasskey, PasskeyError> {
        let name = waiting::name(name)?;
        let answer: RegisterPublicKeyCredential = read(made)?;
        let challenge = challenge_in(&answer.response.client_data_json)?;
        let taken = self.registrations.take((&challenge, who), now);
        let (_, state) = taken.ok_or(PasskeyError::NotAsked)?;
        let made = self.webauthn.finish_passkey_registration(&answer, &state);
        Ok(NewPasskey {
            person: who.0.clone(),
            name,
            credential: made.map_err(PasskeyError::Refused)?,
        })
    }
}

impl PasskeyError {
    /// What mends it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoName(_) => Some("give `url` of `spiderpig` a name, such as `localhost`"),
            Self::NoPasskey => Some("your profile on the page makes one"),
            Self::NotAsked | Self::OtherPurpose => Some("try again: it counts for two minutes"),
            Self::Refused(_) => Some("try again, or type a code of the authenticator app"),
            Self::CountedBack => Some(
                "if you did not take it away yourself, have it taken away: `scap spiderpig user remove-factor`",
            ),
            Self::Control(error) => error.hint(),
            Self::Unreadable | Self::Unnamed(_) => None,
        }
    }
}

/// As the page hands it to the browser.
fn options_of(options: &impl serde::Serialize) -> Value {
    let mut options = serde_json::to_value(options).expect("options have string keys only");
    options["publicKey"].take()
}

fn challenge_of(options: &Value) -> String {
    options["challenge"].as_str().unwrap_or_default().to_owned()
}

/// The library looks at the raw id alone; that the others agree is left to us.
fn read<T: DeserializeOwned>(answer: &Value) -> Result<T, PasskeyError> {
    if answer["id"] != answer["rawId"] || answer["type"] != "public-key" {
        return Err(PasskeyError::Unreadable);
    }
    T::deserialize(answer).map_err(|_| PasskeyError::Unreadable)
}

/// Which challenge it says that it answers; whether it does is in the signature.
fn challenge_in(client_data: &[u8]) -> Result<String, PasskeyError> {
    match serde_json::from_slice(client_data) {
        Ok(Said {
            challenge,
            is_elsewhere: false,
        }) => Ok(challenge),
        _ => Err(PasskeyError::Unreadable),
    }
}

/// What authenticators know a person by.
fn handle_of(person: &PersonName) -> Uuid {
    let hash = blake3::derive_key(
        "scap spiderpig 2026 user handle",
        person.as_str().as_bytes(),
    );
    let (handle, _) = hash.split_first_chunk().expect("a hash is longer");
    Uuid::from_bytes(*handle)
}
