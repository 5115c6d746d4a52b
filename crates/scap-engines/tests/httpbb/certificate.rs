//! A certificate that signs itself, made new for each test.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_eddsa_type;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const ALTERNATIVE_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
const DNS_NAME: u8 = 0x82;

/// A certificate for `host`, with its key.
pub(crate) fn certificate(host: &str) -> CertifiedKey {
    let key = key();
    let name = der(
        SET,
        &[&der(
            SEQUENCE,
            &[COMMON_NAME, &der(UTF8_STRING, &[host.as_bytes()])],
        )],
    );
    let name = der(SEQUENCE, &[&name]);
    let algorithm = der(SEQUENCE, &[ED25519]);
    let times = [b"200101000000Z", b"491231235959Z"].map(|time| der(UTC_TIME, &[time]));
    let hosts = der(SEQUENCE, &[&der(DNS_NAME, &[host.as_bytes()])]);
    let extension = der(SEQUENCE, &[ALTERNATIVE_NAME, &der(OCTET_STRING, &[&hosts])]);
    let public = key.public_key().unwrap();
    let content = der(
        SEQUENCE,
        &[
            &der(0xa0, &[&der(INTEGER, &[&[2]])]),
            &der(INTEGER, &[&[1]]),
            &algorithm,
            &name,
            &der(SEQUENCE, &[&times[0], &times[1]]),
            &name,
            &public,
            &der(0xa3, &[&der(SEQUENCE, &[&extension])]),
        ],
    );
    let signer = key.choose_scheme(&[SignatureScheme::ED25519]).unwrap();
    let signature = signer.sign(&content).unwrap();
    let signature = der(BIT_STRING, &[&[0], &signature]);
    let certificate = CertificateDer::from(der(SEQUENCE, &[&content, &algorithm, &signature]));
    CertifiedKey::new(vec![certificate], key)
}

fn key() -> Arc<dyn SigningKey> {
    let seed: [u8; 32] = rand::random();
    let seed = der(OCTET_STRING, &[&der(OCTET_STRING, &[&seed])]);
    let algorithm = der(SEQUENCE, &[ED25519]);
    let key = der(SEQUENCE, &[&der(INTEGER, &[&[0]]), &algorithm, &seed]);
    any_eddsa_type(&PrivatePkcs8KeyDer::from(key)).unwrap()
}

/// A value of ASN.1 with its tag and length.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let length: &[u8] = match length {
        0..0x80 => &[low],
        0x80..0x100 => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, &content].concat()
}
