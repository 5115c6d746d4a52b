//! The phones of the demo's people: each knows the secret of its person's second factor, and shows its codes on one page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;
use totp_rs::{Builder, Secret, Totp};

/// A secret that makes no codes.
#[derive(Debug, thiserror::Error)]
#[error("a phone does not understand its secret")]
pub struct PhoneError;

/// By person.
#[derive(Default)]
pub(crate) struct Phones(BTreeMap<&'static str, Totp>);

impl Phones {
    /// Gives a person's phone its secret, as scap shows it; returns the code that the phone shows now.
    pub(crate) fn learn(
        &mut self,
        person: &'static str,
        secret: &str,
    ) -> Result<String, PhoneError> {
        let secret = secret.replace(' ', "");
        let secret = Secret::try_from_base32(secret).map_err(|_| PhoneError)?;
        let totp = Builder::new().with_secret(secret).build();
        let totp = totp.map_err(|_| PhoneError)?;
        let code = totp.generate(now()).to_string();
        self.0.insert(person, totp);
        Ok(code)
    }

    /// Shows all codes to who looks, until it is dropped.
    pub(crate) async fn show(self, listener: TcpListener) -> std::io::Result<()> {
        let router = Router::new().route("/", get(page));
        axum::serve(listener, router.with_state(Arc::new(self))).await
    }
}

async fn page(State(phones): State<Arc<Phones>>) -> Html<String> {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"2\">\
         <title>Phones</title><style>body{font:1.25rem sans-serif;margin:3rem}td{padding:.5rem 1.5rem .5rem 0}\
         td+td{font:2rem monospace}</style><h1>What their phones show</h1><p>Each code counts once.</p><table>",
    );
    for (person, totp) in &phones.0 {
        let code = totp.generate(now());
        let _ = write!(page, "<tr><td>{person}<td>{code}");
    }
    Html(page)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
