//! A small world of people, services and environments, policies made for it, and all that can be asked in it.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use scap_plan::{
    EnvironmentName, EnvironmentPlace, EnvironmentType, Factor, GroupName, PersonName, Right,
    ServiceName,
};
use spiderpig_control::{Approval, Asker, Target, Wish};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

pub(crate) const GROUPS: [&str; 3] = ["deployers", "sre", "helpers"];
pub(crate) const SERVICES: [&str; 4] = ["mathoid", "mw-web", "mw-api", "hosts-only"];
pub(crate) const PATTERNS: [&str; 6] = ["mathoid", "mw-*", "*", "mw-web", "*-only", "m*a*"];
pub(crate) const PLACES: [&str; 6] = ["eqiad", "codfw", "staging", "test", "*d", "st*"];
const RIGHTS: [&str; 7] = [
    "see",
    "deploy",
    "rollback",
    "break_glass",
    "freeze",
    "ban",
    "audit",
];

/// A policy before it is written.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) rules: Vec<RuleModel>,
    /// What is asked of it differs from policy to policy.
    salt: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct RuleModel {
    pub(crate) is_deny: bool,
    /// None for `all`.
    pub(crate) rights: Option<BTreeSet<&'static str>>,
    pub(crate) groups: Option<BTreeSet<&'static str>>,
    pub(crate) services: Option<BTreeSet<&'static str>>,
    pub(crate) environments: Option<BTreeSet<&'static str>>,
    pub(crate) types: Option<BTreeSet<&'static str>>,
    /// Seconds and factors.
    pub(crate) step_up: Option<(u64, BTreeSet<&'static str>)>,
    pub(crate) approval: Option<&'static str>,
}

impl RuleModel {
    pub(crate) fn is_limited(&self) -> bool {
        self.services.is_some() || self.environments.is_some() || self.types.is_some()
    }
}

fn some_of(words: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<&'static str>> {
    btree_set(select(words), 1..=2)
}

fn rule() -> impl Strategy<Value = RuleModel> {
    let whom = (
        prop::bool::weighted(0.15),
        option::weighted(0.7, btree_set(select(&RIGHTS[..]), 1..=4)),
        option::weighted(0.7, some_of(&GROUPS)),
    );
    let places = (
        option::weighted(0.4, some_of(&PATTERNS)),
        option::weighted(0.3, some_of(&PLACES)),
        option::weighted(0.3, some_of(&["staging", "production"])),
    );
    let demands = (
        option::weighted(
            0.3,
            (select(&[60_u64, 300][..]), some_of(&["totp", "passkey"])),
        ),
        option::weighted(0.3, select(&GROUPS[..])),
    );
    (whom, places, demands).prop_map(|(whom, places, demands)| {
        let (is_deny, rights, groups) = whom;
        let (services, environments, types) = places;
        let mut rule = RuleModel {
            is_deny,
            rights,
            groups,
            services,
            environments,
            types,
            step_up: demands.0.filter(|_| !is_deny),
            approval: demands.1.filter(|_| !is_deny),
        };
        if rule.is_limited() {
            // The file may not say more.
            let of_services = |right: &&str| !["freeze", "ban", "audit"].contains(right);
            let rights = rule.rights.take();
            rule.rights = rights.map(|rights| {
                let mut rights: BTreeSet<_> = rights.into_iter().filter(of_services).collect();
                if rights.is_empty() {
                    rights.insert("deploy");
                }
                rights
            });
        }
        rule
    })
}

pub(crate) fn model() -> impl Strategy<Value = Model> {
    (vec(rule(), 1..8), any::<u64>()).prop_map(|(rules, salt)| Model { rules, salt })
}

impl Model {
    /// As its file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("groups:\n");
        for group in GROUPS {
            writeln!(text, "  {group}: of the test").unwrap();
        }
        text.push_str("rules:\n");
        for (index, rule) in self.rules.iter().enumerate() {
            let effect = if rule.is_deny { "deny" } else { "allow" };
            writeln!(
                text,
                "  r{index}:\n    {effect}: {}",
                listed(rule.rights.as_ref())
            )
            .unwrap();
            writeln!(text, "    groups: {}", listed(rule.groups.as_ref())).unwrap();
            writeln!(text, "    services: {}", listed(rule.services.as_ref())).unwrap();
            writeln!(
                text,
                "    environments: {}",
                listed(rule.environments.as_ref())
            )
            .unwrap();
            if let Some(types) = &rule.types {
                writeln!(text, "    environment_types: {}", listed(Some(types))).unwrap();
            }
            if let Some((seconds, factors)) = &rule.step_up {
                let factors = listed(Some(factors));
                writeln!(
                    text,
                    "    step_up: {{ within: {seconds}s, factors: {factors} }}"
                )
                .unwrap();
            }
            if let Some(group) = rule.approval {
                writeln!(text, "    approval: {{ group: {group} }}").unwrap();
            }
        }
        text
    }
}

