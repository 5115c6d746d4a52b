//! `scap runner`

use crate::context::Context;
use crate::control::{Desk, socket};
use crate::exit_code::Exit;
use crate::runner::daemon::{Daemon, OnStop};
use crate::settings::{self, Settings};
use crate::spiderpig::{self, Porter};
use crate::trouble::Trouble;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What was asked at the last moment is answered, unless it takes longer.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

pub(crate) async fn run(context: &Context, on_stop: OnStop) -> Result<Exit, Trouble> {
    super::log_to_stderr();
    let settings = context.settings()?;
    let path = settings::socket(&context.global, Some(&settings))?;
    let desk = Arc::new(Desk::of_runner(context.global.clone())?);
    let listener = socket::listen(&path).await?;
    let (mut interrupts, mut terminations) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let closing = CancellationToken::new();
    let answering = socket::serve(Arc::clone(&desk), listener, closing.clone());
    let answering = tokio::spawn(answering);
    open_web(&desk, &settings, &closing).await?;
    tracing::info!("listening on `{}`", path.display());
    let stop = async || {
        tokio::select! {
            _ = interrupts.recv() => {}
            _ = terminations.recv() => {}
        }
        tracing::info!("asked to stop");
    };
    Daemon::new(&desk).serve(on_stop, stop).await;
    // Whoever comes next makes its own.
    let _ = std::fs::remove_file(&path);
    closing.cancel();
    let _ = tokio::time::timeout(LAST_ANSWERS, answering).await;
    Ok(Exit::Done)
}

/// Answers browsers too, where the configuration says how.
async fn open_web(
    desk: &Arc<Desk>,
    settings: &Settings,
    closing: &CancellationToken,
) -> Result<(), Trouble> {
    let Some(configuration) = settings.configuration.spiderpig.clone() else {
        return Ok(());
    };
    let path = spiderpig::socket::path(settings, desk.state_dir());
    let listener = socket::listen(&path).await?;
    let porter = Porter::new(Arc::clone(desk), configuration, closing.clone())?;
    tokio::spawn(spiderpig::socket::serve(porter, listener));
    Ok(())
}
