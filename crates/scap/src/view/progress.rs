//! What is seen of steps while they go on: how far each is, and their last lines of output. Droppable, never folded.

use super::words;
use crate::runner::terminals::Terminal;
use scap_plan::StepId;
use scap_run::{Progress, Readiness};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Keeps the newest progress of all steps; steps write from any thread, the view reads copies.
pub(crate) struct ProgressBoard {
    kept_lines: usize,
    seen: Mutex<Seen>,
    /// Where all lines are kept, if anywhere.
    terminal: OnceLock<Arc<Terminal>>,
}

/// A copy of what is known.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) ready: BTreeMap<StepId, Readiness>,
    /// Oldest first.
    pub(crate) lines: VecDeque<OutputLine>,
}

/// A line that a step's program printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutputLine {
    pub(crate) step: StepId,
    pub(crate) text: String,
}

impl ProgressBoard {
    /// Keeps the last `kept_lines` lines of all steps together.
    pub(crate) fn new(kept_lines: usize) -> Self {
        Self {
            kept_lines,
            seen: Mutex::default(),
            terminal: OnceLock::new(),
        }
    }

    /// Has all lines from now on kept, whoever watches.
    pub(crate) fn show_on(&self, terminal: Arc<Terminal>) {
        // A run has one terminal, so that a second call says nothing new.
        let _ = self.terminal.set(terminal);
    }

    pub(crate) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    /// Progress may be lost, so what a panicking thread left half done is good enough.
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for ProgressBoard {
    fn line(&self, step: StepId, text: &str) {
        if let Some(terminal) = self.terminal.get() {
            terminal.line(step, text);
        }
        let text = words::clean(text);
        let mut seen = self.lock();
        seen.lines.push_back(OutputLine { step, text });
        while seen.lines.len() > self.kept_lines {
            seen.lines.pop_front();
        }
    }

    fn ready(&self, step: StepId, readiness: &Readiness) {
        let clean = readiness.reworded(words::clean);
        self.lock().ready.insert(step, clean);
    }
}

/// `3 of 5 ready, waiting for shop4`
pub(super) fn ready(readiness: &Readiness) -> String {
    let Readiness {
        done,
        total,
        waiting_for,
        ..
    } = readiness;
    let waiting = if waiting_for.is_empty() {
        String::new()
    } else {
        format!(", waiting for {waiting_for}")
    };
    format!("{done} of {total} ready{waiting}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_and_the_last_progress_are_kept() {
        let board = ProgressBoard::new(2);
        for text in ["one", "\u{1b}[31mtwo\u{1b}[0m", "three\r"] {
            board.line(StepId(0), text);
        }
        for (done, waiting_for) in [(1, "shop2"), (3, "shop4")] {
            let waiting_for = waiting_for.to_owned();
            let readiness = Readiness {
                done,
                total: 5,
                waiting_for,
                ..Readiness::default()
            };
            board.ready(StepId(0), &readiness);
        }

        let seen = board.seen();
        let lines: Vec<&str> = seen.lines.iter().map(|line| line.text.trim()).collect();
        assert_eq!(lines, ["two", "three"]);
        assert_eq!(
            ready(&seen.ready[&StepId(0)]),
            "3 of 5 ready, waiting for shop4"
        );
    }
}
