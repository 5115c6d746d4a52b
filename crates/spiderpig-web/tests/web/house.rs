//! The server under test with its runner, in a folder of its own.

use crate::browser::Request;
use crate::runner::{self, Behaviour, Heard};
use spiderpig_protocol::{Question, Verb};
use spiderpig_web::{Limits, Settings, serve_within};
use std::fs::{create_dir_all, write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const HOST: &str = "spiderpig.example.org";
pub(crate) const ORIGIN: &str = "https://spiderpig.example.org";

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) heard: Arc<Heard>,
    pub(crate) closing: CancellationToken,
    pub(crate) server: JoinHandle<std::io::Result<()>>,
    _close: DropGuard,
    _folder: TempDir,
}

impl House {
    pub(crate) async fn new(behaviour: Behaviour) -> Self {
        Self::with(behaviour, Limits::default(), |_| {}).await
    }

    pub(crate) async fn with(
        behaviour: Behaviour,
        limits: Limits,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let folder = TempDir::new().unwrap();
        build_page(&folder.path().join("page"));
        let mut settings = Settings {
            url: ORIGIN.parse().unwrap(),
            socket: folder.path().join("web.sock"),
            trusted_proxies: Vec::new(),
            page: Some(folder.path().join("page")),
        };
        let heard = runner::start(&settings.socket, behaviour);
        change(&mut settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let closing = CancellationToken::new();
        let server = tokio::spawn(serve_within(listener, settings, limits, closing.clone()));
        Self {
            address,
            heard,
            server,
            _close: closing.clone().drop_guard(),
            closing,
            _folder: folder,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::new(self.address, "GET", path).set("host", HOST)
    }

    /// As the page posts.
    pub(crate) fn post(&self, path: &str, body: &str) -> Request {
        Request::new(self.address, "POST", path)
            .set("host", HOST)
            .set("origin", ORIGIN)
            .set("sec-fetch-site", "same-origin")
            .set("content-type", "application/json")
            .body(body)
    }

    pub(crate) fn questions(&self) -> Vec<Question> {
        self.heard.questions.lock().unwrap().clone()
    }

    /// The only question that came.
    pub(crate) fn question(&self) -> Question {
        let questions = self.questions();
        assert_eq!(questions.len(), 1, "{:?}", self.verbs());
        questions[0].clone()
    }

    pub(crate) fn verbs(&self) -> Vec<Verb> {
        self.questions().into_iter().map(|it| it.verb).collect()
    }
}

fn build_page(folder: &Path) {
    create_dir_all(folder.join("assets")).unwrap();
    let script = "let a = 1;\n".repeat(500);
    for (name, text) in [
        ("index.html", "<!doctype html><title>SpiderPig</title>"),
        ("dark.css", ":root{}"),
        ("icon.svg", "<svg/>"),
        (".hidden", "secret"),
        ("assets/index-a1.js", &script),
    ] {
        write(folder.join(name), text).unwrap();
    }
    write(folder.join("../outside.txt"), "outside").unwrap();
    std::os::unix::fs::symlink(folder.join("../outside.txt"), folder.join("link.txt")).unwrap();
}
