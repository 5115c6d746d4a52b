//! Names as newtypes: what reaches a path, an argument or a lock key was checked once, here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not a safe name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("must be a non-empty string")]
    Empty,
    #[error("must not be longer than {LONGEST} bytes")]
    TooLong,
    #[error("must not begin with `{0}`")]
    BadStart(char),
    #[error("must not contain {0:?}")]
    BadCharacter(char),
}

/// Kubernetes and DNS allow up to 253 bytes; nothing of ours has a longer name.
const LONGEST: usize = 253;

/// A name may stand in a path, an argument and a log line, so it has letters, digits and `-_.` only,
/// and begins with a letter, a digit or `_`: no `..` at the start, no option-like dash, no separator.
fn check(text: &str) -> Result<(), NameError> {
    let first = text.chars().next().ok_or(NameError::Empty)?;
    if text.len() > LONGEST {
        return Err(NameError::TooLong);
    }
    if let Some(bad) = text
        .chars()
        .find(|c| !(c.is_alphanumeric() || "-_.".contains(*c)))
    {
        return Err(NameError::BadCharacter(bad));
    }
    if "-.".contains(first) {
        return Err(NameError::BadStart(first));
    }
    Ok(())
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes `text` as a name, or says what is wrong with it.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                check(&text)?;
                Ok(Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

names! {
    /// A service of the catalog.
    ServiceName;
    /// A cluster group: clusters that are deployed to together.
    ClusterGroupName;
    /// An environment of helmfile, by its name or by an alias of it.
    EnvironmentName;
    /// A datacenter.
    Datacenter;
    /// A namespace of Kubernetes, and the helmfile directory of the same name.
    Namespace;
    /// A release of helm.
    ReleaseName;
    /// A group of hosts of a scap3 repository.
    HostGroupName;
    /// A host that is deployed to.
    HostName;
    /// A stage of a cluster group or of host groups, for example `CANARY`.
    StageName;
    /// A person, as the deploy host and the identity provider name them.
    PersonName;
    /// A group of people, as the identity provider names it.
    GroupName;
    /// A rule of the policy.
    RuleName;
}

impl ServiceName {
    /// The key under which people lock the whole service by hand.
    pub fn lock_key(&self) -> String {
        format!("service/{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_paths_or_options_are_refused() {
        for bad in [
            "",
            "..",
            ".hidden",
            "-x",
            "a/b",
            "a b",
            "a\nb",
            "a\0",
            "a;b",
            "a\u{202e}b",
        ] {
            assert!(ServiceName::new(bad).is_err(), "{bad:?} was taken");
        }
        for good in [
            "mathoid",
            "mw-api-ext",
            "ml_services",
            "host1.example.org",
            "CANARY",
            "zürich",
        ] {
            assert!(ServiceName::new(good).is_ok(), "{good:?} was refused");
        }
    }
}
