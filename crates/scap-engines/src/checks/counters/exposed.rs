//! What instances have exposed so far: it goes on counting when they restart, or show a series no longer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Memory;

/// Who was not looked at for so long begins anew.
const FORGOTTEN: Duration = Duration::from_mins(10);

/// What was read of each instance, for each check.
#[derive(Clone, Debug, Default)]
pub(in crate::checks) struct Exposed(Arc<Mutex<BTreeMap<String, Seen>>>);

#[derive(Debug)]
struct Seen {
    at: Instant,
    memory: Memory,
}

impl Exposed {
    /// What is remembered of `whose`.
    pub(in crate::checks) fn recall(&self, whose: &str) -> Memory {
        let all = self.all();
        all.get(whose)
            .map(|seen| seen.memory.clone())
            .unwrap_or_default()
    }

    pub(in crate::checks) fn remember(&self, whose: String, memory: Memory) {
        let at = Instant::now();
        self.all().insert(whose, Seen { at, memory });
    }

    pub(in crate::checks) fn forget_old(&self) {
        self.all().retain(|_, seen| seen.at.elapsed() < FORGOTTEN);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
