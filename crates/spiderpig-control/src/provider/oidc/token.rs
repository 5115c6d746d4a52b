//! A token that says who somebody is, and all that must be true of it.

use super::announced::Announced;
use super::claims::{Additions, Claims};
use crate::provider::ProviderError;
use openidconnect::core::{
    CoreGenderClaim, CoreIdTokenVerifier, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm as Algorithm, CoreTokenResponse,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, IdToken, IdTokenClaims, Nonce, TokenResponse,
};
use scap_run::UnixMillis;
use std::time::{Duration, SystemTime};

/// How far the provider's clock may be from ours, in milliseconds.
const SKEW: u64 = 5 * 60 * 1_000;

/// What a private key has signed. With a shared secret, whoever knows it could sign as the provider.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

pub(super) type Token =
    IdToken<Additions, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Algorithm>;

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Perhaps the keys are old.
    Signature(&'static str),
    Other(&'static str),
}

pub(super) fn of(answer: &CoreTokenResponse) -> Result<Token, ProviderError> {
    let token = answer.id_token();
    let token = token.ok_or(ProviderError::Unbelievable("there is no ID token"))?;
    // Once more, with the claims that no standard knows.
    let token = token.to_string().parse();
    token.map_err(|_| ProviderError::Unbelievable("its ID token cannot be read"))
}

/// Of a token by this issuer for this client, with this nonce, signed by a key that was announced, neither old nor over.
pub(super) fn claims(
    token: &Token,
    announced: &Announced,
    (client, nonce): (&str, &Nonce),
    now: UnixMillis,
) -> Result<Claims, Doubt> {
    let metadata = &announced.metadata;
    let client = ClientId::new(client.to_owned());
    // That of a public client: a client's secret is no key, for it signs nothing that only the provider could have signed.
    let verifier = CoreIdTokenVerifier::new_public_client(
        client.clone(),
        metadata.issuer().clone(),
        metadata.jwks().clone(),
    );
    let verifier = verifier
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || time(now).into())
        .set_issue_time_verifier_fn(move |issued| {
            let issued = UnixMillis(issued.timestamp_millis());
            let apart = issued.until(now).max(now.until(issued));
            if apart <= SKEW {
                Ok(())
            } else {
                Err(String::new())
            }
        });
    let claims = token.claims(&verifier, nonce).map_err(Doubt::from)?;
    if !is_for(claims, &client) {
        return Err(Doubt::Other("its ID token was made for another client"));
    }
    Ok(Claims::of_token(claims))
}

/// Whether who asked for it is us.
fn is_for(claims: &IdTokenClaims<Additions, CoreGenderClaim>, client: &ClientId) -> bool {
    claims
        .authorized_party()
        .is_none_or(|party| party == client)
}

fn time(now: UnixMillis) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(now.0.try_into().unwrap_or(0))
}

impl From<ClaimsVerificationError> for Doubt {
    fn from(error: ClaimsVerificationError) -> Self {
        use ClaimsVerificationError as Error;
        match error {
            Error::SignatureVerification(_) => {
                Self::Signature("its ID token is not signed by a key that the provider announces")
            }
            Error::Expired(_) => Self::Other("its ID token is over, or the clocks are far apart"),
            Error::InvalidAudience(_) => {
                Self::Other("its ID token is for others, or not for us alone")
            }
            Error::InvalidIssuer(_) => Self::Other("its ID token is by another issuer"),
            Error::InvalidNonce(_) => Self::Other("its ID token is from another sign-in"),
            _ => Self::Other("its ID token has something in it that is not known"),
        }
    }
}

impl From<Doubt> for ProviderError {
    fn from(doubt: Doubt) -> Self {
        let (Doubt::Signature(reason) | Doubt::Other(reason)) = doubt;
        Self::Unbelievable(reason)
    }
}
