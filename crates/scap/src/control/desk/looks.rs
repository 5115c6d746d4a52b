//! Looks at the world that change nothing.

use super::Desk;
use crate::control::verb::{FindMending, FindQueries, LookAround, Tried, TryChecks, Wanted};
use crate::mending::Mending;
use crate::planning;
use crate::queries::{self, GateQueries};
use crate::status::{self, ServiceStatus};
use crate::trouble::Trouble;
use crate::view::check::CountersLook;
use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use scap_execute::World;
use scap_plan::{Gate, Plan, Service, StepId, Test};

/// Services that are looked at side by side.
const AT_ONCE: usize = 8;

impl Desk {
    pub(super) async fn look_around(
        &self,
        ask: &LookAround,
    ) -> Result<Vec<ServiceStatus>, Trouble> {
        let (settings, wiring) = self.wired()?;
        let inputs = planning::inputs(&settings)?;
        let services: Vec<&Service> = match &ask.service {
            Some(name) => vec![inputs.service(name)?],
            None => inputs.services().iter().collect(),
        };
        let look = |service| status::look(&settings, &wiring, service).map(move |it| (service, it));
        let looks: Vec<_> = services.into_iter().map(look).collect();
        let seen: Vec<_> = iter(looks).buffered(AT_ONCE).collect().await;
        let seen = seen.into_iter();
        seen.map(|(service, targets)| status::with_history(&self.journal, service, targets))
            .collect()
    }

    pub(super) async fn try_checks(&self, ask: &TryChecks) -> Result<Tried, Trouble> {
        let (settings, wiring) = self.wired()?;
        let world = wiring.world_to_look_at();
        let service = planning::service(&settings, &ask.service)?;
        let plan = planning::unobserved(&settings, &wiring, &service, &Wanted::default()).await?;
        let plan = planning::httpbb::bound(&settings, plan)?;
        let steps: Vec<StepId> = plan.step_ids().collect();
        Ok(Tried {
            reports: world.check.tests(&plan, &tests(&plan), &steps).await,
            looks: look_at_counters(&plan, &world, &steps).await,
            findings: world.check.probe(&plan).await,
        })
    }

    /// Never fails for the files: a run's end is told also where they cannot be looked at.
    pub(super) async fn find_mending(&self, ask: &FindMending) -> Result<Mending, Trouble> {
        let (state, _) = self.journal.fold(ask.run)?;
        Ok(Mending::of(&state, self.wired().as_ref().ok()).await)
    }

    /// Never fails for the files either: then it is not known where stores are.
    pub(super) fn find_queries(&self, ask: &FindQueries) -> Result<Vec<GateQueries>, Trouble> {
        let (state, _) = self.journal.fold(ask.run)?;
        let settings = self.settings().ok();
        let configuration = settings.as_ref().map(|settings| &settings.configuration);
        Ok(queries::of_run(&state, configuration))
    }
}

/// Each test once, in the order of the plan's gates.
fn tests(plan: &Plan) -> Vec<Test> {
    let mut tests: Vec<Test> = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Tests { tests: of_gate } = gate {
            tests.extend(
                of_gate
                    .iter()
                    .filter(|test| !tests.contains(test))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
    }
    tests
}

async fn look_at_counters(plan: &Plan, world: &World, steps: &[StepId]) -> Vec<CountersLook> {
    let mut looks: Vec<CountersLook> = Vec::new();
    for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
        if let Gate::Evidence(evidence) = gate
            && !looks.iter().any(|look| look.counters == evidence.counters)
        {
            let snapshot = world.check.counters(plan, &evidence.counters, steps).await;
            looks.push(CountersLook {
                counters: evidence.counters.clone(),
                snapshot,
            });
        }
    }
    looks
}
