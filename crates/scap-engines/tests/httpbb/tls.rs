//! Servers on this machine that speak TLS, or fail to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The same certificate, whoever is asked for.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// Answers each request with the name that TLS asked for, and with the request's head.
pub(crate) fn serve(last: u8, key: CertifiedKey) -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(Arc::new(key))));
    let config = Arc::new(config);
    listen(last, move |stream| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        answer_all(StreamOwned::new(connection, stream));
    })
}

/// Hands each connection to `serve`, one thread each.
pub(crate) fn listen(
    last: u8,
    serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 43, last), 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

/// Until the client leaves, or refuses the certificate.
fn answer_all(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while let Ok(1) = stream.read(&mut byte) {
        head.push(byte[0]);
        if head.ends_with(b"\r\n\r\n") {
            let name = stream.conn.server_name().unwrap_or("no name").to_owned();
            let head = String::from_utf8(std::mem::take(&mut head)).unwrap();
            let body = format!("asked for {name}\n{head}");
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).unwrap();
        }
    }
}
