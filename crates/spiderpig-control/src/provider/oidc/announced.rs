//! What a provider announces of itself: where it is asked, and the keys that it signs with.

use super::Oidc;
use crate::provider::ProviderError;
use crate::provider::https::{Https, is_safe};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, ClientId, ClientSecret, DiscoveryError, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, ProviderMetadata, RedirectUrl,
};
use scap_run::UnixMillis;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// How old it may be, in milliseconds.
const LONGEST: u64 = 3_600 * 1_000;

/// What was announced last.
#[derive(Default)]
pub(super) struct Announcements(Mutex<Option<Arc<Announced>>>);

pub(super) struct Announced {
    pub(super) metadata: Metadata,
    read: UnixMillis,
}

/// One that can ask what was announced.
pub(super) struct Client {
    pub(super) announced: Arc<Announced>,
    pub(super) client: CoreClient<
        EndpointSet,
        EndpointNotSet,
        EndpointNotSet,
        EndpointNotSet,
        EndpointMaybeSet,
        EndpointMaybeSet,
    >,
}

pub(super) type Metadata = ProviderMetadata<
    Additions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Of RFC 9207 and RFC 8414.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Additions {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// Left out by many who can do it.
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for Additions {}

impl Announcements {
    pub(super) async fn read(
        &self,
        issuer: &str,
        https: &Https,
        now: UnixMillis,
    ) -> Result<Arc<Announced>, ProviderError> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = known.filter(|it| it.read.until(now) < LONGEST) {
            return Ok(known);
        }
        let announced = Arc::new(ask(issuer, https, now).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(announced.clone());
        Ok(announced)
    }

    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

async fn ask(issuer: &str, https: &Https, now: UnixMillis) -> Result<Announced, ProviderError> {
    let issuer = IssuerUrl::new(issuer.to_owned())
        .map_err(|_| ProviderError::Announcement("its issuer is no address"))?;
    let metadata = Metadata::discover_async(issuer, https)
        .await
        .map_err(|error| match error {
            DiscoveryError::Request(error) => error.into(),
            DiscoveryError::Response(..) => {
                ProviderError::Announcement("it is not JSON with the status 200")
            }
            DiscoveryError::Validation(_) => {
                ProviderError::Announcement("its issuer is another one")
            }
            _ => ProviderError::Announcement("it cannot be read"),
        })?;
    if !is_safe(metadata.authorization_endpoint().url()) {
        return Err(ProviderError::Announcement(
            "people would sign in without TLS",
        ));
    }
    let methods = &metadata
        .additional_metadata()
        .code_challenge_methods_supported;
    if methods
        .as_ref()
        .is_some_and(|it| !it.iter().any(|it| it == "S256"))
    {
        return Err(ProviderError::Announcement(
            "it does not know PKCE with S256",
        ));
    }
    Ok(Announced {
        metadata,
        read: now,
    })
}

impl Announced {
    pub(super) fn is_read_at(&self, now: UnixMillis) -> bool {
        self.read == now
    }

    pub(super) fn has_person_info(&self) -> bool {
        self.metadata.userinfo_endpoint().is_some()
    }

    pub(super) fn client(self: Arc<Self>, oidc: &Oidc) -> Result<Client, ProviderError> {
        let callback = RedirectUrl::new(oidc.callback.clone())
            .map_err(|_| ProviderError::Announcement("our own url is no address"))?;
        let client = CoreClient::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(oidc.settings.client_id.clone()),
            oidc.secret
                .as_ref()
                .map(|it| ClientSecret::new(it.to_string())),
        );
        let client = client
            .set_redirect_uri(callback)
            .set_auth_type(self.auth_type());
        Ok(Client {
            announced: self,
            client,
        })
    }

    /// Where it says nothing, the standard says basic.
    fn auth_type(&self) -> AuthType {
        let methods = self.metadata.token_endpoint_auth_methods_supported();
        let knows = |method| methods.is_none_or(|it| it.contains(&method));
        if knows(CoreClientAuthMethod::ClientSecretBasic) {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        }
    }
}

impl Client {
    /// RFC 9207: who asked one provider takes no answer of another.
    pub(super) fn check_issuer(&self, issuer: Option<&String>) -> Result<(), ProviderError> {
        let metadata = &self.announced.metadata;
        let additions = metadata.additional_metadata();
        match issuer {
            Some(issuer) if issuer == metadata.issuer().as_str() => Ok(()),
            None if !additions.authorization_response_iss_parameter_supported => Ok(()),
            _ => Err(ProviderError::Unbelievable("another provider has answered")),
        }
    }
}
