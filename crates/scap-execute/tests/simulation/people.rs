//! The people of a scenario: they abort, answer and freeze through the journal, as from any terminal.

use crate::clock::SimulatedClock;
use crate::scenario::{Deed, Scenario};
use scap_execute::Clock;
use scap_journal::{FreezeOrder, Journal, Request, RequestId};
use scap_run::RunId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Does every deed in its time; the runner is suspended by way of `suspended`.
pub(crate) async fn act(
    scenario: Arc<Scenario>,
    journal: Journal,
    run: RunId,
    clock: Arc<SimulatedClock>,
    suspended: Arc<AtomicU64>,
) -> Vec<RequestId> {
    let start = Instant::now();
    let mut asked = Vec::new();
    for (at, deed) in &scenario.deeds {
        tokio::time::sleep_until(start + Duration::from_millis(*at)).await;
        let now = clock.now();
        match *deed {
            Deed::Abort(kind) => {
                let request = Request::Abort { kind, reason: None };
                asked.push(journal.ask(run, "ada", &request, now).unwrap());
            }
            Deed::Answer(choice) => {
                let (state, _) = journal.fold(run).unwrap();
                if let Some(question) = state.open_question() {
                    let request = Request::Answer {
                        question: question.id,
                        choice,
                    };
                    asked.push(journal.ask(run, "ada", &request, now).unwrap());
                }
            }
            Deed::Freeze => {
                let order = FreezeOrder {
                    person: "grace".into(),
                    reason: "incident".into(),
                    since: now,
                    until: None,
                };
                journal.freeze(&order).unwrap();
            }
            Deed::Thaw => {
                journal.thaw().unwrap();
            }
            Deed::JumpClock { milliseconds } => clock.jump(milliseconds),
            Deed::Suspend { milliseconds } => suspended.store(milliseconds, Ordering::SeqCst),
        }
    }
    // Nobody leaves a freeze behind for ever.
    tokio::time::sleep(Duration::from_mins(5)).await;
    journal.thaw().unwrap();
    asked
}
