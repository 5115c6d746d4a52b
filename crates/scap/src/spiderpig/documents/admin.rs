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

/// What is no business of whoever looks is left out: each list is of those with a right to change something in it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Admin {
    freeze: Option<FreezeOrder>,
    locks: Option<Vec<Lock>>,
    sessions: Option<Vec<SessionView>>,
    bans: Option<Vec<BanView>>,
}

const FREEZING: [Right; 2] = [Right::Freeze, Right::Thaw];
const SIGNING_OUT: [Right; 2] = [Right::LogOut, Right::Ban];
const LOCKS: [Right; 1] = [Right::Administer];
const BANS: [Right; 1] = [Right::Ban];

#[derive(Serialize, JsonSchema)]
struct BanView {
    person: PersonName,
    reason: String,
    by: String,
    until: Option<UnixMillis>,
}

impl Porter {
    pub(super) fn admin(&self, viewer: &Viewer<'_>) -> Result<Admin, Problem> {
        let rights = self.rights_over_everything(viewer.asker);
        let has = |some: &[Right]| some.iter().any(|right| rights.contains(right));
        if ![&FREEZING[..], &SIGNING_OUT, &LOCKS].into_iter().any(has) {
            self.demand(viewer.asker, Right::Administer)?;
        }
        let journal = &self.desk.journal;
        Ok(Admin {
            freeze: journal.frozen(now()).map_err(failed)?,
            locks: has(&LOCKS)
                .then(|| journal.locks().map_err(failed))
                .transpose()?,
            sessions: has(&SIGNING_OUT)
                .then(|| self.whole_sessions(viewer))
                .transpose()?,
            bans: has(&BANS).then(|| self.bans()).transpose()?,
        })
    }

    fn whole_sessions(&self, viewer: &Viewer<'_>) -> Result<Vec<SessionView>, Problem> {
        let sessions = self.identity.sessions(now()).map_err(of_control)?;
        let sessions = sessions.into_iter().filter(|line| line.is_whole);
        let views = sessions.map(|line| SessionView::new(line, viewer.session));
        Ok(views.collect())
    }

    fn bans(&self) -> Result<Vec<BanView>, Problem> {
        let people = self.identity.people(now()).map_err(of_control)?;
        let bans = people.into_iter().filter_map(|line| {
            line.ban.map(|ban| BanView {
                person: line.person,
                reason: ban.reason,
                by: ban.by,
                until: ban.until,
            })
        });
        Ok(bans.collect())
    }
}
