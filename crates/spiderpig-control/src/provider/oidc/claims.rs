//! What a provider says of somebody, by names that scap.yaml has.

use crate::provider::ProviderError;
use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, IdTokenClaims, UserInfoClaims};
use scap_plan::{GroupName, PersonName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What was verified.
pub(super) struct Claims {
    subject: String,
    all: Value,
}

/// Those that no standard knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Additions {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for Additions {}

impl Claims {
    pub(super) fn of_token(claims: &IdTokenClaims<Additions, CoreGenderClaim>) -> Self {
        Self {
            subject: claims.subject().to_string(),
            all: value(claims),
        }
    }

    pub(super) fn of_info(claims: &UserInfoClaims<Additions, CoreGenderClaim>) -> Self {
        Self {
            subject: claims.subject().to_string(),
            all: value(claims),
        }
    }

    /// Who it is, as the provider counts people.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// None where the claim is missing.
    pub(super) fn person(&self, claim: &str) -> Option<Result<PersonName, ProviderError>> {
        let text = self.all.get(claim)?.as_str().unwrap_or_default();
        Some(
            PersonName::new(text).map_err(|source| ProviderError::BadName {
                claim: claim.to_owned(),
                source,
            }),
        )
    }

    /// A list, or a single one; none where the claim is missing. What can be no group's name stands in no rule of the policy.
    pub(super) fn groups(&self, claim: &str) -> Option<BTreeSet<GroupName>> {
        let group = |value: &Value| GroupName::new(value.as_str()?).ok();
        Some(match self.all.get(claim)? {
            Value::Null => return None,
            Value::Array(values) => values.iter().filter_map(group).collect(),
            value => group(value).into_iter().collect(),
        })
    }
}

fn value(claims: &impl Serialize) -> Value {
    serde_json::to_value(claims).expect("what was JSON is JSON again")
}
