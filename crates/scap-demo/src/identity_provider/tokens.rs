//! Tokens that say who somebody is, signed by a key of this process.

use super::grants::Grant;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreGenderClaim, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AdditionalClaims, Audience, EndUserUsername, IdToken, IdTokenClaims, IssuerUrl, JsonWebKeyId,
    Nonce, PrivateSigningKey, StandardClaims, SubjectIdentifier,
};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

const LONGEST: Duration = Duration::from_mins(5);

pub(super) struct Key(CoreEdDsaPrivateSigningKey);

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("a key cannot be written down")]
    Written(#[from] ed25519_dalek::pkcs8::Error),
    #[error("a key cannot be read: {0}")]
    Read(String),
    #[error("the issuer is no address")]
    Issuer(#[from] openidconnect::url::ParseError),
    #[error("a token cannot be signed")]
    Signed(#[from] openidconnect::JsonWebTokenError),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Groups {
    groups: Vec<String>,
}

impl AdditionalClaims for Groups {}

pub(super) type Token =
    IdToken<Groups, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

impl Key {
    pub(super) fn new() -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(&rand::random());
        let pem = key.to_pkcs8_pem(LineEnding::LF)?;
        let name = JsonWebKeyId::new("demo".to_owned());
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(name));
        key.map(Self).map_err(KeyError::Read)
    }

    pub(super) fn announced(&self) -> CoreJsonWebKeySet {
        CoreJsonWebKeySet::new(vec![self.0.as_verification_key()])
    }

    pub(super) fn token(
        &self,
        issuer: &str,
        client: &str,
        grant: &Grant,
    ) -> Result<Token, KeyError> {
        let now = SystemTime::now();
        let person = SubjectIdentifier::new(grant.person.name.to_owned());
        let name = EndUserUsername::new(grant.person.name.to_owned());
        let groups = grant.person.groups.iter().map(ToString::to_string);
        let claims = IdTokenClaims::new(
            IssuerUrl::new(issuer.to_owned())?,
            vec![Audience::new(client.to_owned())],
            (now + LONGEST).into(),
            now.into(),
            StandardClaims::new(person).set_preferred_username(Some(name)),
            Groups {
                groups: groups.collect(),
            },
        );
        let claims = claims.set_nonce(Some(Nonce::new(grant.nonce.clone())));
        Ok(Token::new(
            claims,
            &self.0,
            CoreJwsSigningAlgorithm::EdDsa,
            None,
            None,
        )?)
    }
}
