//! Who tells SpiderPig who people are, and in which groups.

use super::address;
pub(crate) use super::address::{ADDRESS, ORIGIN};
use crate::Period;
use crate::reader::{Fields, Item};

/// How people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInConfiguration {
    /// What the button says.
    pub name: String,
    /// How long groups count that cannot be read anew.
    pub groups_valid: Period,
    pub provider: SignInProvider,
}

/// What vouches for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInProvider {
    Oidc(OidcConfiguration),
    Cas(CasConfiguration),
}

/// A provider of `OpenID Connect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcConfiguration {
    /// As the provider writes it, to the letter.
    pub issuer: String,
    pub client_id: String,
    /// The file with the client's secret. Without one the client is public.
    pub client_secret_file: Option<String>,
    /// The claim that names the person.
    pub person_claim: String,
    /// The claim that lists the person's groups.
    pub groups_claim: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
}

/// A CAS server, of version 3 of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasConfiguration {
    /// What `/login` and `/p3/serviceValidate` are appended to.
    pub url: String,
    /// The attribute that lists the person's groups.
    pub groups_attribute: String,
}

#[derive(Clone, Copy)]
enum Kind {
    Oidc,
    Cas,
}

pub(crate) const KEYS: &[&str] = &["name", "type", "groups_valid"];
pub(crate) const OIDC_KEYS: &[&str] = &[
    "issuer",
    "client_id",
    "client_secret_file",
    "person_claim",
    "groups_claim",
    "scopes",
];
pub(crate) const CAS_KEYS: &[&str] = &["url", "groups_attribute"];
/// As long as a session at the most.
pub(crate) const LONGEST_GROUPS: Period = Period::from_secs(12 * 3_600);
pub(crate) const DEFAULT_PERSON_CLAIM: &str = "preferred_username";
pub(crate) const DEFAULT_GROUPS_CLAIM: &str = "groups";
pub(crate) const DEFAULT_SCOPES: &[&str] = &["profile", "groups"];
pub(crate) const DEFAULT_GROUPS_ATTRIBUTE: &str = "memberOf";
const KINDS: &[(&str, Kind)] = &[("oidc", Kind::Oidc), ("cas", Kind::Cas)];

pub(super) fn read(item: &Item<'_>) -> Option<SignInConfiguration> {
    let fields = item.open_fields()?;
    let name = fields.required("name").owned_text();
    let groups_valid = fields.or("groups_valid", LONGEST_GROUPS, groups_valid);
    let kind = fields.required("type").choice(KINDS)?;
    let keys = match kind {
        Kind::Oidc => OIDC_KEYS,
        Kind::Cas => CAS_KEYS,
    };
    fields.expect(&[KEYS, keys].concat());
    let provider = match kind {
        Kind::Oidc => oidc(&fields).map(SignInProvider::Oidc),
        Kind::Cas => cas(&fields).map(SignInProvider::Cas),
    };
    Some(SignInConfiguration {
        name: name?,
        groups_valid: groups_valid?,
        provider: provider?,
    })
}

fn oidc(fields: &Fields<'_>) -> Option<OidcConfiguration> {
    let word = |key, default: &str| fields.or(key, default.to_owned(), word);
    let issuer = address::address(&fields.required("issuer"));
    let client_id = fields.required("client_id").owned_text();
    let client_secret_file = fields.optional("client_secret_file", Item::owned_text);
    let person_claim = word("person_claim", DEFAULT_PERSON_CLAIM);
    let groups_claim = word("groups_claim", DEFAULT_GROUPS_CLAIM);
    let default = DEFAULT_SCOPES.iter().map(ToString::to_string).collect();
    let scopes = fields.or("scopes", default, |item| item.set(self::word));
    Some(OidcConfiguration {
        issuer: issuer?,
        client_id: client_id?,
        client_secret_file: client_secret_file?,
        person_claim: person_claim?,
        groups_claim: groups_claim?,
        scopes: scopes?,
    })
}

fn cas(fields: &Fields<'_>) -> Option<CasConfiguration> {
    let url = address::address(&fields.required("url"));
    let default = DEFAULT_GROUPS_ATTRIBUTE.to_owned();
    let groups_attribute = fields.or("groups_attribute", default, word);
    Some(CasConfiguration {
        url: url?.trim_end_matches('/').to_owned(),
        groups_attribute: groups_attribute?,
    })
}

fn groups_valid(item: &Item<'_>) -> Option<Period> {
    let period = item.period()?;
    if period > LONGEST_GROUPS {
        item.refuse("must be 12h at most: no session is older");
        return None;
    }
    Some(period)
}

/// Of a claim, an attribute or a scope: several scopes have blanks between them.
fn word(item: &Item<'_>) -> Option<String> {
    let text = item.owned_text()?;
    if text
        .chars()
        .all(|c| c.is_ascii_graphic() && !"\"\\".contains(c))
    {
        return Some(text);
    }
    item.refuse("must be one word, of ASCII without quotes and backslashes");
    None
}
