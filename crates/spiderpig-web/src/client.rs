//! Who asks: the token of a browser, the address that it comes from, what it says that it is.

use crate::Network;
use crate::refusal::Refusal;
use crate::site::Site;
use axum::extract::FromRequestParts;
use axum::http::header::{HeaderName, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use spiderpig_protocol::Client;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// More of what a browser says that it is is not passed on, in characters.
const LONGEST_DEVICE: usize = 200;

/// The other end of a connection; the server puts it into the extensions of each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// In whose name a question is asked.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) token: Option<String>,
    pub(crate) client: Client,
}

impl Asker {
    /// The same browser, as if it had no session.
    pub(crate) fn nobody(self) -> Self {
        Self {
            token: None,
            ..self
        }
    }
}

impl FromRequestParts<Arc<Site>> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Refusal> {
        let token = site.cookies.session(&parts.headers);
        let token = token.map_err(|_| two_sessions())?;
        let peer = parts.extensions.get::<Peer>();
        let address = peer.map(|it| address(it.0, &parts.headers, &site.trusted_proxies));
        let device = device(&parts.headers);
        let client = Client { address, device };
        Ok(Self { token, client })
    }
}

fn two_sessions() -> Refusal {
    Refusal::of(StatusCode::UNAUTHORIZED, "the browser sent two sessions")
        .hint("delete the cookies of this site and of its parent domains")
}

/// Hops are believed from our side on, as far as each was told of by a proxy that is trusted.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |it: IpAddr| trusted.iter().any(|network| network.contains(it));
    let mut nearest = peer.to_canonical();
    let values = headers.get_all(FORWARDED_FOR).iter();
    let hops = values.flat_map(|it| it.as_bytes().split(|byte| *byte == b','));
    for hop in hops.rev() {
        if !is_trusted(nearest) {
            break;
        }
        match std::str::from_utf8(hop).ok().and_then(hop_address) {
            Some(address) => nearest = address.to_canonical(),
            None => break,
        }
    }
    nearest
}

/// Some proxies write the port beside it.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse().ok().map(|it: SocketAddr| it.ip());
    hop.parse().ok().or_else(with_port)
}

fn device(headers: &HeaderMap) -> String {
    let said = headers.get(USER_AGENT).map(HeaderValue::as_bytes);
    let said = String::from_utf8_lossy(said.unwrap_or_default());
    let shown = said.chars().filter(|it| !it.is_control());
    shown.take(LONGEST_DEVICE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&[u8]]) -> IpAddr {
        let trusted = [
            "192.0.2.0/24".parse().unwrap(),
            "2001:db8::1".parse().unwrap(),
        ];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(FORWARDED_FOR, value);
            }
        }
        address(peer.parse().unwrap(), &headers, &trusted)
    }

    #[test]
    fn an_address_is_believed_as_far_as_proxies_are() {
        let cases: [(&str, &[&[u8]], &str); 9] = [
            ("198.51.100.1", &[], "198.51.100.1"),
            ("198.51.100.1", &[b"203.0.113.9"], "198.51.100.1"),
            ("192.0.2.1", &[b"203.0.113.9"], "203.0.113.9"),
            ("192.0.2.1", &[b"10.0.0.1, 203.0.113.9"], "203.0.113.9"),
            (
                "192.0.2.1",
                &[b"10.0.0.1,203.0.113.9,192.0.2.2"],
                "203.0.113.9",
            ),
            (
                "192.0.2.1",
                &[b"10.0.0.1", b"203.0.113.9:443"],
                "203.0.113.9",
            ),
            ("192.0.2.1", &[b"203.0.113.9, unknown"], "192.0.2.1"),
            ("::ffff:192.0.2.1", &[b"[2001:db8::7]:1"], "2001:db8::7"),
            ("2001:db8::1", &[b"192.0.2.7, 192.0.2.8"], "192.0.2.7"),
        ];
        for (peer, forwarded, expected) in cases {
            let expected: IpAddr = expected.parse().unwrap();
            assert_eq!(seen(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn hostile_hops_are_no_more_than_addresses() {
        let good = [
            b"203.0.113.9, 192.0.2.7".to_vec(),
            b"[2001:db8::7]:1, 192.0.2.2".to_vec(),
        ];
        scap_hostile::hostile("X-Forwarded-For", &good, |value| {
            seen("192.0.2.1", &[value]);
            assert_eq!(seen("198.51.100.1", &[value]).to_string(), "198.51.100.1");
        });
    }
}
