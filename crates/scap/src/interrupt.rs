//! Signals that ask this process to end: they abort the run that it carries out, instead of leaving it half done.

use crate::clock::now;
use crate::person;
use scap_journal::{Journal, Request};
use scap_run::{AbortKind, RunId};
use tokio::signal::unix::{SignalKind, signal};

/// The first signal puts everything back, the next one stops that. A terminal that hangs up ends nothing: the run goes on,
/// and other terminals can follow it.
pub(crate) async fn abort_when_asked(journal: Journal, run: RunId) {
    let signals = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ]
    .map(signal);
    let [Ok(mut interrupts), Ok(mut terminations), Ok(_hangups)] = signals else {
        tracing::warn!("signals cannot be listened to: they end this process at once");
        return;
    };
    for kind in [AbortKind::Undo, AbortKind::Stop] {
        let name = tokio::select! {
            _ = interrupts.recv() => "SIGINT",
            _ = terminations.recv() => "SIGTERM",
        };
        let request = Request::Abort {
            kind,
            reason: Some(name.to_owned()),
        };
        if let Err(error) = journal.ask(run, &person::name(), &request, now()) {
            tracing::error!(%error, "the abort could not be written down");
        }
    }
    std::future::pending::<()>().await;
}
