//! A browser that keeps cookies, and stops where it would come back to SpiderPig.

use crate::settings::{CALLBACK, Query, query};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use std::collections::BTreeMap;
use url::Url;

/// More steps than any way has.
const MOST: usize = 10;

pub(crate) struct Browser {
    client: Client,
    person: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn of(person: &str) -> Self {
        Self {
            client: client(),
            person: person.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// Goes wherever it is sent; what it comes back with.
    pub(crate) async fn visit(&mut self, url: &str) -> Query {
        let mut url: Url = url.parse().unwrap();
        for _ in 0..MOST {
            if url.as_str().starts_with(CALLBACK) {
                return query(&url);
            }
            let response = self.get(&url).await;
            let Some(location) = response.headers().get(LOCATION) else {
                panic!("{url} is a page: {}", response.text().await.unwrap());
            };
            url = url.join(location.to_str().unwrap()).unwrap();
        }
        panic!("it goes round in circles");
    }

    async fn get(&mut self, url: &Url) -> Response {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self
            .client
            .get(url.clone())
            .header("x-person", &self.person);
        let response = request.header(COOKIE, cookies.join("; ")).send();
        let response = response.await.unwrap();
        self.keep(response.headers());
        response
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy().redirect(Policy::none());
    builder.build().unwrap()
}
