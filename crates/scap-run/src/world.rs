//! The traits through which the world is seen and changed. `scap-engines` implements them, `scap-execute` calls them.

use crate::{
    ErrorExample, Failure, Finding, Readback, Readiness, RunId, Snapshot, TestReport,
    WantedExamples,
};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Shared};
use scap_plan::{Counters, Load, Observation, Plan, Step, StepId, Test};
use std::sync::atomic::AtomicU64;

/// Work in progress; dropping it stops watching, not the program that it watches.
pub type Work<'a, T> = BoxFuture<'a, T>;

/// One step to be carried out or put back, in one run.
#[derive(Clone)]
pub struct Order<'a> {
    pub run: RunId,
    /// That of the lease under which it is given. `observe`, `act` and `undo` refuse it once they were called under a later
    /// one for the same run. Epochs count from 1; 0 is that of who only plans.
    pub epoch: u64,
    pub id: StepId,
    pub step: &'a Step,
    /// Counts from 1; a step that is tried again after an interruption has the next number.
    pub attempt: u32,
    pub stop: Stop,
    pub progress: &'a dyn Progress,
}

/// What a target is expected to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// What the step brings.
    Planned,
    /// What ran before the step.
    Restored,
}

/// Changes one kind of target. `act` and `undo` may be called again after an interruption and then end as one call would have.
pub trait Engine: Send + Sync {
    /// Sees what runs there, and changes nothing. First it waits for programs of this step that outlived a runner.
    fn observe<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<Observation, Failure>>;
    /// Brings what the plan says.
    fn act<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>>;
    /// Brings back what ran before, the traffic's harm first.
    fn undo<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>>;
    /// Reads back that the target runs what is expected, waiting for it to become ready.
    fn verify<'a>(
        &'a self,
        order: Order<'a>,
        expectation: Expectation,
    ) -> Work<'a, Result<Readback, Failure>>;
    /// Comes back with why once what was read back as ready is so no more; never while it stands.
    fn watch<'a>(&'a self, order: Order<'a>) -> Work<'a, Failure>;
}

/// Looks at the world before anything is changed.
pub trait Inspect: Send + Sync {
    /// All that stands against the plan, at once.
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>>;
}

/// Tries instances.
pub trait Check: Send + Sync {
    /// Each test on each instance of the steps.
    fn tests<'a>(
        &'a self,
        plan: &'a Plan,
        tests: &'a [Test],
        steps: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>>;
    /// The counters of each instance of the steps, now.
    fn counters<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
    ) -> Work<'a, Snapshot>;
    /// An error of each kind that the instances of the steps had; or why none can be seen.
    fn examples<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
        wanted: &'a WantedExamples,
    ) -> Work<'a, Result<Vec<ErrorExample>, String>> {
        let _ = (plan, counters, steps, wanted);
        async { Ok(Vec::new()) }.boxed()
    }
    /// Sends a gate's load to the instances of the steps, which take turns, for as long as it is waited for; `answered` counts
    /// what came back. Nothing else of the plan's targets is asked.
    fn load<'a>(
        &'a self,
        plan: &'a Plan,
        load: &'a Load,
        steps: &'a [StepId],
        answered: &'a AtomicU64,
    ) -> Work<'a, ()> {
        let _ = (plan, load, steps, answered);
        async {}.boxed()
    }
    /// What keeps the plan's counters from counting what they should, as preflight says it too.
    fn probe<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        let _ = plan;
        async { Vec::new() }.boxed()
    }
}

/// Takes what a person may want to see and nobody needs to keep: lines of output, and how far a step is.
pub trait Progress: Send + Sync {
    fn line(&self, step: StepId, text: &str);
    fn ready(&self, step: StepId, readiness: &Readiness);
}

/// Resolves when the work it was given to should stop.
#[derive(Debug, Clone)]
pub struct Stop(Shared<BoxFuture<'static, ()>>);

/// Asks for a stop; dropped without it, the work is never asked.
#[derive(Debug)]
pub struct Stopper(oneshot::Sender<()>);

impl Stop {
    pub fn new() -> (Stopper, Self) {
        let (sender, receiver) = oneshot::channel();
        let asked = async move {
            if receiver.await.is_err() {
                futures::future::pending::<()>().await;
            }
        };
        (Stopper(sender), Self(asked.boxed().shared()))
    }

    /// Never asks.
    pub fn never() -> Self {
        Self(futures::future::pending().boxed().shared())
    }

    pub async fn asked(&self) {
        self.0.clone().await;
    }

    pub fn is_asked(&self) -> bool {
        self.0.clone().now_or_never().is_some()
    }
}

impl Stopper {
    pub fn ask(self) {
        // Nobody listens any more when the work has just ended.
        let _ = self.0.send(());
    }
}
