//! web.sock: only the web process may connect, and each connection carries one question or follows what changes.

use super::{Porter, follow};
use crate::person;
use crate::settings::Settings;
use rustix::process::{Resource, getrlimit};
use spiderpig_protocol::{Line, Problem, ProblemKind, Question, Reply, Verb, WireError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// A question that does not come is not waited for, nor is whoever does not read its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// However many files a process may have open.
const MOST_QUESTIONS: usize = 4_096;
const MOST_FOLLOWERS: usize = 8_192;

/// Where the web process asks: where the configuration says, or beside the runner's own socket.
pub(crate) fn path(settings: &Settings, state_dir: &Path) -> PathBuf {
    let spiderpig = settings.configuration.spiderpig.as_ref();
    let named = spiderpig.and_then(|it| it.socket.as_ref());
    named.map_or_else(
        || state_dir.join("web.sock"),
        |socket| settings.path(socket),
    )
}

/// Who is answered at once. Carrying runs out needs files too: a quarter of them, at the least, is not the web process's.
struct Room {
    /// The others wait to be let in.
    questions: Arc<Semaphore>,
    /// The others are sent away.
    followers: Semaphore,
}

impl Room {
    fn new() -> Self {
        let files = getrlimit(Resource::Nofile).current;
        let files = files.and_then(|files| usize::try_from(files).ok());
        let files = files.unwrap_or(usize::MAX);
        Self {
            questions: Arc::new(Semaphore::new(MOST_QUESTIONS.min(files / 4))),
            followers: Semaphore::new(MOST_FOLLOWERS.min(files / 2)),
        }
    }
}

/// Answers until the porter's house is closed.
pub(crate) async fn serve(porter: Arc<Porter>, listener: UnixListener) {
    let room = Arc::new(Room::new());
    loop {
        let accepted = tokio::select! {
            () = porter.closing.cancelled() => return,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok((stream, turn)) => {
                drop(tokio::spawn(converse(
                    Arc::clone(&porter),
                    stream,
                    (Arc::clone(&room), turn),
                )));
            }
            Err(error) => {
                tracing::error!("nobody can come in by web.sock: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn accept(
    listener: &UnixListener,
    room: &Room,
) -> io::Result<(UnixStream, OwnedSemaphorePermit)> {
    let turn = Arc::clone(&room.questions).acquire_owned().await;
    let (stream, _) = listener.accept().await?;
    Ok((stream, turn.expect("nobody closes the room")))
}

async fn converse(
    porter: Arc<Porter>,
    stream: UnixStream,
    (room, turn): (Arc<Room>, OwnedSemaphorePermit),
) {
    if !may_connect(&porter, &stream) {
        return;
    }
    let mut line = Line::new(stream);
    let question = match timeout(PATIENCE, line.read::<Question>()).await {
        Ok(Ok(Some(question))) => question,
        Ok(Err(WireError::Unreadable(_) | WireError::TooLong)) => {
            let unread = Problem::new(ProblemKind::Invalid, "the question cannot be understood");
            return tell(&mut line, &Reply::Problem(unread)).await;
        }
        _ => return,
    };
    if matches!(question.verb, Verb::Follow) {
        drop(turn);
        return match room.followers.try_acquire() {
            Ok(_seat) => follow::serve(porter, question, line).await,
            Err(_) => tell(&mut line, &Reply::Problem(no_seat())).await,
        };
    }
    let reply = match porter.answer(question).await {
        Ok(answer) => Reply::Answer(answer),
        Err(problem) => Reply::Problem(problem),
    };
    tell(&mut line, &reply).await;
}

/// Whoever has gone meanwhile, or does not read, is not told.
async fn tell(line: &mut Line<UnixStream>, reply: &Reply) {
    let _ = timeout(PATIENCE, line.write(reply)).await;
}

fn no_seat() -> Problem {
    let message = "so many pages are open that there is no room for another one";
    Problem::new(ProblemKind::Unavailable, message)
        .hint("close some, or look with `scap log RUN --follow` on the deploy host")
        .hint("`LimitNOFILE` of scap-runner.service makes more room")
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
