//! Files of httpbb: requests to send to a host, whatever their URLs say, and what must come back.

mod assertion;
mod body;
mod header;
mod host;
mod pattern;
pub(crate) mod request;
mod site;

use crate::error::{ConfigError, Source};
use crate::reader::read_file;
pub use assertion::{Assertion, Expected};
pub use body::HttpbbBody;
pub use host::{HostPattern, HostPatternError, HttpbbHost};
pub use pattern::{TextPattern, TextPatternError};
pub use request::HttpbbRequest;
pub use site::{Scheme, Site, SiteError};

/// One file.
#[derive(Debug, Clone)]
pub struct Httpbb {
    /// Its name as it was given.
    pub file: String,
    /// In the order of the file, which is the order in which they are sent.
    pub requests: Vec<HttpbbRequest>,
}

impl Httpbb {
    /// Reads a file, or says everything that is wrong with it.
    pub fn read(source: &Source) -> Result<Self, Vec<ConfigError>> {
        let requests = read_file(source, "httpbb file", |item| {
            item.each(("base URL", "base URLs"), |entry| request::of_site(&entry))
        })?;
        Ok(Self {
            file: source.file.clone(),
            requests: requests.concat(),
        })
    }
}
