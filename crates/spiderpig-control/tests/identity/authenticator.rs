//! An authenticator and its browser in software: what they say can be bent in every part before it is signed, and after.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PRESENT: u8 = 0x01;
pub(crate) const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// One key. A clone is a copy that somebody has taken.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: SigningKey,
    id: [u8; 16],
    /// How often it has signed; some stay at 0.
    pub(crate) counter: u32,
}

/// What is going to be signed.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) kind: &'static str,
    pub(crate) challenge: String,
    pub(crate) origin: String,
    pub(crate) is_elsewhere: bool,
    pub(crate) site: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) handle: Option<String>,
}

impl Authenticator {
    /// Each seed is another key.
    pub(crate) fn new(seed: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[seed; 32]).unwrap(),
            id: [seed; 16],
            counter: 0,
        }
    }

    /// What an honest browser at this origin makes of the options.
    pub(crate) fn hears(&mut self, options: &Value, origin: &str) -> Said {
        self.counter += 1;
        let is_new = options["user"].is_object();
        let site = if is_new {
            &options["rp"]["id"]
        } else {
            &options["rpId"]
        };
        Said {
            kind: if is_new {
                "webauthn.create"
            } else {
                "webauthn.get"
            },
            challenge: options["challenge"].as_str().unwrap().to_owned(),
            origin: origin.to_owned(),
            is_elsewhere: false,
            site: site.as_str().unwrap().to_owned(),
            flags: PRESENT | VERIFIED | if is_new { HAS_KEY } else { 0 },
            counter: self.counter,
            handle: None,
        }
    }

    /// A passkey, as the browser hands it to the page.
    pub(crate) fn makes(&self, said: &Said) -> Value {
        let data = [&said.data()[..], &self.described()].concat();
        // A map of three: that nobody attests to it, with nothing, and the data.
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let response = json!({
            "clientDataJSON": encoded(said.client_data().as_bytes()),
            "attestationObject": encoded(&object),
            "transports": ["internal"],
        });
        self.answers(&response)
    }

    /// That the passkey was shown, as the browser hands it to the page.
    pub(crate) fn signs(&self, said: &Said) -> Value {
        let (data, client_data) = (said.data(), said.client_data());
        let signed = [&data[..], &Sha256::digest(client_data.as_bytes())].concat();
        let signature: Signature = self.key.sign(&signed);
        let mut response = json!({
            "clientDataJSON": encoded(client_data.as_bytes()),
            "authenticatorData": encoded(&data),
            "signature": encoded(signature.to_der().as_bytes()),
        });
        if let Some(handle) = &said.handle {
            response["userHandle"] = json!(handle);
        }
        self.answers(&response)
    }

    fn answers(&self, response: &Value) -> Value {
        json!({
            "id": encoded(&self.id),
            "rawId": encoded(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    /// No model, the id, and the public key: EC2, ES256, P-256, x and y.
    fn described(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let mut described = [&[0; 16][..], &length, &self.id].concat();
        described.extend(b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20");
        described.extend(x);
        described.extend(b"\x22\x58\x20");
        described.extend(y);
        described
    }
}

impl Said {
    fn client_data(&self) -> String {
        json!({
            "type": self.kind,
            "challenge": self.challenge,
            "origin": self.origin,
            "crossOrigin": self.is_elsewhere,
        })
        .to_string()
    }

    fn data(&self) -> Vec<u8> {
        let site = Sha256::digest(self.site.as_bytes());
        [&site[..], &[self.flags], &self.counter.to_be_bytes()].concat()
    }
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
