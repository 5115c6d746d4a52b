//! The shape of httpbb's files.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use schemars::JsonSchema;
use serde_json::Value;
use std::collections::BTreeMap;

/// Requests by the base URL that they are sent for, in order.
#[derive(JsonSchema)]
#[schemars(extend("minProperties" = 1))]
pub(super) struct HttpbbFile(BTreeMap<BaseUrl, Requests>);

/// `https://host.example.org`, whose paths stand in the requests.
#[derive(JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[schemars(inline)]
struct BaseUrl(
    #[schemars(regex(pattern = "^https?://[^/?#@\\\\]+/?$"))]
    String,
);

#[derive(JsonSchema)]
#[schemars(inline)]
struct Requests(#[schemars(length(min = 1))] Vec<Request>);

/// One request, and everything that its answer must be; redirects are not followed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the files have these names")]
struct Request {
    /// With the query.
    #[schemars(regex(pattern = "^/[^#]*$"))]
    path: String,
    #[schemars(regex(pattern = "^[A-Za-z]{1,20}$"), extend("default" = "GET"))]
    method: Option<String>,
    #[schemars(extend("minProperties" = 1))]
    request_headers: Option<BTreeMap<HeaderName, Written>>,
    /// Sent as JSON.
    json_body: Option<Value>,
    /// Sent as a form.
    #[schemars(extend("minProperties" = 1))]
    form_body: Option<BTreeMap<String, OneOrMore<Written>>>,
    /// Sent as it is; one of the three at most.
    body: Option<Written>,
    assert_status: Option<OneOrMore<Status>>,
    /// Whole values; of a header that comes more than once, all of them with `, ` between.
    #[schemars(extend("minProperties" = 1))]
    assert_headers: Option<BTreeMap<HeaderName, Written>>,
    /// Regular expressions, found anywhere in the value.
    #[schemars(extend("minProperties" = 1))]
    assert_headers_regex: Option<BTreeMap<HeaderName, Something>>,
    #[schemars(length(min = 1))]
    assert_headers_absent: Option<Vec<HeaderName>>,
    assert_body_contains: Option<OneOrMore<Something>>,
    /// Regular expressions, found anywhere in the body.
    assert_body_regex: Option<OneOrMore<Something>>,
}

#[derive(JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
#[schemars(inline)]
struct HeaderName(#[schemars(regex(pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"))] String);

#[derive(JsonSchema)]
#[schemars(inline)]
struct Status(#[schemars(range(min = 100, max = 599))] u16);

/// A text, which may be empty.
#[derive(JsonSchema)]
#[schemars(inline, untagged)]
enum Written {
    Text(String),
    Number(f64),
    Truth(bool),
}

/// A text that is not empty.
#[derive(JsonSchema)]
#[schemars(inline, untagged)]
enum Something {
    Text(#[schemars(length(min = 1))] String),
    Number(f64),
    Truth(bool),
}

#[derive(JsonSchema)]
#[schemars(inline, untagged)]
enum OneOrMore<T> {
    One(T),
    More(#[schemars(length(min = 1))] Vec<T>),
}
