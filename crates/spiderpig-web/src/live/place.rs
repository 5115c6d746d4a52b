//! A place in a run's terminal, as addresses have it.

use spiderpig_protocol::{Ask, Document};

/// Line `from`, counted from 0, of the run that a document is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) document: Document,
    pub(crate) ask: Ask,
}

impl Place {
    /// Nothing where `run` is no number.
    pub(crate) fn of(run: &str, from: u64) -> Option<Self> {
        let document: Document = format!("runs/{run}").parse().ok()?;
        let Document::Run(run) = document else {
            return None;
        };
        let ask = Ask::Lines { run, from };
        Some(Self { document, ask })
    }

    /// As the page writes it: `RUN:FROM`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (run, from) = text.split_once(':')?;
        Self::of(run, from.parse().ok()?)
    }
}
