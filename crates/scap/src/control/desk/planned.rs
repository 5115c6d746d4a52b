//! Plans, and the locks that they need.

use super::Desk;
use crate::control::verb::{FindLockKeys, MakePlan, PlanRollback, Preflight};
use crate::planning::{self, Planned};
use crate::trouble::Trouble;
use scap_journal::{Journal, JournalError};
use scap_plan::restoring;
use scap_run::{Failure, Finding, Outcome, RunId};
use std::collections::BTreeMap;

impl Desk {
    pub(super) async fn make_plan(&self, person: &str, ask: &MakePlan) -> Result<Planned, Trouble> {
        let (settings, wiring) = self.wired()?;
        let service = planning::service(&settings, &ask.service)?;
        let world = wiring.world_to_look_at();
        let mut planned = planning::plan(&settings, &wiring, &world, &service, &ask.wanted).await?;
        planning::former::learn(&mut planned.plan, &self.journal, &wiring).await?;
        self.plans.keep(person, &planned.plan);
        Ok(planned)
    }

    pub(super) async fn plan_rollback(
        &self,
        person: &str,
        ask: &PlanRollback,
    ) -> Result<(RunId, Planned), Trouble> {
        let run = match ask.run_or_service.parse() {
            Ok(number) => RunId(number),
            Err(_) => last_success(&self.journal, &ask.run_or_service)?,
        };
        let (state, _) = self.journal.fold(run)?;
        let plan = restoring(&state.plan).map_err(|error| {
            Failure::failed(format!("run {run} cannot be rolled back")).caused_by(&error)
        })?;
        let world = self.wired()?.1.world_to_look_at();
        let plan = planning::observe(plan, &world).await?;
        self.plans.keep(person, &plan);
        let planned = Planned {
            plan,
            differences: Vec::new(),
            hooks_left_out: BTreeMap::new(),
        };
        Ok((run, planned))
    }

    pub(super) async fn preflight(
        &self,
        person: &str,
        ask: &Preflight,
    ) -> Result<Vec<Finding>, Trouble> {
        let plan = self.plans.find(person, &ask.digest)?;
        let world = self.wired()?.1.world_to_look_at();
        let mut findings = world.inspect.preflight(&plan).await;
        findings.extend(scap_execute::barred(&self.journal, &plan));
        Ok(findings)
    }

    pub(super) async fn find_lock_keys(&self, ask: &FindLockKeys) -> Result<Vec<String>, Trouble> {
        let (settings, wiring) = self.wired()?;
        let inputs = planning::inputs(&settings)?;
        let service = inputs.service(&ask.service)?;
        let plan = planning::unobserved(&settings, &wiring, service, &ask.wanted).await?;
        let mut keys = plan.lock_keys();
        keys.push(plan.service.lock_key());
        Ok(keys)
    }
}

/// The newest run of a service that changed something for good.
fn last_success(journal: &Journal, service: &str) -> Result<RunId, Trouble> {
    let listing = journal.runs(Some(service), 1_000)?;
    let mut runs = listing.runs.iter();
    let done = runs.find(|run| run.outcome.is_some_and(Outcome::is_success));
    let done = done.map(|run| run.run);
    // A damaged run after it may have been one as well.
    if let Some(damaged) = listing.damaged.into_iter().find(|run| Some(*run) > done) {
        return Err(JournalError::DamagedRun(damaged).into());
    }
    done.ok_or_else(|| {
        let failure = Failure::failed(format!(
            "service `{service}` has no run that could be rolled back"
        ));
        failure
            .hint(format!("`scap runs {service}` lists its runs"))
            .into()
    })
}
