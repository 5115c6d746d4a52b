//! The two cookies: one for a session, one for the way to the identity provider and back.

use crate::Origin;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// Longer ones are none of ours, in bytes.
const LONGEST: usize = 512;
/// How long somebody may take at the identity provider.
const FLOW_SECONDS: u32 = 600;

/// How the cookies are called, and whether they need TLS.
///
/// With `__Host-` a browser takes them over TLS only, for this host only, and no neighbour can set them. On
/// `http://localhost` some browsers refuse both the prefix and `Secure`, so there they have neither.
pub(crate) struct Cookies {
    session: &'static str,
    flow: &'static str,
    secure: &'static str,
}

/// The browser sent more than one of the same name, so it is not known which is ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Duplicate;

impl Cookies {
    pub(crate) fn of(origin: &Origin) -> Self {
        if origin.is_secure() {
            Self {
                session: "__Host-spiderpig",
                flow: "__Host-spiderpig-flow",
                secure: "; Secure",
            }
        } else {
            Self {
                session: "spiderpig",
                flow: "spiderpig-flow",
                secure: "",
            }
        }
    }

    pub(crate) fn session(&self, headers: &HeaderMap) -> Result<Option<String>, Duplicate> {
        read(headers, self.session)
    }

    pub(crate) fn flow(&self, headers: &HeaderMap) -> Result<Option<String>, Duplicate> {
        read(headers, self.flow)
    }

    /// Goes when the browser is closed; the runner ends it sooner. Nothing where the token is none.
    pub(crate) fn set_session(&self, token: &str) -> Option<HeaderValue> {
        self.set(self.session, token, "SameSite=Strict")
    }

    /// The identity provider sends the browser back from another site, so `Strict` would lose it.
    pub(crate) fn set_flow(&self, flow: &str) -> Option<HeaderValue> {
        let with = format!("SameSite=Lax; Max-Age={FLOW_SECONDS}");
        self.set(self.flow, flow, &with)
    }

    pub(crate) fn forget_session(&self) -> HeaderValue {
        self.forget(self.session, "Strict")
    }

    pub(crate) fn forget_flow(&self) -> HeaderValue {
        self.forget(self.flow, "Lax")
    }

    fn set(&self, name: &str, value: &str, with: &str) -> Option<HeaderValue> {
        let secure = self.secure;
        let text = format!("{name}={value}; Path=/; HttpOnly; {with}{secure}");
        let is_value = is_token(value.as_bytes());
        is_value
            .then(|| HeaderValue::from_str(&text).ok())
            .flatten()
    }

    fn forget(&self, name: &str, same_site: &str) -> HeaderValue {
        let secure = self.secure;
        let text = format!("{name}=; Path=/; HttpOnly; SameSite={same_site}; Max-Age=0{secure}");
        HeaderValue::from_str(&text).expect("names of cookies are plain text")
    }
}

/// A value that is none of ours counts as no cookie.
fn read(headers: &HeaderMap, name: &str) -> Result<Option<String>, Duplicate> {
    let values = headers.get_all(COOKIE).iter();
    let pairs = values.flat_map(|it| it.as_bytes().split(|byte| *byte == b';'));
    let mut found = pairs.filter_map(|pair| value_of(pair, name.as_bytes()));
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(Duplicate),
        (Some(value), None) if is_token(value) => {
            Ok(Some(String::from_utf8_lossy(value).into_owned()))
        }
        _ => Ok(None),
    }
}

fn value_of<'a>(pair: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let pair = pair.trim_ascii();
    let end = pair.iter().position(|byte| *byte == b'=')?;
    let (key, value) = pair.split_at(end);
    (key.trim_ascii() == name).then(|| value[1..].trim_ascii())
}

fn is_token(value: &[u8]) -> bool {
    let is_plain = |it: &u8| it.is_ascii_alphanumeric() || b"-_.~+/=".contains(it);
    !value.is_empty() && value.len() <= LONGEST && value.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers, and what is found in them.
    type Case = (
        &'static [&'static [u8]],
        Result<Option<&'static str>, Duplicate>,
    );

    fn found(cookies: &[&[u8]]) -> Result<Option<String>, Duplicate> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            if let Ok(value) = HeaderValue::from_bytes(cookie) {
                headers.append(COOKIE, value);
            }
        }
        Cookies::of(&"https://a.example".parse().unwrap()).session(&headers)
    }

    #[test]
    fn a_session_is_one_cookie_of_the_very_name() {
        let cases: [Case; 11] = [
            (&[], Ok(None)),
            (&[b"__Host-spiderpig=abc"], Ok(Some("abc"))),
            (&[b"a=b; __Host-spiderpig=a=b-_; c"], Ok(Some("a=b-_"))),
            (&[b"spiderpig=abc"], Ok(None)),
            (&[b"__host-spiderpig=abc"], Ok(None)),
            (&[b"__Host-spiderpig-flow=abc"], Ok(None)),
            (&[b"__Host-spiderpig="], Ok(None)),
            (&[b"__Host-spiderpig=a\"b"], Ok(None)),
            (&[b"__Host-spiderpig=a\xffb"], Ok(None)),
            (&[b"__Host-spiderpig=a; __Host-spiderpig=b"], Err(Duplicate)),
            (
                &[b"__Host-spiderpig=a", b"__Host-spiderpig=a"],
                Err(Duplicate),
            ),
        ];
        for (cookies, expected) in cases {
            let expected = expected.map(|it| it.map(str::to_owned));
            assert_eq!(found(cookies), expected, "{cookies:?}");
        }
    }

    #[test]
    fn hostile_cookies_are_read_or_refused() {
        let good = [
            b"a=b; __Host-spiderpig=abc; c=d".to_vec(),
            b"__Host-spiderpig=a; __Host-spiderpig=b".to_vec(),
        ];
        scap_hostile::hostile("cookies", &good, |cookie| {
            if let Ok(Some(token)) = found(&[cookie]) {
                assert!(is_token(token.as_bytes()));
            }
        });
    }

    #[test]
    fn cookies_are_of_this_host_alone_and_no_script_reads_them() {
        let cookies = Cookies::of(&"https://a.example".parse().unwrap());
        let here = Cookies::of(&"http://localhost:8080".parse().unwrap());
        for (made, expected) in [
            (
                cookies.set_session("t").unwrap(),
                "__Host-spiderpig=t; Path=/; HttpOnly; SameSite=Strict; Secure",
            ),
            (
                cookies.set_flow("f").unwrap(),
                "__Host-spiderpig-flow=f; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure",
            ),
            (
                cookies.forget_session(),
                "__Host-spiderpig=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure",
            ),
            (
                here.set_session("t").unwrap(),
                "spiderpig=t; Path=/; HttpOnly; SameSite=Strict",
            ),
        ] {
            assert_eq!(made.to_str().unwrap(), expected);
        }
        for bad in ["", "a; Domain=b", "a\r\nb", "ü"] {
            assert!(cookies.set_session(bad).is_none(), "{bad:?}");
        }
    }
}
