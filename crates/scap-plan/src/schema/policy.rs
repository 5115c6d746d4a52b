//! The shape of the policy.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use super::{Name, Text};
use crate::{Factor, Period, Right};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// Which groups of people may do what, to which services, where. What no rule allows is refused; what one denies is refused,
/// whatever others allow.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PolicyFile {
    /// By the names that the identity provider has for them, each with a description.
    #[schemars(extend("minProperties" = 1))]
    groups: BTreeMap<Name, Text>,
    /// By names of your own, which decisions mention.
    #[schemars(extend("minProperties" = 1))]
    rules: BTreeMap<Name, Rule>,
}

/// Has one of `allow` and `deny`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Rule {
    allow: Option<AllOr<Right>>,
    /// Wins against every rule that allows.
    deny: Option<AllOr<Right>>,
    /// `all` for everybody who is signed in.
    groups: AllOr<Name>,
    /// Names, or patterns with `*`. May be left out where all rights of the rule concern everything.
    services: Option<AllOr<Pattern>>,
    /// Names or aliases, or patterns with `*`; a service on hosts has none.
    #[schemars(extend("default" = "all"))]
    environments: Option<AllOr<Pattern>>,
    /// Services on hosts count as production. Left out: all.
    #[schemars(length(min = 1))]
    environment_types: Option<Vec<PlaceType>>,
    step_up: Option<StepUp>,
    approval: Option<Approval>,
}

/// The word `all`, or a list.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum AllOr<T> {
    All(All),
    Of(#[schemars(length(min = 1), extend("uniqueItems" = true))] Vec<T>),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", inline)]
pub(super) enum All {
    All,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", inline)]
pub(super) enum PlaceType {
    Staging,
    Production,
}

/// A name in which `*` stands for any characters.
#[derive(JsonSchema)]
#[schemars(inline)]
pub(super) struct Pattern(#[schemars(regex(pattern = "^[\\p{L}\\p{N}._*-]+$"))] String);

/// Demands a second factor that was shown not long ago.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct StepUp {
    /// How long ago at the most.
    within: Period,
    /// Any one of these. Left out: all.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    factors: Option<Vec<Factor>>,
}

/// Demands the consent of a second person.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Approval {
    /// One who is in this group, and who is not the one that asks.
    group: Name,
}
