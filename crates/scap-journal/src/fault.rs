//! For tests: a journal that dies at a chosen append, as its process would by SIGKILL.

use crate::JournalError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// When, beside an append, the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The event is lost.
    Before,
    /// The event is durable, and nothing after it was done.
    After,
}

/// Counts appends and dies at one of them.
#[derive(Debug, Clone)]
pub struct Fault {
    appends: Arc<AtomicU64>,
    at: u64,
    moment: Moment,
}

impl Fault {
    /// Dies at the `at`-th append from now, counted from 0.
    pub fn at(at: u64, moment: Moment) -> Self {
        Self {
            appends: Arc::new(AtomicU64::new(0)),
            at,
            moment,
        }
    }

    pub fn has_struck(&self) -> bool {
        self.appends.load(Ordering::SeqCst) > self.at
    }

    /// Runs `append`, unless or until it is time to die.
    pub(crate) fn around<T>(
        &self,
        append: impl FnOnce() -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let nth = self.appends.fetch_add(1, Ordering::SeqCst);
        let dies = nth >= self.at;
        if dies && (self.moment == Moment::Before || nth > self.at) {
            return Err(JournalError::Killed);
        }
        let appended = append()?;
        if dies {
            Err(JournalError::Killed)
        } else {
            Ok(appended)
        }
    }
}
