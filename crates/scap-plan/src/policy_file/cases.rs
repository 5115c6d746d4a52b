//! Cases that a policy is held against: who asks for what, and what must come out.

use super::Right;
use super::rule::{TYPES, one_right};
use crate::error::{ConfigError, Source, quoted};
use crate::reader::{Item, read_file};
use crate::{EnvironmentName, EnvironmentType, GroupName, PersonName, RuleName, ServiceName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Somebody who asks for something, and what the policy must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCase {
    /// The line where it begins, from 1.
    pub line: usize,
    pub person: PersonName,
    pub groups: BTreeSet<GroupName>,
    pub right: Right,
    /// Absent where everything is meant.
    pub service: Option<ServiceName>,
    /// Absent for all that the service has.
    pub environment: Option<EnvironmentName>,
    /// Of an environment that the catalog does not have.
    pub environment_type: Option<EnvironmentType>,
    pub expected: Expectation,
    /// The one that must have decided.
    pub rule: Option<RuleName>,
}

/// What may come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    Allowed,
    NeedsStepUp,
    NeedsApproval,
    Refused,
}

pub(crate) const KEYS: &[&str] = &["cases"];
pub(crate) const CASE_KEYS: &[&str] = &[
    "person",
    "groups",
    "verb",
    "service",
    "environment",
    "environment_type",
    "expected",
    "rule",
];

const EXPECTATIONS: &[(&str, Expectation)] = &[
    ("allowed", Expectation::Allowed),
    ("needs_step_up", Expectation::NeedsStepUp),
    ("needs_approval", Expectation::NeedsApproval),
    ("refused", Expectation::Refused),
];

/// Reads a file of cases; says everything that is wrong with it.
pub fn policy_cases(source: &Source) -> Result<Vec<PolicyCase>, Vec<ConfigError>> {
    read_file(source, "policy cases", |item| {
        item.fields(KEYS)?.required("cases").filled_list(case)
    })
}

fn case(item: &Item<'_>) -> Option<PolicyCase> {
    let fields = item.fields(CASE_KEYS)?;
    let person = fields.required("person").parsed();
    let groups = fields.or("groups", Vec::new(), |item| item.set(Item::parsed));
    let right = one_right(&fields.required("verb"));
    let service = fields.optional("service", Item::parsed);
    let environment = fields.optional("environment", Item::parsed);
    let environment_type = fields.optional("environment_type", |item| item.choice(TYPES));
    let expected = fields.required("expected").choice(EXPECTATIONS);
    let rule = fields.optional("rule", Item::parsed);
    if let (Some(right), Some(service)) = (right, &service)
        && right.is_of_services() != service.is_some()
    {
        let right = quoted(right.word());
        item.refuse(&match service {
            Some(_) => format!("has a service, and {right} concerns everything"),
            None => format!("has no service, and {right} concerns one"),
        });
        return None;
    }
    Some(PolicyCase {
        line: item.line(),
        person: person?,
        groups: groups?.into_iter().collect(),
        right: right?,
        service: service?,
        environment: environment?,
        environment_type: environment_type?,
        expected: expected?,
        rule: rule?,
    })
}
