//! One engine for all kinds of steps: it hands each step to the engine of its kind.

use futures::FutureExt;
use scap_plan::{Observation, Plan, Step, StepKind};
use scap_run::{Engine, Expectation, Failure, Finding, Inspect, Order, Readback, Work};

/// An engine that also looks before anything is changed.
pub trait Target: Engine + Inspect {}

impl<T: Engine + Inspect> Target for T {}

/// The engines there are; a kind that nothing is configured for has none.
#[derive(Default)]
pub struct Engines {
    pub hosts: Option<Box<dyn Target>>,
    pub kubernetes: Option<Box<dyn Target>>,
}

impl Engines {
    fn of(&self, step: &Step) -> Result<&dyn Target, Failure> {
        let (engine, missing, hint) = match &step.kind {
            StepKind::HostGroup(_) => (
                &self.hosts,
                "no hosts are configured",
                "name them in scap.yaml under `hosts`",
            ),
            StepKind::Release(_) => (
                &self.kubernetes,
                "no Kubernetes is configured",
                "name `deployments_dir` and `kubeconfig` in scap.yaml",
            ),
        };
        engine
            .as_deref()
            .ok_or_else(|| Failure::failed(format!("cannot deploy {step}: {missing}")).hint(hint))
    }
}

impl Engine for Engines {
    fn observe<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<Observation, Failure>> {
        match self.of(order.step) {
            Ok(engine) => engine.observe(order),
            Err(failure) => async { Err(failure) }.boxed(),
        }
    }

    fn act<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        match self.of(order.step) {
            Ok(engine) => engine.act(order),
            Err(failure) => async { Err(failure) }.boxed(),
        }
    }

    fn undo<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        match self.of(order.step) {
            Ok(engine) => engine.undo(order),
            Err(failure) => async { Err(failure) }.boxed(),
        }
    }

    fn verify<'a>(
        &'a self,
        order: Order<'a>,
        expectation: Expectation,
    ) -> Work<'a, Result<Readback, Failure>> {
        match self.of(order.step) {
            Ok(engine) => engine.verify(order, expectation),
            Err(failure) => async { Err(failure) }.boxed(),
        }
    }

    fn watch<'a>(&'a self, order: Order<'a>) -> Work<'a, Failure> {
        match self.of(order.step) {
            Ok(engine) => engine.watch(order),
            Err(failure) => async { failure }.boxed(),
        }
    }
}

impl Inspect for Engines {
    /// What each engine finds in its own steps, and the steps that none is there for.
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        let without_engine = plan.steps.iter().filter_map(|step| self.of(step).err());
        let mut findings: Vec<Finding> = without_engine
            .map(|failure| Finding::error(failure.message, failure.hints.join("; ")))
            .collect();
        async move {
            let engines = [&self.hosts, &self.kubernetes];
            let looks = engines
                .into_iter()
                .flatten()
                .map(|engine| engine.preflight(plan));
            findings.extend(futures::future::join_all(looks).await.concat());
            findings
        }
        .boxed()
    }
}
