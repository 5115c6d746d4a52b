//! The key at which a version stands, as the keys that lead to it.

use crate::ServiceName;
use schemars::JsonSchema;
use std::fmt;

/// The keys that lead to a version, from the outermost on.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct VersionKey(Vec<String>);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be keys with dots between them, such as `main_app.version`")]
pub struct VersionKeyError;

impl VersionKey {
    /// Where Hiera has the version of a service.
    pub fn hiera(service: &ServiceName) -> Self {
        let keys = [
            "profile::docker::runner::service_defs",
            service.as_str(),
            "version",
        ];
        Self(keys.map(str::to_owned).into())
    }

    /// At least one.
    pub(super) fn keys(&self) -> &[String] {
        &self.0
    }
}

impl Default for VersionKey {
    fn default() -> Self {
        Self(["main_app", "version"].map(str::to_owned).into())
    }
}

impl TryFrom<String> for VersionKey {
    type Error = VersionKeyError;

    fn try_from(text: String) -> Result<Self, VersionKeyError> {
        let is_safe = |key: &str| {
            key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        };
        if text.split('.').all(is_safe) {
            Ok(Self(text.split('.').map(str::to_owned).collect()))
        } else {
            Err(VersionKeyError)
        }
    }
}

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
