//! Hosts that requests are sent to, whatever the URLs say.

use crate::query::{QueryError, check_braces, filled};
use crate::{HostName, NameError, ReleaseStep};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// The name or the address of a host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpbbHost(String);

/// The name of a host, with placeholders that a release's names fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct HostPattern(String);

/// Why a text names no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostPatternError {
    #[error(transparent)]
    Placeholder(#[from] QueryError),
    #[error(transparent)]
    Name(#[from] NameError),
}

const PLACEHOLDERS: &[&str] = &["environment", "datacenter", "namespace", "release"];

impl HttpbbHost {
    /// What is connected to: an IPv6 address without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HttpbbHost {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        match inner.unwrap_or(&text).parse::<IpAddr>() {
            Ok(address) => Ok(Self(address.to_string())),
            Err(_) => HostName::new(text).map(|name| Self(name.into())),
        }
    }
}

impl fmt::Display for HttpbbHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl HostPattern {
    /// Whether it is another host for other releases.
    pub(crate) fn has_placeholders(&self) -> bool {
        self.0.contains('{')
    }

    /// The host where nothing has to be filled in; none where something has.
    pub fn alone(&self) -> Option<HttpbbHost> {
        HttpbbHost::try_from(self.0.clone()).ok()
    }

    /// The host for a release; none for a preview's step, which names none.
    pub fn of(&self, step: &ReleaseStep) -> Option<HttpbbHost> {
        let names = [
            ("environment", step.environment.as_str()),
            ("datacenter", step.datacenter.as_str()),
            ("namespace", step.namespace.as_str()),
            ("release", step.release.as_ref()?.as_str()),
        ];
        HttpbbHost::try_from(filled(&self.0, &names)).ok()
    }
}

impl TryFrom<String> for HostPattern {
    type Error = HostPatternError;

    fn try_from(text: String) -> Result<Self, HostPatternError> {
        check_braces(&text, PLACEHOLDERS)?;
        // Names are letters, digits and `-_.`, as this one is.
        let names: Vec<(&str, &str)> = PLACEHOLDERS.iter().map(|name| (*name, "x")).collect();
        HttpbbHost::try_from(filled(&text, &names))?;
        Ok(Self(text))
    }
}

impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> String {
        pattern.0
    }
}
