//! What an operator says: where the page is, where the runner listens, whom to believe.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use url::{Host, Url};

/// All that the web process is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What stands in the address line of browsers.
    pub url: Origin,
    /// Of the runner.
    pub socket: PathBuf,
    /// Proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<Network>,
    /// The folder of the built page; without it, the page that the program was built with.
    pub page: Option<PathBuf>,
}

/// Scheme, host and port: `https` anywhere, `http` on this machine only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    url: Url,
}

/// Why an address cannot be the page's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    #[error("`{0}` is no address, such as `https://spiderpig.example.org`")]
    Unreadable(String),
    #[error("`{0}` is not `https`: only `localhost` may do without")]
    Unsafe(String),
    #[error("`{0}` has more than scheme, host and port")]
    TooMuch(String),
}

/// One address, or those that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// Why a text names no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address and no network, such as `192.0.2.7` or `2001:db8::/32`")]
pub struct NetworkError(String);

impl Origin {
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether a `Host` header, or the authority of a request's address, is this one.
    pub fn has_authority(&self, authority: &str) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        let is_host = |it: &str| it.eq_ignore_ascii_case(host);
        let with_port = authority
            .strip_suffix(&format!(":{port}"))
            .is_some_and(is_host);
        with_port || (self.url.port().is_none() && is_host(authority))
    }

    /// Whether an `Origin` header is this one.
    pub fn is(&self, origin: &str) -> bool {
        origin == self.url.origin().ascii_serialization()
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let owned = || text.to_owned();
        let url = Url::parse(text).map_err(|_| OriginError::Unreadable(owned()))?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(OriginError::Unreadable(owned())),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            _ => return Err(OriginError::Unsafe(owned())),
        }
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let names_nobody = url.username().is_empty() && url.password().is_none();
        if is_bare && names_nobody {
            return Ok(Self { url });
        }
        Err(OriginError::TooMuch(owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url.origin().ascii_serialization())
    }
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical().into())
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let one = text.parse().map(|it: IpAddr| it.to_canonical().into());
        let network = one.or_else(|_| text.parse());
        network.map(Self).map_err(|_| NetworkError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_or_on_this_machine() {
        for (text, is_good) in [
            ("https://spiderpig.example.org", true),
            ("https://spiderpig.example.org:8443/", true),
            ("http://localhost:5173", true),
            ("http://127.0.0.1:80", true),
            ("http://[::1]:8080", true),
            ("http://spiderpig.example.org", false),
            ("http://localhost.example.org", false),
            ("ftp://localhost", false),
            ("https://spiderpig.example.org/page", false),
            ("https://ada@spiderpig.example.org", false),
            ("https://spiderpig.example.org?x", false),
            ("spiderpig.example.org", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Origin>().is_ok(), is_good, "{text}");
        }
    }

    #[test]
    fn a_host_is_ours_with_its_port_or_the_usual_one() {
        for (url, host, is_ours) in [
            ("https://a.example", "a.example", true),
            ("https://a.example", "A.EXAMPLE:443", true),
            ("https://a.example", "a.example:80", false),
            ("https://a.example", "a.example.", false),
            ("https://a.example", "b.example", false),
            ("https://a.example", "a.example:443:443", false),
            ("https://a.example:8443", "a.example:8443", true),
            ("https://a.example:8443", "a.example", false),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("http://localhost:8080", "", false),
        ] {
            let origin: Origin = url.parse().unwrap();
            assert_eq!(origin.has_authority(host), is_ours, "{url}: {host}");
        }
    }

    #[test]
    fn a_network_has_its_addresses() {
        for (network, address, is_in) in [
            ("192.0.2.0/24", "192.0.2.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("2001:db8::/32", "2001:db8::1", true),
            ("2001:db8::/32", "192.0.2.9", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), is_in);
        }
        assert!("proxy.example".parse::<Network>().is_err());
    }
}
