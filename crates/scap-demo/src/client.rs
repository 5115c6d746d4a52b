//! HTTP to the hosts of the demo, which are this machine: no proxy of the environment knows them.

use reqwest::{Client, ClientBuilder};

pub(crate) fn builder() -> ClientBuilder {
    // Nothing is encrypted here, but a client is not made without it. It is there already where somebody else has set it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy()
}
