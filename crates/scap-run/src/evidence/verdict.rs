//! What the evidence amounts to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The judgement of a canary. What follows from the others than `Pass` and `Fail` is the caller's policy; none is a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The error budget is kept for certain, and nothing speaks against the canary.
    Pass,
    /// The canary fails more often than its control, for certain.
    Fail,
    /// It looks so, and may be something else; or the past lets expect fewer errors, or none of such kinds: a person decides.
    Concern,
    /// Held to the longest, and neither is shown.
    Inconclusive,
    /// Held to the longest with too few requests on a side, or one that fell silent.
    NoData,
}
