//! What was counted on both sides during one tick.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Requests and errors of one side. `errors` may exceed `requests`: one request can log many lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub requests: u64,
    pub errors: u64,
}

impl Counts {
    /// Errors per request; none without a request.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a rate needs no more than 53 bits"
    )]
    pub fn rate(self) -> Option<f64> {
        (self.requests > 0).then(|| self.errors as f64 / self.requests as f64)
    }

    pub fn add(&mut self, more: Self) {
        self.requests = self.requests.saturating_add(more.requests);
        self.errors = self.errors.saturating_add(more.errors);
    }
}

/// Errors of one kind: a normalised message, or an exception class with its top frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureCounts {
    pub signature: String,
    pub canary: u64,
    pub control: u64,
}

/// One look at canary and control: the increments of one interval, taken once they are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    pub canary: Counts,
    pub control: Counts,
    /// The same errors by kind, as far as kinds are known; the order decides which of two new kinds is the first.
    #[serde(default)]
    pub signatures: Vec<SignatureCounts>,
    /// How long the tick was.
    pub milliseconds: u32,
}

impl Tick {
    /// Without requests on both sides there is nothing to compare.
    pub(super) fn is_comparable(&self) -> bool {
        self.canary.requests > 0 && self.control.requests > 0
    }
}
