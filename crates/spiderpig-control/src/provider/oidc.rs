//! `OpenID Connect`: a code from the browser, which the provider gives a signed token for.

mod announced;
mod claims;
mod token;

use super::flow::{self, Flows};
use super::https::Https;
use super::{Access, Begun, Finished, ProviderError, secret};
use crate::Account;
use announced::{Announcements, Client};
use claims::Claims;
use openidconnect::core::{CoreAuthenticationFlow, CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    AccessToken, AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RequestTokenError, Scope, SubjectIdentifier, UserInfoError,
};
use scap_plan::{GroupName, OidcConfiguration};
use scap_run::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use zeroize::Zeroizing;

pub(super) struct Oidc {
    settings: OidcConfiguration,
    callback: String,
    secret: Option<Zeroizing<String>>,
    flows: Flows<Secrets>,
    announcements: Announcements,
    https: Https,
}

/// What the provider must show that it was asked with.
struct Secrets {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Oidc {
    pub(super) fn new(
        settings: &OidcConfiguration,
        callback: String,
        folder: &Path,
    ) -> Result<Self, ProviderError> {
        let file = settings.client_secret_file.as_ref();
        let secret = file.map(|file| secret::read(&folder.join(file)));
        Ok(Self {
            settings: settings.clone(),
            callback,
            secret: secret.transpose()?,
            flows: Flows::new(),
            announcements: Announcements::default(),
            https: Https::new()?,
        })
    }

    pub(super) async fn begin(&self, back: &str, now: UnixMillis) -> Result<Begun, ProviderError> {
        let client = self.client(now).await?;
        let verifier = PkceCodeVerifier::new(flow::random()?);
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let nonce = Nonce::new(flow::random()?);
        let secrets = Secrets {
            nonce: nonce.clone(),
            verifier,
        };
        let names = self.flows.begin(back, secrets, now)?;
        let scopes = self.settings.scopes.iter().filter(|it| *it != "openid");
        let request = client.client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(names.state),
            || nonce,
        );
        let request = request.add_scopes(scopes.cloned().map(Scope::new));
        let (url, _, _) = request.set_pkce_challenge(challenge).url();
        Ok(Begun {
            url: url.into(),
            flow: names.flow,
        })
    }

    pub(super) async fn finish(
        &self,
        flow: &str,
        query: &BTreeMap<String, String>,
        now: UnixMillis,
    ) -> Result<Finished, ProviderError> {
        let kept = self.flows.take(flow, query, now)?;
        let client = self.client(now).await?;
        client.check_issuer(query.get("iss"))?;
        if let Some(reason) = query.get("error") {
            return Err(refusal(reason));
        }
        let code = query.get("code");
        let code = code.ok_or(ProviderError::Unbelievable("there is no code"))?;
        let answer = self.redeem(&client, code, kept.secrets.verifier).await?;
        let claims = self
            .believe(&client, &answer, &kept.secrets.nonce, now)
            .await?;
        let info = self
            .person_info(&client, answer.access_token(), &claims)
            .await?;

        let (person_claim, groups_claim) =
            (&self.settings.person_claim, &self.settings.groups_claim);
        let person = claims.person(person_claim);
        let person = person.or_else(|| info.as_ref()?.person(person_claim));
        let person = person.ok_or_else(|| ProviderError::Nobody(person_claim.clone()))??;
        let known_now = info.as_ref().and_then(|it| it.groups(groups_claim));
        let access = known_now.is_some().then(|| access(&answer, &claims, now));
        let groups = claims.groups(groups_claim).or(known_now);
        Ok(Finished {
            person,
            account: Some(Account {
                issuer: self.settings.issuer.clone(),
                subject: claims.subject().to_owned(),
            }),
            groups: groups.unwrap_or_default(),
            back: kept.back,
            access,
        })
    }