fn listed(words: Option<&BTreeSet<&'static str>>) -> String {
    words.map_or("all".to_owned(), |words| {
        format!("{words:?}").replace('{', "[").replace('}', "]")
    })
}

pub(crate) fn environment(name: &str) -> EnvironmentPlace {
    let (alias, environment_type) = match name {
        "staging" => (Some("test"), EnvironmentType::Staging),
        _ => (None, EnvironmentType::Production),
    };
    let names = std::iter::once(name).chain(alias);
    EnvironmentPlace {
        names: names.map(|it| EnvironmentName::new(it).unwrap()).collect(),
        environment_type,
    }
}

pub(crate) fn groups(names: &[&str]) -> BTreeSet<GroupName> {
    names
        .iter()
        .map(|it| GroupName::new(*it).unwrap())
        .collect()
}

pub(crate) fn person(name: &str) -> PersonName {
    PersonName::new(name).unwrap()
}

/// Every set of groups, every right, every service with several sets of environments; what was shown and agreed to varies.
pub(crate) fn asked(model: &Model) -> Vec<(Asker, Wish)> {
    let mut turn = model.salt;
    let mut all = Vec::new();
    for set in 0..8_usize {
        let of: Vec<&str> = (0..3)
            .filter(|bit| set >> bit & 1 == 1)
            .map(|it| GROUPS[it])
            .collect();
        for (index, word) in RIGHTS.iter().enumerate() {
            let right = Right::of_word(word).unwrap();
            for target in targets(index + set) {
                // A step of a generator of numbers: nothing more is wanted than variety.
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut asker = Asker::new(person("ada"), groups(&of));
                asker.shown = shown(turn >> 33);
                asker.approvals = approvals(turn >> 40);
                let wish = Wish {
                    digest: [Some("d1".to_owned()), None]
                        [usize::from((turn >> 50).is_multiple_of(8))]
                    .clone(),
                    breaks_glass: (turn >> 55).is_multiple_of(3),
                    ..Wish::new(right, target)
                };
                all.push((asker, wish));
            }
        }
    }
    all
}

fn targets(turn: usize) -> Vec<Target> {
    let sets: [&[&str]; 4] = [
        &["eqiad", "codfw"],
        &["staging"],
        &["staging", "eqiad"],
        &["codfw"],
    ];
    let mut targets = vec![Target::Everything];
    for (index, name) in SERVICES.iter().enumerate() {
        let environments = match *name {
            "hosts-only" => Vec::new(),
            _ => sets[(turn + index) % 4]
                .iter()
                .map(|it| environment(it))
                .collect(),
        };
        let name = ServiceName::new(*name).unwrap();
        targets.push(Target::Service { name, environments });
    }
    targets
}

fn shown(turn: u64) -> BTreeMap<Factor, u64> {
    let mut shown = BTreeMap::new();
    for (factor, bits) in [(Factor::Totp, turn), (Factor::Passkey, turn >> 3)] {
        if let Some(ago) = [None, Some(0), Some(60), Some(61), Some(300), Some(301)]
            .get(usize::try_from(bits % 6).unwrap())
            .copied()
            .flatten()
        {
            shown.insert(factor, ago);
        }
    }
    shown
}

fn approvals(turn: u64) -> Vec<Approval> {
    let approval = |name: &str, of: &[&str], digest: &str| Approval {
        person: person(name),
        groups: groups(of),
        digest: digest.to_owned(),
    };
    match turn % 6 {
        0 => vec![approval("bob", &["sre", "deployers"], "d1")],
        1 => vec![approval("ada", &GROUPS, "d1")],
        2 => vec![approval("bob", &GROUPS, "d0")],
        3 => vec![
            approval("bob", &["helpers"], "d1"),
            approval("eve", &["sre"], "d1"),
        ],
        4 => vec![approval("eve", &GROUPS, "d1")],
        _ => Vec::new(),
    }
}
