//! web.sock: only the web process may connect, and each connection carries one question or follows what changes.

use super::{Porter, follow};
use crate::person;
use crate::settings::Settings;
use spiderpig_protocol::{Line, Problem, ProblemKind, Question, Reply, Verb, WireError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};

/// A question that does not come is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the web process asks: where the configuration says, or beside the runner's own socket.
pub(crate) fn path(settings: &Settings, state_dir: &Path) -> PathBuf {
    let spiderpig = settings.configuration.spiderpig.as_ref();
    let named = spiderpig.and_then(|it| it.socket.as_ref());
    named.map_or_else(
        || state_dir.join("web.sock"),
        |socket| settings.path(socket),
    )
}

/// Answers until the porter's house is closed.
pub(crate) async fn serve(porter: Arc<Porter>, listener: UnixListener) {
    loop {
        let accepted = tokio::select! {
            () = porter.closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => drop(tokio::spawn(converse(Arc::clone(&porter), stream))),
            Err(error) => {
                tracing::error!("nobody can come in by web.sock: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn converse(porter: Arc<Porter>, stream: UnixStream) {
    if !may_connect(&porter, &stream) {
        return;
    }
    let mut line = Line::new(stream);
    let question = match tokio::time::timeout(PATIENCE, line.read::<Question>()).await {
        Ok(Ok(Some(question))) => question,
        Ok(Err(WireError::Unreadable(_) | WireError::TooLong)) => {
            let unread = Problem::new(ProblemKind::Invalid, "the question cannot be understood");
            let _ = line.write(&Reply::Problem(unread)).await;
            return;
        }
        _ => return,
    };
    if matches!(question.verb, Verb::Follow) {
        follow::serve(porter, question, line).await;
        return;
    }
    let reply = match porter.answer(question).await {
        Ok(answer) => Reply::Answer(answer),
        Err(problem) => Reply::Problem(problem),
    };
    // Whoever has gone meanwhile is not told.
    let _ = line.write(&reply).await;
}

/// Whether the kernel says that the other end is the web process's user, or the runner's own.
fn may_connect(porter: &Porter, stream: &UnixStream) -> bool {
    let Some(uid) = stream.peer_cred().ok().map(|peer| peer.uid()) else {
        return false;
    };
    let own = rustix::process::getuid().as_raw();
    match &porter.configuration.web_user {
        Some(user) => person::name_of(uid) == user.as_str(),
        None => uid == own,
    }
}
