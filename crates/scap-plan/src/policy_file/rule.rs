//! Reads one rule of the policy.

use super::{ApprovalDemand, Effect, Factor, Patterns, Right, Rule, StepUpDemand};
use crate::error::Located;
use crate::reader::{Entry, Fields, Item};
use crate::{EnvironmentType, GroupName, RuleName};
use std::collections::BTreeSet;

pub(crate) const KEYS: &[&str] = &[
    "allow",
    "deny",
    "groups",
    "services",
    "environments",
    "environment_types",
    "step_up",
    "approval",
];
pub(crate) const STEP_UP_KEYS: &[&str] = &["within", "factors"];
pub(crate) const APPROVAL_KEYS: &[&str] = &["group"];

/// Instead of a list.
pub(super) const ALL: &str = "all";
pub(super) const TYPES: &[(&str, EnvironmentType)] = &[
    ("staging", EnvironmentType::Staging),
    ("production", EnvironmentType::Production),
];
const FACTORS: &[(&str, Factor)] = &[("totp", Factor::Totp), ("passkey", Factor::Passkey)];

/// What may stand for names: that they are known was not found out where the groups themselves are wrong.
type Known<'a> = Option<&'a [Located<GroupName>]>;

pub(super) fn read(entry: &Entry<'_, RuleName>, known: Known<'_>) -> Option<Rule> {
    let item = &entry.item;
    let fields = item.fields(KEYS)?;
    let effect = effect(item, &fields);
    let groups = groups(&fields.required("groups"), known);
    let services = fields.or("services", Patterns::ALL, patterns);
    let environments = fields.or("environments", Patterns::ALL, patterns);
    let environment_types = fields.optional("environment_types", |item| {
        let types = item.filled_list(|item| item.choice(TYPES))?;
        Some(types.into_iter().collect())
    });
    let step_up = fields.optional("step_up", step_up);
    let approval = fields.optional("approval", |item| approval(item, known));
    let effect = effect?;
    let is_limited = ["services", "environments", "environment_types"]
        .iter()
        .any(|key| fields.has(key) && !fields.required(key).is_text(ALL));
    let key = if effect == Effect::Allow {
        "allow"
    } else {
        "deny"
    };
    let rights = rights(&fields.required(key), is_limited)?;
    if !fields.has("services") && rights.iter().any(|right| right.is_of_services()) {
        // What was only forgotten must not open everything.
        fields.required("services").refuse_with_hint(
            "must say which services",
            "`services: all` means every service".to_owned(),
        );
        return None;
    }
    if effect == Effect::Deny {
        for key in ["step_up", "approval"]
            .into_iter()
            .filter(|key| fields.has(key))
        {
            fields
                .required(key)
                .refuse("has no meaning in a rule that denies: put it into one that allows");
        }
    }
    Some(Rule {
        name: entry.name.clone(),
        effect,
        rights,
        groups: groups?,
        services: services?,
        environments: environments?,
        environment_types: environment_types?,
        step_up: step_up?,
        approval: approval?,
    })
}

fn effect(item: &Item<'_>, fields: &Fields<'_>) -> Option<Effect> {
    match (fields.has("allow"), fields.has("deny")) {
        (true, false) => Some(Effect::Allow),
        (false, true) => Some(Effect::Deny),
        (found, _) => {
            let found = if found { "both" } else { "none" };
            item.refuse(&format!("must have one of allow, deny, and has {found}"));
            None
        }
    }
}

/// What concerns everything cannot be given or taken for a part.
fn rights(item: &Item<'_>, is_limited: bool) -> Option<BTreeSet<Right>> {
    if item.is_text(ALL) {
        return Some(
            Right::all()
                .filter(|right| !is_limited || right.is_of_services())
                .collect(),
        );
    }
    let read = item.filled_list(|item| {
        let right = one_right(item)?;
        if is_limited && !right.is_of_services() {
            item.refuse_with_hint(
                &format!("is {right}, which concerns everything, in a rule for a part"),
                "put it into a rule without services and environments".to_owned(),
            );
            return None;
        }
        Some(right)
    })?;
    item.without_duplicates(read).map(BTreeSet::from_iter)
}

pub(super) fn one_right(item: &Item<'_>) -> Option<Right> {
    let words: Vec<(&str, Right)> = Right::all().map(|right| (right.word(), right)).collect();
    item.choice(&words)
}

#[expect(
    clippy::option_option,
    reason = "a refusal and everybody are two things"
)]
fn groups(item: &Item<'_>, known: Known<'_>) -> Option<Option<BTreeSet<GroupName>>> {
    if item.is_text(ALL) {
        return Some(None);
    }
    let groups = item.filled_list(|item| group(item, known))?;
    let groups = item.without_duplicates(groups)?;
    Some(Some(groups.into_iter().collect()))
}

/// One of those that the file has.
fn group(item: &Item<'_>, known: Known<'_>) -> Option<GroupName> {
    let group: GroupName = item.parsed()?;
    // Without the groups there is an error already.
    if let Some(known) = known.filter(|known| known.iter().all(|it| it.value != group)) {
        item.refuse_choice(group.as_str(), || known.iter().map(|known| &known.value));
        return None;
    }
    Some(group)
}

fn patterns(item: &Item<'_>) -> Option<Patterns> {
    if item.is_text(ALL) {
        return Some(Patterns::ALL);
    }
    let patterns = item.filled_list(|item| Some(item.located(item.parsed()?)))?;
    let names = patterns.iter().map(|pattern| &pattern.value).collect();
    item.without_duplicates::<&super::NamePattern>(names)?;
    Some(Patterns(Some(patterns)))
}

fn step_up(item: &Item<'_>) -> Option<StepUpDemand> {
    let fields = item.fields(STEP_UP_KEYS)?;
    let within = fields.required("within").period();
    let all = FACTORS.iter().map(|(_, factor)| *factor).collect();
    let factors = fields.or("factors", all, |item| {
        let factors = item.filled_list(|item| item.choice(FACTORS))?;
        Some(item.without_duplicates(factors)?.into_iter().collect())
    });
    Some(StepUpDemand {
        within_seconds: within?.milliseconds().div_ceil(1000),
        factors: factors?,
    })
}

fn approval(item: &Item<'_>, known: Known<'_>) -> Option<ApprovalDemand> {
    let fields = item.fields(APPROVAL_KEYS)?;
    let group = group(&fields.required("group"), known)?;
    Some(ApprovalDemand { group })
}
