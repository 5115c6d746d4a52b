//! `scap spiderpig web`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::settings;
use crate::spiderpig::socket;
use crate::trouble::Trouble;
use scap_run::Failure;
use spiderpig_web::{Network, Origin};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Serves until it is asked to stop. It needs the configuration, and nothing of the runner's but its socket.
pub(crate) async fn run(context: &Context) -> Result<Exit, Trouble> {
    crate::commands::log_to_stderr();
    let settings = context.settings()?;
    let configuration = settings.configuration.spiderpig.clone().ok_or_else(|| {
        let hint = "write `spiderpig:` into scap.yaml: docs/spiderpig.md says how";
        Trouble::usage("the configuration says nothing of a page", hint)
    })?;
    let state_dir = settings::state_dir(&context.global)?;
    let unserved = |error: &dyn std::error::Error| {
        Trouble::from(Failure::failed("no page can be served").caused_by(error))
    };
    let url = configuration
        .url
        .parse::<Origin>()
        .map_err(|error| unserved(&error))?;
    let proxies = configuration.trusted_proxies.iter().copied();
    let web = spiderpig_web::Settings {
        url,
        socket: socket::path(&settings, &state_dir),
        trusted_proxies: proxies.map(Network::from).collect(),
        page: configuration.page.as_ref().map(|it| settings.path(it)),
    };
    let listener = TcpListener::bind(configuration.listen).await;
    let listener = listener.map_err(|error| unserved(&error))?;
    tracing::info!("serving {} on {}", configuration.url, configuration.listen);
    let closing = CancellationToken::new();
    let stop = closing.clone();
    let mut terminations = signal(SignalKind::terminate())?;
    let mut interrupts = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminations.recv() => {}
            _ = interrupts.recv() => {}
        }
        stop.cancel();
    });
    spiderpig_web::serve(listener, web, closing).await?;
    Ok(Exit::Done)
}
