//! The runner's socket: whoever may connect asks in the name of the user that the kernel says it is.

use super::Desk;
use super::verb::Verb;
use crate::person;
use crate::trouble::{Told as ToldTrouble, Trouble};
use axum::extract::State;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::routing::post;
use axum::serve::IncomingStream;
use axum::{Json, Router};
use scap_run::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{Permissions, set_permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

/// Changes with the verbs, so that two versions that do not understand each other say so.
pub(super) const PATH: &str = "/v1/ask";
/// The socket is for the runner's user and group.
const MODE: u32 = 0o660;

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    Answer(Value),
    Trouble(ToldTrouble),
}

/// The other end of a connection.
#[derive(Debug, Clone)]
struct Peer(Option<u32>);

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let peer = stream.io().peer_cred();
        Self(peer.ok().map(|peer| peer.uid()))
    }
}

/// Listens in place of a runner that is gone; refused while one answers.
pub(crate) async fn listen(path: &Path) -> Result<UnixListener, Trouble> {
    let failed = |error: &std::io::Error| {
        let failure = Failure::failed(format!("socket `{}` cannot be made", path.display()));
        Trouble::from(failure.caused_by(error))
    };
    if UnixStream::connect(path).await.is_ok() {
        let failure = Failure::failed(format!("a runner answers on `{}` already", path.display()));
        return Err(failure
            .hint("one runner carries out all runs of a host")
            .into());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(&error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(|error| failed(&error))?;
    set_permissions(path, Permissions::from_mode(MODE)).map_err(|error| failed(&error))?;
    Ok(listener)
}

/// Answers until `closing` and to the end of what was asked before.
pub(crate) async fn serve(
    desk: Arc<Desk>,
    listener: UnixListener,
    closing: CancellationToken,
) -> Result<(), Trouble> {
    let router = Router::new()
        .route(PATH, post(answer))
        .with_state(desk)
        .into_make_service_with_connect_info::<Peer>();
    let serve = axum::serve(listener, router);
    Ok(serve
        .with_graceful_shutdown(closing.cancelled_owned())
        .await?)
}

async fn answer(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(Peer(uid)): ConnectInfo<Peer>,
    Json(verb): Json<Verb>,
) -> Json<Told> {
    let Some(uid) = uid else {
        let nobody = Failure::failed("the kernel does not say who asks");
        return Json(Told::Trouble(Trouble::from(nobody).told()));
    };
    let told = match desk.answer(&person::name_of(uid), verb).await {
        Ok(value) => Told::Answer(value),
        Err(trouble) => Told::Trouble(trouble.told()),
    };
    Json(told)
}
