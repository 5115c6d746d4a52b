//! Live connections: documents whenever they change, and lines of terminals, for as long as the session is what it was.

mod connection;
mod shared;

use super::Porter;
pub(super) use connection::serve;
pub(super) use shared::Shared;
use std::sync::Weak;
use std::time::Duration;
use tokio::time::Instant;

/// How often the journal and the sessions are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// What is in no journal, as how far a step is, is looked at so often while anything is carried out.
const PROGRESS: Duration = Duration::from_millis(500);

/// Looks for changes on behalf of all who follow something, until the porter is gone.
pub(super) async fn pulse(porter: Weak<Porter>) {
    let mut looks = tokio::time::interval(LOOK);
    let (mut known, mut told) = (None, Instant::now());
    loop {
        looks.tick().await;
        let Some(porter) = porter.upgrade() else {
            return;
        };
        let sessions = porter.identity.look();
        if let Err(error) = &sessions {
            tracing::error!("sessions cannot be looked at: {error}");
        }
        let now = Some((porter.desk.journal.commits().ok(), sessions.ok()));
        let is_due = told.elapsed() >= PROGRESS && porter.desk.runner.is_busy();
        if now != known || is_due {
            (known, told) = (now, Instant::now());
            porter.shared.look_again();
        }
    }
}
