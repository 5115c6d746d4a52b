//! Who vouches for people: a provider of `OpenID Connect`, or a CAS server.
//!
//! A sign-in has two halves. [`Provider::begin`] sends the browser away, with a secret in a cookie; [`Provider::finish`] takes
//! what it comes back with. What both must agree on waits here, in memory: a runner that starts anew knows of no half.

mod access;
mod back;
mod cas;
mod error;
mod flow;
mod https;
mod oidc;
mod secret;

use crate::{Account, SessionId};
pub use access::Access;
use access::Accesses;
use cas::Cas;
pub use error::ProviderError;
pub use https::FetchError;
use oidc::Oidc;
use scap_plan::{GroupName, PersonName, SignInProvider, SpiderpigConfiguration};
use scap_run::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the page's address is followed by when the browser comes back.
const CALLBACK: &str = "/api/sign-in/finish";

/// The identity provider.
pub struct Provider {
    kind: Kind,
    accesses: Accesses,
}

enum Kind {
    Oidc(Box<Oidc>),
    Cas(Cas),
}

/// The way to the identity provider.
#[derive(Debug)]
pub struct Begun {
    pub url: String,
    /// For the browser's cookie, 64 digits in hex: only the browser that began may finish.
    pub flow: String,
}

/// Somebody whom the identity provider vouches for.
#[derive(Debug)]
pub struct Finished {
    pub person: PersonName,
    /// None where names are all that the provider tells people apart by.
    pub account: Option<Account>,
    pub groups: BTreeSet<GroupName>,
    /// A path of the page: it begins with one `/` and leads nowhere else.
    pub back: String,
    /// For [`Provider::remember`]; none where groups cannot be read anew.
    pub access: Option<Access>,
}

impl Provider {
    /// Reads the client's secret, whose path is relative to `folder`. Nothing is asked of anybody yet.
    pub fn new(
        configuration: &SpiderpigConfiguration,
        folder: &Path,
    ) -> Result<Self, ProviderError> {
        let callback = format!("{}{CALLBACK}", configuration.url);
        let kind = match &configuration.sign_in.provider {
            SignInProvider::Oidc(settings) => {
                Kind::Oidc(Box::new(Oidc::new(settings, callback, folder)?))
            }
            SignInProvider::Cas(settings) => Kind::Cas(Cas::new(settings, callback)?),
        };
        Ok(Self {
            kind,
            accesses: Accesses::default(),
        })
    }

    /// Begins a sign-in that returns to `back`, a path of the page; anything else becomes `/`.
    pub async fn begin(&self, back: &str, now: UnixMillis) -> Result<Begun, ProviderError> {
        match &self.kind {
            Kind::Oidc(oidc) => oidc.begin(back, now).await,
            Kind::Cas(cas) => cas.begin(back, now),
        }
    }

    /// Takes what the browser with the cookie `flow` came back with. It counts once, and within ten minutes.
    pub async fn finish(
        &self,
        flow: &str,
        query: &BTreeMap<String, String>,
        now: UnixMillis,
    ) -> Result<Finished, ProviderError> {
        match &self.kind {
            Kind::Oidc(oidc) => oidc.finish(flow, query, now).await,
            Kind::Cas(cas) => cas.finish(flow, query, now).await,
        }
    }

    /// Keeps what the groups of a session can be read anew by: in memory, until [`Self::forget`] or until it is over.
    pub fn remember(&self, session: &SessionId, access: Access, now: UnixMillis) {
        self.accesses.remember(session, access, now);
    }

    /// The session has ended.
    pub fn forget(&self, session: &SessionId) {
        self.accesses.forget(session);
    }

    /// The groups of a session's person as they are now. None where they cannot be read anew: the provider offers no way, or
    /// none that still counts, or this process did not begin the session. Then they hold as they were read, for
    /// `sign_in.groups_valid`: [`crate::WholeSession::asker_within`].
    pub async fn groups(
        &self,
        session: &SessionId,
        now: UnixMillis,
    ) -> Result<Option<BTreeSet<GroupName>>, ProviderError> {
        let (Kind::Oidc(oidc), Some(access)) = (&self.kind, self.accesses.find(session, now))
        else {
            return Ok(None);
        };
        oidc.groups(&access, now).await.map(Some)
    }
}
