//! `scap rollback RUN|SERVICE`

use crate::carry_out::{self, Order};
use crate::context::Context;
use crate::control::verb::PlanRollback;
use crate::exit_code::Exit;
use crate::trouble::Trouble;

pub(crate) async fn run(context: &Context, run_or_service: String) -> Result<Exit, Trouble> {
    let (run, planned) = context.ask(PlanRollback { run_or_service }).await?;
    let order = Order {
        plan: planned.plan,
        reason: Some(format!("rollback of run {run}")),
        waits_for_locks: false,
    };
    carry_out::begin(context, order).await
}
