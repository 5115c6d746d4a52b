//! The line to an API server, which cuts all connections now and then; what runs in them is not read.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) struct Line {
    pub(crate) url: String,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    /// To `https://ADDRESS:PORT`.
    pub(crate) fn to(url: &str) -> Self {
        let (listener, open) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::default());
        let line = Self {
            url: format!("https://{}", listener.local_addr().unwrap()),
            open: Arc::clone(&open),
        };
        let server = url.strip_prefix("https://").unwrap().to_owned();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&server) else {
                    continue;
                };
                for stream in [&client, &server] {
                    open.lock().unwrap().push(stream.try_clone().unwrap());
                }
                copy(client.try_clone().unwrap(), server.try_clone().unwrap());
                copy(server, client);
            }
        });
        line
    }

    /// Ends every connection, and says how many there were.
    pub(crate) fn cut(&self) -> usize {
        let mut open = self.open.lock().unwrap();
        open.drain(..)
            .filter(|stream| stream.shutdown(Shutdown::Both).is_ok())
            .count()
            / 2
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
