//! What a policy says, and in which words.

use scap_plan::{ApprovalDemand, Expectation, Factor, RuleName, StepUpDemand};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of a wish, and which rule decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    Allowed {
        /// The first one in the file, of those that allow it.
        rule: RuleName,
        /// The rule whose demand for a second person was passed over.
        broke_glass: Option<RuleName>,
    },
    /// It is allowed once a second factor was shown.
    NeedsStepUp {
        #[serde(flatten)]
        demand: StepUpDemand,
        rule: RuleName,
    },
    /// It is allowed once a second person has agreed.
    NeedsApproval {
        #[serde(flatten)]
        demand: ApprovalDemand,
        rule: RuleName,
    },
    Refused {
        why: Refusal,
        /// None where no rule allows it.
        rule: Option<RuleName>,
    },
}

/// Why a wish is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    Denied,
    /// No rule allows it.
    NotAllowed {
        /// The first one where it is not allowed.
        environment: Option<String>,
    },
}

impl Decision {
    pub(super) fn refused(why: Refusal, rule: Option<&RuleName>) -> Self {
        Self::Refused {
            why,
            rule: rule.cloned(),
        }
    }

    /// The rule that decided.
    pub fn rule(&self) -> Option<&RuleName> {
        match self {
            Self::Allowed { rule, .. }
            | Self::NeedsStepUp { rule, .. }
            | Self::NeedsApproval { rule, .. } => Some(rule),
            Self::Refused { rule, .. } => rule.as_ref(),
        }
    }

    /// Its kind, as cases have it.
    pub fn kind(&self) -> Expectation {
        match self {
            Self::Allowed { .. } => Expectation::Allowed,
            Self::NeedsStepUp { .. } => Expectation::NeedsStepUp,
            Self::NeedsApproval { .. } => Expectation::NeedsApproval,
            Self::Refused { .. } => Expectation::Refused,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { rule, broke_glass } => {
                write!(f, "allowed by rule `{rule}`")?;
                match broke_glass {
                    Some(passed) => {
                        write!(f, ", without the second person that `{passed}` demands")
                    }
                    None => Ok(()),
                }
            }
            Self::NeedsStepUp { demand, rule } => {
                let factors: Vec<String> = demand.factors.iter().map(Factor::to_string).collect();
                let (factors, seconds) = (factors.join(" or "), demand.within_seconds);
                write!(
                    f,
                    "needs a second factor ({factors}) shown within {seconds} s, says rule `{rule}`"
                )
            }
            Self::NeedsApproval { demand, rule } => {
                let group = &demand.group;
                write!(
                    f,
                    "needs the consent of a second person of group `{group}`, says rule `{rule}`"
                )
            }
            Self::Refused { why, rule } => match (why, rule) {
                (Refusal::Denied, Some(rule)) => write!(f, "refused: rule `{rule}` denies it"),
                (
                    Refusal::NotAllowed {
                        environment: Some(place),
                    },
                    _,
                ) => {
                    write!(f, "refused: no rule allows it in `{place}`")
                }
                _ => write!(f, "refused: no rule allows it"),
            },
        }
    }
}
