//! For tests: a journal that dies at a chosen append, as its process would by SIGKILL, or whose disk is full for a while.

use crate::JournalError;
use std::ops::Range;
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

/// Counts appends and fails at some of them.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    appends: Arc<AtomicU64>,
    death: Option<(u64, Moment)>,
    full: Range<u64>,
}

impl Fault {
    /// Dies at the `at`-th append from now, counted from 0.
    pub fn at(at: u64, moment: Moment) -> Self {
        Self {
            death: Some((at, moment)),
            ..Self::default()
        }
    }

    /// There is no space for these appends, counted from 0 from now, and then there is again.
    #[must_use]
    pub fn full(self, appends: Range<u64>) -> Self {
        Self {
            full: appends,
            ..self
        }
    }

    /// How many appends were tried.
    pub fn appends(&self) -> u64 {
        self.appends.load(Ordering::SeqCst)
    }

    /// Runs `append`, unless or until it is time to die.
    pub(crate) fn around<T>(
        &self,
        append: impl FnOnce() -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let nth = self.appends.fetch_add(1, Ordering::SeqCst);
        let is_dead = |moment| {
            self.death
                .is_some_and(|(at, when)| nth > at || (nth == at && when == moment))
        };
        if is_dead(Moment::Before) {
            return Err(JournalError::Killed);
        }
        if self.full.contains(&nth) {
            let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
            return Err(rusqlite::Error::SqliteFailure(full, None).into());
        }
        let appended = append()?;
        if is_dead(Moment::After) {
            Err(JournalError::Killed)
        } else {
            Ok(appended)
        }
    }
}
