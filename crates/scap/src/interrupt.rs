//! Signals that ask this process to end: they abort the run that it carries out, instead of leaving it half done.

use crate::control::Control;
use crate::control::verb::LeaveRequest;
use scap_journal::Request;
use scap_run::{AbortKind, RunId};
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The first signal puts everything back, the next one stops that. A terminal that hangs up ends nothing: the run goes on,
/// and other terminals can follow it. Where the runner carries it out, SIGTERM ends no more than this process.
pub(crate) async fn abort_when_asked(control: Arc<Control>, run: RunId) {
    let terminations = control
        .is_here()
        .then(|| signal(SignalKind::terminate()))
        .transpose();
    let (Ok(mut interrupts), Ok(_hangups), Ok(mut terminations)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::hangup()),
        terminations,
    ) else {
        tracing::warn!("signals cannot be listened to: they end this process at once");
        return;
    };
    for kind in [AbortKind::Undo, AbortKind::Stop] {
        let name = tokio::select! {
            _ = interrupts.recv() => "SIGINT",
            () = next(terminations.as_mut()) => "SIGTERM",
        };
        let request = Request::Abort {
            kind,
            reason: Some(name.to_owned()),
        };
        if let Err(error) = control.ask(LeaveRequest { run, request }).await {
            let why = error.in_a_line();
            tracing::error!("the abort could not be written down: {why}");
        }
    }
    std::future::pending::<()>().await;
}

/// Never comes where none is listened for.
async fn next(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => std::future::pending().await,
    }
}
