//! What admins look after: the freeze, locks, sessions, people.

use super::Viewer;
use super::failed;
use super::me::SessionView;
use crate::clock::now;
use crate::spiderpig::Porter;
use crate::spiderpig::visitor::of_control;
use scap_journal::{FreezeOrder, Lock};
use scap_plan::{PersonName, Right};
use scap_run::UnixMillis;
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_protocol::Problem;

#[derive(Serialize, JsonSchema)]
pub(super) struct Admin {
    freeze: Option<FreezeOrder>,
    locks: Vec<Lock>,
    sessions: Vec<SessionView>,
    bans: Vec<BanView>,
}

#[derive(Serialize, JsonSchema)]
struct BanView {
    person: PersonName,
    reason: String,
    by: String,
    until: Option<UnixMillis>,
}

impl Porter {
    pub(super) fn admin(&self, viewer: &Viewer<'_>) -> Result<Admin, Problem> {
        self.demand(viewer.asker, Right::Administer)?;
        let journal = &self.desk.journal;
        let sessions = self.identity.sessions(now()).map_err(of_control)?;
        let sessions = sessions.into_iter().filter(|line| line.is_whole);
        let people = self.identity.people(now()).map_err(of_control)?;
        let bans = people.into_iter().filter_map(|line| {
            line.ban.map(|ban| BanView {
                person: line.person,
                reason: ban.reason,
                by: ban.by,
                until: ban.until,
            })
        });
        Ok(Admin {
            freeze: journal.frozen(now()).map_err(failed)?,
            locks: journal.locks().map_err(failed)?,
            sessions: sessions
                .map(|line| SessionView::new(line, viewer.session))
                .collect(),
            bans: bans.collect(),
        })
    }
}
