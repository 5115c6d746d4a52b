//! How long things usually take.

use crate::spiderpig::Porter;
use crate::usual;

impl Porter {
    /// How long a deployment of a service usually takes, as far as it was deployed before.
    pub(super) fn usual_milliseconds(&self, service: &str) -> Option<u64> {
        let former = self.desk.journal.runs(Some(service), usual::RUNS);
        usual::milliseconds(&former.ok()?.runs)
    }
}
