//! Addresses that a secret may cross: https, or http that stays on this machine.

use crate::reader::Item;
use std::net::Ipv6Addr;

/// What stands before the path.
pub(crate) const ORIGIN: &str =
    "^(https://[^/@?#\\\\\\s]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?)/?$";
pub(crate) const ADDRESS: &str = "^(https://[^/@?#\\\\\\s]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?)(/[^@?#\\\\\\s]*)?$";

/// `https://HOST` or `https://HOST:PORT`, without a slash at its end.
pub(super) fn origin(item: &Item<'_>) -> Option<String> {
    let text = address(item)?;
    let origin = text.strip_suffix('/').unwrap_or(&text);
    if origin.matches('/').count() == 2 {
        return Some(origin.to_owned());
    }
    item.refuse_with_hint(
        "must name no path",
        "SpiderPig has a host, or a port of one, for itself: `https://spiderpig.example.org`"
            .to_owned(),
    );
    None
}

/// As it stands there.
pub(super) fn address(item: &Item<'_>) -> Option<String> {
    let text = item.owned_text()?;
    match fault(&text) {
        None => Some(text),
        Some(fault) => {
            item.refuse(fault);
            None
        }
    }
}

fn fault(text: &str) -> Option<&'static str> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !["https", "http"].contains(&scheme) {
        return Some("must begin with https://, and name a host");
    }
    if rest.contains(|c: char| "@?#\\".contains(c) || c.is_whitespace()) {
        return Some("must have neither a user, nor a query, nor blanks");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    match host(authority) {
        None => Some("must name a host, with a port or without one"),
        Some(host) if scheme == "http" && !is_this_machine(host) => {
            Some("must begin with https://: plain http is for localhost, 127.0.0.1 and [::1] only")
        }
        Some(_) => None,
    }
}

/// The host of `HOST` or `HOST:PORT`.
fn host(authority: &str) -> Option<&str> {
    let end = authority.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match authority[end..].split_once(':') {
        Some((name, port)) => (&authority[..end + name.len()], Some(port)),
        None => (authority, None),
    };
    let in_brackets = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_host = match in_brackets {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            host.starts_with(|c: char| c.is_ascii_alphanumeric())
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        }
    };
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    (is_host && is_port).then_some(host)
}

fn is_this_machine(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn an_address_is_https_or_stays_on_this_machine() {
        for good in [
            "https://idp.example.org",
            "https://idp.example.org/realms/x/",
            "https://[2001:db8::1]:8443/cas",
            "http://localhost:5556/dex",
            "http://127.0.0.1",
            "http://[::1]:80",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "",
            "idp.example.org",
            "ftp://idp.example.org",
            "HTTPS://idp.example.org",
            "https://",
            "https:///path",
            "https://:443",
            "https://a:b",
            "https://a:0",
            "https://a:65536",
            "https://-a",
            "https://a_b",
            "https://[::1",
            "https://::1",
            "https://[1.2.3.4]",
            "https://ada@idp.example.org",
            "https://idp.example.org\\@evil.example",
            "https://idp.example.org/?a",
            "https://idp.example.org/#a",
            "https://idp.example.org/a b",
            "http://idp.example.org",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://127.0.0.2",
            "http://[::2]",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
