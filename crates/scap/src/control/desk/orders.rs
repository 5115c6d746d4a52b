//! What people order of all runs: turns in the queue, locks by hand, the freeze and the bars.

use super::Desk;
use crate::clock::now;
use crate::control::verb::{Freeze, Held, LockService, MoveInQueue, Unbar, UnlockService};
use crate::planning;
use crate::trouble::Trouble;
use scap_journal::{FreezeOrder, Lock, RunSummary};

impl Desk {
    pub(super) fn list_queue(&self) -> Result<Vec<RunSummary>, Trouble> {
        let mut runs = self.journal.open_runs()?.runs;
        runs.retain(RunSummary::is_queued);
        self.journal.sort_queue(&mut runs)?;
        Ok(runs)
    }

    pub(super) fn move_in_queue(&self, ask: &MoveInQueue) -> Result<(), Trouble> {
        Ok(self.journal.move_in_queue(ask.run, ask.before)?)
    }

    pub(super) fn list_locks(&self) -> Result<Held, Trouble> {
        Ok(Held {
            locks: self.journal.locks()?,
            freeze: self.journal.frozen(now())?,
        })
    }

    pub(super) fn lock_service(
        &self,
        person: &str,
        ask: &LockService,
    ) -> Result<Option<Lock>, Trouble> {
        let key = self.lock_key(&ask.service)?;
        let reason = ask.reason.as_deref();
        Ok(self.journal.lock(&key, person, reason, now())?)
    }

    pub(super) fn unlock_service(&self, ask: &UnlockService) -> Result<bool, Trouble> {
        let key = self.lock_key(&ask.service)?;
        Ok(self.journal.unlock(&key)?)
    }

    fn lock_key(&self, service: &str) -> Result<String, Trouble> {
        let inputs = planning::inputs(&self.settings()?)?;
        Ok(inputs.service(service)?.name.lock_key())
    }

    pub(super) fn freeze(&self, person: &str, ask: &Freeze) -> Result<(), Trouble> {
        let since = now();
        let period = ask.period.as_ref();
        let order = FreezeOrder {
            person: person.to_owned(),
            reason: ask.reason.clone(),
            since,
            until: period.map(|period| since.after(period.milliseconds())),
        };
        Ok(self.journal.freeze(&order)?)
    }

    pub(super) fn unbar(&self, person: &str, ask: &Unbar) -> Result<bool, Trouble> {
        Ok(self.journal.unbar(ask.run, person, &ask.reason, now())?)
    }
}
