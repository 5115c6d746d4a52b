//! Requests to a run, wherever it is carried out, and what became of them.

use crate::clock::now;
use crate::control::Control;
use crate::control::verb::{LeaveRequest, ReadReply, SummarizeRun};
use crate::trouble::Trouble;
use scap_journal::{Reply, Request, RunSummary};
use scap_run::{Failure, RunId};
use std::time::Duration;

/// Leaves a request for whoever carries the run out, and waits until it is granted or refused.
pub(crate) async fn ask(control: &Control, run: RunId, request: Request) -> Result<(), Trouble> {
    let request = control.ask(LeaveRequest { run, request }).await?;
    loop {
        // Looked at before the reply: what was granted may end the run at once, and stays granted.
        let summary = control.ask(SummarizeRun { run }).await?;
        let reply = control.ask(ReadReply { request }).await?;
        if let Some(settled) = settled(&summary, reply) {
            let hint = |why| Failure::failed(why).hint(format!("see `scap show {run}`"));
            return settled.map_err(|why| hint(why).into());
        }
        // A runner takes it over by itself.
        if control.is_here() && summary.lease_until <= now() {
            let failure = Failure::failed(format!("nobody carries run {run} out"));
            return Err(failure
                .hint(format!(
                    "`scap resume {run}` takes it over, and the request with it"
                ))
                .into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What became of a request, or why it was refused; none while it waits. The run must have been summarized before its reply
/// was read.
pub(crate) fn settled(before: &RunSummary, reply: Reply) -> Option<Result<(), String>> {
    match reply {
        Reply::Granted => Some(Ok(())),
        Reply::Refused(why) => Some(Err(why)),
        Reply::Waiting if before.outcome.is_some() => {
            Some(Err(format!("run {} has ended", before.run)))
        }
        Reply::Waiting => None,
    }
}

#[cfg(test)]
mod tests;
