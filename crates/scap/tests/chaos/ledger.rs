//! What fake tools did to the world, each effect on disk before it begins and after it took place.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// What became of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Begun,
    Done,
    /// It went wrong, or was asked to end and did so.
    Failed,
    /// Who had it done was killed in the middle of it.
    Cut,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    pub(crate) mark: Mark,
    /// `restart web1 v2`, `upgrade canary to 2`.
    pub(crate) effect: String,
    /// What it was to bring about was there already, for all that anybody could see.
    pub(crate) is_needless: bool,
}

/// Written by this process alone, which outlives every scap that is killed.
pub(crate) struct Ledger {
    file: File,
    pub(crate) entries: Vec<Entry>,
}

impl Ledger {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            file: File::create(path).unwrap(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, mark: Mark, effect: &str, is_needless: bool) {
        writeln!(self.file, "{mark:?} {effect}").unwrap();
        self.file.sync_data().unwrap();
        self.entries.push(Entry {
            at: Instant::now(),
            mark,
            effect: effect.to_owned(),
            is_needless,
        });
    }

    /// Whether this effect was the last one on its host, and was done.
    pub(crate) fn was_last_done(&self, host: &str, effect: &str) -> bool {
        let mut entries = self.entries.iter().rev();
        let last = entries.find(|entry| entry.effect.contains(host));
        last.is_some_and(|last| last.mark == Mark::Done && last.effect == effect)
    }

    /// How often an effect came to this.
    pub(crate) fn count(&self, mark: Mark, effect: &str) -> usize {
        let of_it = |entry: &&Entry| entry.mark == mark && entry.effect == effect;
        self.entries.iter().filter(of_it).count()
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.entries.first() else {
            return writeln!(f, "no effects");
        };
        for entry in &self.entries {
            let milliseconds = (entry.at - first.at).as_millis();
            let needless = if entry.is_needless { " (needless)" } else { "" };
            writeln!(
                f,
                "{milliseconds:>6} ms  {:?} {}{needless}",
                entry.mark, entry.effect
            )?;
        }
        Ok(())
    }
}
