//! Requests to a run, wherever it is carried out, and what became of them.

use crate::clock::now;
use crate::trouble::Trouble;
use scap_journal::{Journal, Reply, Request, RequestId};
use scap_run::{Failure, RunId};
use std::time::Duration;

/// Leaves a request for whoever carries the run out.
pub(crate) fn leave(
    journal: &Journal,
    run: RunId,
    person: &str,
    request: &Request,
) -> Result<RequestId, Trouble> {
    Ok(journal.ask(run, person, request, now())?)
}

/// Leaves a request and waits until it is granted or refused.
pub(crate) async fn ask(
    journal: &Journal,
    run: RunId,
    person: &str,
    request: &Request,
) -> Result<(), Trouble> {
    let id = leave(journal, run, person, request)?;
    loop {
        match journal.reply_to(id)? {
            Reply::Granted => return Ok(()),
            Reply::Refused(why) => {
                return Err(Failure::failed(why)
                    .hint(format!("see `scap show {run}`"))
                    .into());
            }
            Reply::Waiting => {}
        }
        let summary = journal.run(run)?;
        if summary.outcome.is_some() {
            return Err(Failure::failed(format!("run {run} has ended"))
                .hint(format!("see `scap show {run}`"))
                .into());
        }
        if summary.lease_until <= now() {
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
