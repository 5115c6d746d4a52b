//! SpiderPig's settings for each provider, and what is said of its answers.

use scap_plan::{
    CasConfiguration, GroupName, OidcConfiguration, Period, SignInConfiguration, SignInProvider,
    SpiderpigConfiguration,
};
use scap_run::UnixMillis;
use spiderpig_control::{Begun, Finished, Provider, ProviderError};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use url::Url;

pub(crate) const URL: &str = "http://127.0.0.1:8080";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:8080/api/sign-in/finish";
pub(crate) const CLIENT: &str = "spiderpig";
pub(crate) const MINUTE: u64 = 60_000;

/// What a browser comes back with.
pub(crate) type Query = BTreeMap<String, String>;

pub(crate) fn oidc(issuer: &str) -> OidcConfiguration {
    OidcConfiguration {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret_file: None,
        person_claim: "preferred_username".to_owned(),
        groups_claim: "groups".to_owned(),
        scopes: ["profile", "groups"].map(str::to_owned).to_vec(),
    }
}

pub(crate) fn configuration(provider: SignInProvider) -> SpiderpigConfiguration {
    SpiderpigConfiguration {
        url: URL.to_owned(),
        socket: None,
        web_user: None,
        policy: "policy.yaml".to_owned(),
        sign_in: SignInConfiguration {
            name: "Single sign-on".to_owned(),
            groups_valid: Period::from_secs(43_200),
            provider,
        },
        listen: "127.0.0.1:8080".parse().unwrap(),
        trusted_proxies: Vec::new(),
        page: None,
    }
}

pub(crate) fn oidc_provider(settings: OidcConfiguration, folder: &Path) -> Provider {
    Provider::new(&configuration(SignInProvider::Oidc(settings)), folder).unwrap()
}

pub(crate) fn cas_provider(url: &str) -> Provider {
    let settings = CasConfiguration {
        url: url.to_owned(),
        groups_attribute: "memberOf".to_owned(),
    };
    Provider::new(&configuration(SignInProvider::Cas(settings)), Path::new("")).unwrap()
}

/// Real providers look at their own clock.
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(since.as_millis().try_into().unwrap())
}

pub(crate) fn earlier(milliseconds: u64) -> UnixMillis {
    UnixMillis(now().0 - i64::try_from(milliseconds).unwrap())
}

/// What stands in the address that a sign-in begins with.
pub(crate) fn sent(begun: &Begun) -> Query {
    query(&begun.url.parse().unwrap())
}

pub(crate) fn query(url: &Url) -> Query {
    url.query_pairs().into_owned().collect()
}

pub(crate) fn query_of(pairs: &[(&str, &str)]) -> Query {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

pub(crate) fn names(groups: &BTreeSet<GroupName>) -> Vec<&str> {
    groups.iter().map(GroupName::as_str).collect()
}

/// All that is said of a refusal, which must not have any of the `secrets` in it.
pub(crate) fn refusal(finished: Result<Finished, ProviderError>, secrets: &[&str]) -> String {
    let error = finished.expect_err("it must be refused");
    let said = said(&error);
    for secret in secrets.iter().filter(|it| !it.is_empty()) {
        assert!(!said.contains(secret), "{said} shows {secret}");
    }
    assert!(error.hint().is_some(), "{said} has no hint");
    said
}

fn said(error: &ProviderError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    format!("{text} ({error:?})")
}
