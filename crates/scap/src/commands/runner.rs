//! `scap runner`

use crate::context::Context;
use crate::control::{Desk, socket};
use crate::exit_code::Exit;
use crate::runner::daemon::{Daemon, OnStop};
use crate::settings;
use crate::trouble::Trouble;
use std::io::IsTerminal;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) async fn run(context: &Context, on_stop: OnStop) -> Result<Exit, Trouble> {
    log();
    let settings = context.settings()?;
    let path = settings::socket(&context.global, Some(&settings))?;
    let desk = Arc::new(Desk::of_runner(context.global.clone())?);
    let listener = socket::listen(&path).await?;
    let (mut interrupts, mut terminations) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tracing::info!("listening on `{}`", path.display());
    let answering = tokio::spawn(socket::serve(Arc::clone(&desk), listener));
    let stop = async || {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
        tracing::info!("asked to stop");
    };
    Daemon::new(&desk).serve(on_stop, stop).await;
    answering.abort();
    // Whoever comes next makes its own.
    let _ = std::fs::remove_file(&path);
    Ok(Exit::Done)
}

/// What a daemon does is read in its log.
fn log() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
