//! Acting for an order: only while no later epoch has come to its run.

use scap_run::{Failure, Order};

use crate::causes::with_causes;
use crate::process::{Held, Supervisor};

/// Refuses runners of earlier epochs from now on, or says that this one is refused. What an engine changes by itself, it
/// changes while it keeps what is returned. Whoever only plans holds nothing.
pub(crate) async fn hold(
    supervisor: &Supervisor,
    order: &Order<'_>,
) -> Result<Option<Held>, Failure> {
    let held = supervisor.hold(&order.run.to_string()).await;
    held.map_err(|error| {
        let message = format!("{} is not to be touched by this runner", order.step);
        let hint = format!(
            "see `scap show {}` for the runner that has taken over",
            order.run
        );
        Failure::unobservable(message)
            .cause(with_causes(&error))
            .hint(hint)
    })
}
