//! What every answer says to the browser beside itself.

use crate::site::Site;
use axum::http::HeaderValue;
use axum::http::header::{self, HeaderMap, HeaderName};

/// The same as `web/dev/fixture_server.ts` has, with which the page is tested.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
require-trusted-types-for 'script'; trusted-types vue";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "publickey-credentials-get=(self), camera=(), geolocation=(), microphone=()",
    ),
];

/// A year, so that nobody is led to the page without TLS meanwhile.
const STRICT: &str = "max-age=31536000";

/// Adds them; what `/api` answers is kept nowhere.
pub(crate) fn dress(site: &Site, is_api: bool, headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.origin.is_secure() {
        let strict = HeaderValue::from_static(STRICT);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, strict);
    }
    if is_api {
        let nowhere = HeaderValue::from_static("no-store");
        headers.insert(header::CACHE_CONTROL, nowhere);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_the_one_that_the_page_is_tested_with() {
        let fixture = include_str!("../../../web/dev/fixture_server.ts");
        assert!(fixture.contains(&format!("const POLICY = \"{POLICY}\"")));
    }
}