    /// Where the provider lists no groups any more, there are none: it did when the session began.
    pub(super) async fn groups(
        &self,
        access: &Access,
        now: UnixMillis,
    ) -> Result<BTreeSet<GroupName>, ProviderError> {
        let client = self.client(now).await?;
        let token = AccessToken::new(access.token.to_string());
        let info = self.info(&client, token, access.subject.clone()).await?;
        Ok(info.groups(&self.settings.groups_claim).unwrap_or_default())
    }

    async fn client(&self, now: UnixMillis) -> Result<Client, ProviderError> {
        let announced = self
            .announcements
            .read(&self.settings.issuer, &self.https, now);
        announced.await?.client(self)
    }

    async fn redeem(
        &self,
        client: &Client,
        code: &str,
        verifier: PkceCodeVerifier,
    ) -> Result<CoreTokenResponse, ProviderError> {
        let code = AuthorizationCode::new(code.to_owned());
        let request = client.client.exchange_code(code);
        let request = request
            .map_err(|_| ProviderError::Announcement("it names no token endpoint"))?
            .set_pkce_verifier(verifier);
        request
            .request_async(&self.https)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(answer) => {
                    let reason: &CoreErrorResponseType = answer.error();
                    refusal(reason.as_ref())
                }
                RequestTokenError::Request(error) => {
                    self.announcements.forget();
                    error.into()
                }
                // What these say may have the code in it.
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                    ProviderError::Unbelievable("it is no answer to a code")
                }
            })
    }

    /// Keys change: a token that they do not fit is looked at once more, with those of now.
    async fn believe(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
        now: UnixMillis,
    ) -> Result<Claims, ProviderError> {
        let token = token::of(answer)?;
        match token::claims(
            &token,
            &client.announced,
            (&self.settings.client_id, nonce),
            now,
        ) {
            Err(token::Doubt::Signature(_)) if !client.announced.is_read_at(now) => {
                self.announcements.forget();
                let client = self.client(now).await?;
                token::claims(
                    &token,
                    &client.announced,
                    (&self.settings.client_id, nonce),
                    now,
                )
            }
            believed => believed,
        }
        .map_err(ProviderError::from)
    }

    /// Nothing where the provider offers none.
    async fn person_info(
        &self,
        client: &Client,
        token: &AccessToken,
        claims: &Claims,
    ) -> Result<Option<Claims>, ProviderError> {
        if !client.announced.has_person_info() {
            return Ok(None);
        }
        let subject = claims.subject().to_owned();
        self.info(client, token.clone(), subject).await.map(Some)
    }

    async fn info(
        &self,
        client: &Client,
        token: AccessToken,
        subject: String,
    ) -> Result<Claims, ProviderError> {
        let subject = SubjectIdentifier::new(subject);
        let request = client.client.user_info(token, Some(subject));
        let request =
            request.map_err(|_| ProviderError::Announcement("it names no userinfo endpoint"))?;
        let info = request.request_async(&self.https).await;
        info.map(|info| Claims::of_info(&info))
            .map_err(|error| match error {
                UserInfoError::Request(error) => error.into(),
                UserInfoError::Response(status, ..) if status == 401 || status == 403 => {
                    ProviderError::Revoked
                }
                UserInfoError::ClaimsVerification(_) => ProviderError::Unbelievable(
                    "its userinfo is about somebody else, or not signed right",
                ),
                _ => ProviderError::Unbelievable("its userinfo cannot be read"),
            })
    }
}

fn access(answer: &CoreTokenResponse, claims: &Claims, now: UnixMillis) -> Access {
    let lasts = |lasts: std::time::Duration| u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
    Access {
        token: Zeroizing::new(answer.access_token().secret().clone()),
        subject: claims.subject().to_owned(),
        ends: answer.expires_in().map(|it| now.after(lasts(it))),
    }
}

/// Reasons are words of the standard; anything else may be an attacker's text.
fn refusal(reason: &str) -> ProviderError {
    let is_word = |text: &str| text.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    let reason = if reason.len() <= 64 && is_word(reason) {
        reason
    } else {
        "unknown"
    };
    ProviderError::Refused(reason.to_owned())
}
