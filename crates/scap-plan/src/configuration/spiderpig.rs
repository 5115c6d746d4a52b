//! SpiderPig, as scap.yaml has it: where people see it, and who tells who they are.

mod address;
pub(crate) mod sign_in;

use crate::PersonName;
use crate::error::quoted;
use crate::reader::Item;
pub use sign_in::{CasConfiguration, OidcConfiguration, SignInConfiguration, SignInProvider};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// How SpiderPig is set up. Paths are as written: whoever uses them resolves them against the file's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiderpigConfiguration {
    /// What people's browsers call it: scheme, host and port, without a slash at its end.
    pub url: String,
    /// Where the runner answers the web process, if not at `web.sock` in its state folder.
    pub socket: Option<String>,
    /// Whose process may connect to that socket, if not the runner's own user's.
    pub web_user: Option<PersonName>,
    /// The file of the policy.
    pub policy: String,
    pub sign_in: SignInConfiguration,
    /// Where the web process listens.
    pub listen: SocketAddr,
    /// Who is believed to say where a request came from.
    pub trusted_proxies: Vec<IpAddr>,
    /// The folder of the built page; without it, the page that scap was built with.
    pub page: Option<String>,
}

pub(crate) const KEYS: &[&str] = &[
    "url",
    "socket",
    "web_user",
    "policy",
    "sign_in",
    "listen",
    "trusted_proxies",
    "page",
];
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

pub(super) fn read(item: &Item<'_>) -> Option<SpiderpigConfiguration> {
    let fields = item.fields(KEYS)?;
    let url = address::origin(&fields.required("url"));
    let socket = fields.optional("socket", Item::owned_text);
    let web_user = fields.optional("web_user", Item::parsed);
    let policy = fields.required("policy").owned_text();
    let sign_in = sign_in::read(&fields.required("sign_in"));
    let listen = fields.or("listen", DEFAULT_LISTEN, |item| {
        from_text(item, "an IP address and a port such as `127.0.0.1:8080`")
    });
    let trusted_proxies = fields.or("trusted_proxies", Vec::new(), |item| {
        item.set(|item| from_text(item, "an IP address"))
    });
    let page = fields.optional("page", Item::owned_text);
    Some(SpiderpigConfiguration {
        url: url?,
        socket: socket?,
        web_user: web_user?,
        policy: policy?,
        sign_in: sign_in?,
        listen: listen?,
        trusted_proxies: trusted_proxies?,
        page: page?,
    })
}

fn from_text<T: FromStr>(item: &Item<'_>, expected: &str) -> Option<T> {
    let text = item.text()?;
    let value = text.parse().ok();
    if value.is_none() {
        item.refuse(&format!("must be {expected}, not {}", quoted(text)));
    }
    value
}
