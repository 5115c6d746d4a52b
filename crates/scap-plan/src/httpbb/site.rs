//! Base URLs: whom a request speaks of, in its Host header and in the name that TLS asks for.

use crate::{HostName, NameError};
use std::fmt;
use std::net::Ipv6Addr;

/// `https://host.example.org`, with a port where it is not the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Site {
    pub scheme: Scheme,
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    pub port: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    Http,
    Https,
}

/// Why a text is no base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteError {
    #[error("must begin with https:// or http://")]
    Scheme,
    #[error("must end behind the host or its port: paths stand in the requests")]
    BeyondHost,
    #[error("has a host that {0}")]
    Host(NameError),
    #[error("has a host with letters that no request can carry: write it as `xn--…`")]
    HostNotAscii,
    #[error("has a port that is no whole number from 1 to 65535")]
    Port,
}

impl Scheme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port where nothing else is said.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl TryFrom<String> for Site {
    type Error = SiteError;

    fn try_from(text: String) -> Result<Self, SiteError> {
        let schemes = [Scheme::Https, Scheme::Http].into_iter();
        let mut found = schemes.filter_map(|scheme| {
            let rest = text.strip_prefix(scheme.as_str())?.strip_prefix("://")?;
            Some((scheme, rest))
        });
        let (scheme, rest) = found.next().ok_or(SiteError::Scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', '\\']) {
            return Err(SiteError::BeyondHost);
        }
        let (host, port) = split(rest);
        let port = match port {
            None => None,
            Some(port) => Some(number(port).ok_or(SiteError::Port)?),
        };
        Ok(Self {
            scheme,
            host: checked(host)?,
            port,
        })
    }
}

/// Host and port; a colon without a port behind it says nothing.
fn split(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port).filter(|it| !it.is_empty())),
        _ => (rest, None),
    }
}

fn number(port: &str) -> Option<u16> {
    let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|port| is_plain && *port > 0)
}

fn checked(host: &str) -> Result<String, SiteError> {
    let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    if inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok()) {
        return Ok(host.to_owned());
    }
    let name = HostName::new(host).map_err(SiteError::Host)?;
    if !name.as_str().is_ascii() {
        return Err(SiteError::HostNotAscii);
    }
    Ok(name.into())
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}
