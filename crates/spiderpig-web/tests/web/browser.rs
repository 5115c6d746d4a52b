//! A browser that sends exactly what it is told to send.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::net::TcpStream;

pub(crate) struct Request {
    pub(crate) address: SocketAddr,
    method: &'static str,
    path: String,
    pub(crate) headers: HeaderMap,
    body: Bytes,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn new(address: SocketAddr, method: &'static str, path: &str) -> Self {
        Self {
            address,
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// In place of all of this name; none where the value is empty.
    pub(crate) fn set(mut self, name: &'static str, value: &str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.remove(&name);
        if !value.is_empty() {
            let value = HeaderValue::from_str(value).unwrap();
            self.headers.append(name, value);
        }
        self
    }

    pub(crate) fn add(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn session(self, token: &str) -> Self {
        self.add("cookie", &format!("__Host-spiderpig={token}"))
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = Bytes::copy_from_slice(body.as_bytes());
        self
    }

    /// The head of the answer; the body comes as it is read.
    pub(crate) async fn open(self) -> Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = hyper::Request::builder().method(self.method).uri(self.path);
        let mut request = request.body(Full::new(self.body)).unwrap();
        *request.headers_mut() = self.headers;
        sender.send_request(request).await.unwrap()
    }

    pub(crate) async fn send(self) -> Answer {
        let (head, body) = self.open().await.into_parts();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |it| it.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all("set-cookie").iter();
        values.map(|it| it.to_str().unwrap()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// What sort of problem it tells of.
    pub(crate) fn problem(&self) -> String {
        self.json()["kind"].as_str().unwrap_or_default().to_owned()
    }
}
