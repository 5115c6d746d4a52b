//! What an operation works with.

use crate::World;
use scap_journal::Journal;
use scap_plan::{Gate, Plan, StepId, WaveId};
use scap_run::{Order, RunId, Stop};
use std::sync::Arc;

/// All of it is owned, so that the operation may outlive the turn of the loop that began it.
pub(crate) struct Context {
    pub(crate) run: RunId,
    pub(crate) epoch: u64,
    pub(crate) plan: Arc<Plan>,
    pub(crate) world: World,
    pub(crate) journal: Journal,
    pub(crate) waits_for_locks: bool,
    pub(crate) stop: Stop,
}

impl Context {
    pub(crate) fn order(&self, step: StepId, attempt: u32) -> Order<'_> {
        Order {
            run: self.run,
            epoch: self.epoch,
            id: step,
            step: self.plan.step(step),
            attempt,
            stop: self.stop.clone(),
            progress: self.world.progress.as_ref(),
        }
    }

    pub(crate) fn gate(&self, wave: WaveId, gate: usize) -> &Gate {
        &self.plan.wave(wave).gates[gate]
    }
}
