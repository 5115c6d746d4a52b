//! How long things usually take.

use crate::spiderpig::Porter;
use crate::usual::{self, UsualParts};

/// Former runs whose parts are looked at: they are folded for it.
const FOLDED: usize = 5;

impl Porter {
    /// How long a deployment of a service usually takes, as far as it was deployed before.
    pub(super) fn usual_milliseconds(&self, service: &str) -> Option<u64> {
        let former = self.desk.journal.runs(Some(service), usual::RUNS);
        usual::milliseconds(&former.ok()?.runs)
    }

    /// The same of its steps and gates.
    pub(super) fn usual_parts(&self, service: &str) -> UsualParts {
        let journal = &self.desk.journal;
        let former = journal.runs(Some(service), usual::RUNS);
        let former = former.map(|listing| listing.runs).unwrap_or_default();
        let folded = usual::succeeded(&former).take(FOLDED);
        let folded = folded.filter_map(|run| self.board.state(journal, run.run).ok());
        UsualParts::of(&folded.collect::<Vec<_>>())
    }
}
