//! Requests to a run, wherever it is carried out, and what became of them.

use crate::clock::now;
use crate::control::Control;
use crate::control::verb::{LeaveRequest, ReadReply, SummarizeRun};
use crate::trouble::Trouble;
use scap_journal::{Reply, Request};
use scap_run::{Failure, RunId};
use std::time::Duration;

/// Leaves a request for whoever carries the run out, and waits until it is granted or refused.
pub(crate) async fn ask(control: &Control, run: RunId, request: Request) -> Result<(), Trouble> {
    let request = control.ask(LeaveRequest { run, request }).await?;
    loop {
        // Looked at before the reply: what was granted may end the run at once, and stays granted.
        let summary = control.ask(SummarizeRun { run }).await?;
        match control.ask(ReadReply { request }).await? {
            Reply::Granted => return Ok(()),
            Reply::Refused(why) => {
                return Err(Failure::failed(why)
                    .hint(format!("see `scap show {run}`"))
                    .into());
            }
            Reply::Waiting => {}
        }
        if summary.outcome.is_some() {
            return Err(Failure::failed(format!("run {run} has ended"))
                .hint(format!("see `scap show {run}`"))
                .into());
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

#[cfg(test)]
mod tests;
