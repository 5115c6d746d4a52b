//! How a process of the demo knows its parent: it says when it is ready, and ends when its parent does.

use std::io::{self, Read as _, Write as _};
use std::thread;

use tokio::sync::watch;

/// Knows whether the other end of standard input is still there.
#[derive(Clone)]
pub(crate) struct Parent(watch::Receiver<()>);

/// Watches standard input. The parent holds its other end, so that the kernel closes it however the parent dies.
///
/// The thread is not one of the async runtime, whose end would wait for it.
pub(crate) fn watch() -> Parent {
    let (alive, parent) = watch::channel(());
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut buffer = [0; 64];
        while matches!(input.read(&mut buffer), Ok(1..)) {}
        drop(alive);
    });
    Parent(parent)
}

impl Parent {
    /// Returns once standard input has closed.
    pub(crate) async fn gone(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}

/// Tells the parent one line. One that no longer listens is about to be gone, which `watch` tells.
pub(crate) fn say(line: &str) {
    let mut output = io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// Writes one line to standard error. A log that cannot be written must not take a service down.
pub(crate) fn log(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
