//! Runs as far as they have come, each folded once for all who look.

use crate::trouble::Trouble;
use scap_journal::{Cursor, Journal, JournalError};
use scap_run::{RunId, RunState};
use spiderpig_protocol::{Problem, ProblemKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Runs that are kept folded; those that nobody has asked for longest are forgotten.
const MOST: usize = 200;

#[derive(Default)]
pub(in crate::spiderpig) struct Board(Mutex<Folded>);

#[derive(Default)]
struct Folded {
    asked: u64,
    runs: BTreeMap<RunId, Kept>,
}

struct Kept {
    state: Arc<RunState>,
    cursor: Cursor,
    asked: u64,
}

impl Board {
    /// The run's state after all its events.
    pub(in crate::spiderpig) fn state(
        &self,
        journal: &Journal,
        run: RunId,
    ) -> Result<Arc<RunState>, Problem> {
        let mut folded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        folded.asked += 1;
        let asked = folded.asked;
        let state = folded
            .take_in(journal, run)
            .map_err(|trouble| unread(&trouble))?;
        if let Some(kept) = folded.runs.get_mut(&run) {
            kept.asked = asked;
        }
        folded.forget();
        Ok(state)
    }
}

impl Folded {
    fn take_in(&mut self, journal: &Journal, run: RunId) -> Result<Arc<RunState>, Trouble> {
        if let Some(kept) = self.runs.get_mut(&run) {
            loop {
                let events = journal.events(&mut kept.cursor, 1_000)?;
                if events.is_empty() {
                    return Ok(Arc::clone(&kept.state));
                }
                let state = Arc::make_mut(&mut kept.state);
                for recorded in events {
                    recorded.apply_to(state)?;
                }
            }
        }
        let (state, cursor) = journal.fold(run)?;
        let kept = Kept {
            state: Arc::new(state),
            cursor,
            asked: self.asked,
        };
        let state = Arc::clone(&kept.state);
        self.runs.insert(run, kept);
        Ok(state)
    }

    fn forget(&mut self) {
        while self.runs.len() > MOST {
            let oldest = self.runs.iter().min_by_key(|(_, kept)| kept.asked);
            let Some(oldest) = oldest.map(|(run, _)| *run) else {
                return;
            };
            self.runs.remove(&oldest);
        }
    }
}

fn unread(trouble: &Trouble) -> Problem {
    let is_unknown = matches!(trouble, Trouble::Journal(JournalError::NoSuchRun(_)));
    let mut problem = trouble.problem();
    if is_unknown {
        problem.kind = ProblemKind::NotFound;
    }
    problem
}
