//! Requests that scap sends itself, so that a service without traffic can be judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is sent to canary and control, as much to each, while evidence is gathered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Load {
    #[serde(flatten)]
    pub source: LoadSource,
    /// TCP port; when absent, the service's own, of a pod the first one that it declares.
    pub port: Option<u16>,
    /// To each side; its instances take turns.
    pub requests_per_second: u32,
    /// Also while the service has as much traffic of its own.
    pub always: bool,
    /// Also requests that may change something: other methods than GET, HEAD, OPTIONS and TRACE.
    pub r#unsafe: bool,
}

/// Where the requests stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadSource {
    /// A GET of it.
    Path(String),
    /// The examples of a specification in the service's directory.
    #[serde(rename = "openapi")]
    OpenApi(String),
    /// The requests of a file in the service's directory; its URLs' hosts are not sent.
    Httpbb(String),
}

/// `5 requests per second of /page to each side, while there is no traffic`
impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (LoadSource::Path(of) | LoadSource::OpenApi(of) | LoadSource::Httpbb(of)) =
            &self.source;
        let rate = self.requests_per_second;
        let when = if self.always {
            ""
        } else {
            ", while there is no traffic"
        };
        write!(f, "{rate} requests per second of {of} to each side{when}")
    }
}
