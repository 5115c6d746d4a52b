//! The people of a scenario: they abort, answer and freeze through the journal, as from any terminal.

use crate::scenario::Deed;
use crate::shared::Shared;
use scap_journal::{FreezeOrder, Request, RequestId};
use scap_run::{AbortKind, Phase, RunId};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// Does every deed of a run in its time, and then looks after what it was left with.
pub(crate) async fn act(shared: Arc<Shared>, run: usize) -> Vec<RequestId> {
    let start = Instant::now();
    let deeds = shared.fleet.runs[run].deeds.clone();
    let mut asked = Vec::new();
    for (at, deed) in deeds {
        sleep_until(start + Duration::from_millis(at)).await;
        asked.extend(shared.do_once(run, deed));
        shared.note_fault();
    }
    // Nobody leaves a freeze behind for ever.
    sleep(Duration::from_mins(5)).await;
    if shared.journal.thaw().unwrap() {
        shared.note_fault();
    }
    asked.extend(shared.give_way(run).await);
    asked
}

impl Shared {
    fn do_once(&self, run: usize, deed: Deed) -> Option<RequestId> {
        let now = self.now();
        match deed {
            Deed::Abort(kind) => {
                let request = Request::Abort { kind, reason: None };
                return Some(self.ask(run, &request));
            }
            Deed::Answer(choice) => {
                let (state, _) = self.journal.fold(self.runs[run]).unwrap();
                let question = state.open_question()?.id;
                return Some(self.ask(run, &Request::Answer { question, choice }));
            }
            Deed::HandOver => {
                let (state, _) = self.journal.fold(self.runs[run]).unwrap();
                let others = ["ada", "grace"]
                    .into_iter()
                    .filter(|it| *it != state.person);
                let to = others.map(str::to_owned).next()?;
                return Some(self.ask(run, &Request::HandOver { to }));
            }
            Deed::Finish => return Some(self.ask(run, &Request::Finish)),
            Deed::Freeze => {
                let order = FreezeOrder {
                    person: "grace".into(),
                    reason: "incident".into(),
                    since: now,
                    until: None,
                };
                self.journal.freeze(&order).unwrap();
            }
            Deed::Thaw => _ = self.journal.thaw().unwrap(),
            Deed::JumpClock { milliseconds } => self.clock.jump(milliseconds),
            Deed::Suspend { milliseconds } => self.stop(run, Duration::from_millis(milliseconds)),
        }
        None
    }

    fn ask(&self, run: usize, request: &Request) -> RequestId {
        let asked = self.journal.ask(self.runs[run], "ada", request, self.now());
        asked.unwrap()
    }

    /// Gives a run up that waits for the locks of one that is stuck: only people can tell how long that takes.
    async fn give_way(&self, run: usize) -> Option<RequestId> {
        while !self.is_done() && self.ended(run).is_none() {
            sleep(Duration::from_mins(1)).await;
            let is_stuck = |run: &RunId| self.journal.run(*run).unwrap().phase == Phase::Stuck;
            let waits = || {
                let (state, _) = self.journal.fold(self.runs[run]).unwrap();
                state.phase() == Phase::Preparing
            };
            if self.runs.iter().any(is_stuck) && waits() {
                self.note_fault();
                let kind = AbortKind::Undo;
                return Some(self.ask(run, &Request::Abort { kind, reason: None }));
            }
        }
        None
    }
}
