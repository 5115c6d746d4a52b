//! On what terms tests run, as a team or an operator declares them.

use super::checks::For;
use crate::error::Located;
use crate::reader::{Fields, Item};
use crate::{EnvironmentName, EnvironmentType, Quarantine, Scope, StageName, Test};

pub(crate) const KEYS: &[&str] = &[
    "environment_types",
    "environments",
    "stages",
    "after",
    "retries",
    "quarantine",
    "quarantine_until",
];
pub(crate) const MOST_RETRIES: u32 = 5;

const ENVIRONMENT_TYPES: &[(&str, EnvironmentType)] = &[
    ("STAGING", EnvironmentType::Staging),
    ("PRODUCTION", EnvironmentType::Production),
];

/// Places that tests name; whether there are such ones, the cluster groups know.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mentions {
    pub(crate) environments: Vec<Mention<EnvironmentName>>,
    pub(crate) stages: Vec<Mention<StageName>>,
}

/// A name, in its context for people.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mention<T> {
    pub(crate) context: String,
    pub(crate) name: Located<T>,
}

/// Gives the test the terms that its fields name.
pub(super) fn read(fields: &Fields<'_>, target: For, test: Test) -> Option<Test> {
    let scope = scope(fields, target);
    let after = fields.or("after", Vec::new(), |item| {
        item.filled_list(Item::owned_text)
            .and_then(|names| item.without_duplicates(names))
    });
    let retries = fields.or("retries", 0, |item| item.whole(0..=MOST_RETRIES));
    let quarantine = quarantine(fields);
    Some(Test {
        origin: target.origin(),
        scope: scope?,
        after: after?,
        retries: retries?,
        quarantine: quarantine?,
        ..test
    })
}

fn scope(fields: &Fields<'_>, target: For) -> Option<Scope> {
    let environment_types = fields.or("environment_types", Vec::new(), |item| {
        allowed(item, target != For::Hosts, "a service on hosts")?;
        item.filled_list(|item| item.choice(ENVIRONMENT_TYPES))
    });
    let names_places = target == For::Kubernetes;
    let whose = match target {
        For::Hosts => "a service on hosts",
        For::Kubernetes | For::AllInKubernetes => "all services: each has its own",
    };
    let environments = fields.or("environments", Vec::new(), |item| {
        allowed(item, names_places, whose)?;
        distinct(item)
    });
    let stages = fields.or("stages", Vec::new(), |item| {
        allowed(item, names_places, whose)?;
        distinct(item)
    });
    Some(Scope {
        environment_types: environment_types?,
        environments: environments?,
        stages: stages?,
    })
}

fn allowed(item: &Item<'_>, is_allowed: bool, whose: &str) -> Option<()> {
    if !is_allowed {
        item.refuse(&format!("cannot be declared for {whose}"));
    }
    is_allowed.then_some(())
}

fn distinct<T>(item: &Item<'_>) -> Option<Vec<T>>
where
    T: TryFrom<String> + Ord + std::fmt::Display,
    T::Error: std::fmt::Display,
{
    item.without_duplicates(item.filled_list(Item::parsed)?)
}

#[expect(
    clippy::option_option,
    reason = "a refusal and an absence are two things"
)]
fn quarantine(fields: &Fields<'_>) -> Option<Option<Quarantine>> {
    let reason = fields.optional("quarantine", Item::owned_text);
    let until = fields.optional("quarantine_until", Item::parsed);
    match (reason?, until?) {
        (None, Some(_)) => {
            let item = fields.required("quarantine_until");
            item.refuse("needs `quarantine` beside it, which says why");
            None
        }
        (reason, until) => Some(reason.map(|reason| Quarantine { reason, until })),
    }
}

/// Refuses an `after` that leads nowhere or back to its test.
pub(super) fn check_order(tests: &[(Test, Item<'_>)]) -> Option<()> {
    let mut is_good = true;
    for (test, item) in tests.iter().filter(|(test, _)| !test.after.is_empty()) {
        let fields = item.open_fields()?;
        let item = fields.required("after");
        let names = || tests.iter().map(|(other, _)| &other.name);
        let unknown = test.after.iter().find(|name| !names().any(|n| n == *name));
        if let Some(unknown) = unknown {
            let others = || names().filter(|name| **name != test.name);
            item.refuse_choice(unknown, others);
            is_good = false;
        } else if let Some(way) = way_back(tests, test) {
            item.refuse(&format!("must not lead back to it: {way}"));
            is_good = false;
        }
    }
    is_good.then_some(())
}

/// `a after b after a`, where there is such a way.
fn way_back(tests: &[(Test, Item<'_>)], test: &Test) -> Option<String> {
    let mut ways: Vec<Vec<&str>> = vec![vec![&test.name]];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        let (last, _) = tests.iter().find(|(other, _)| other.name == *last)?;
        for next in &last.after {
            let way: Vec<&str> = way.iter().copied().chain([next.as_str()]).collect();
            if *next == test.name {
                return Some(way.join(" after "));
            }
            if !seen.contains(&next.as_str()) {
                seen.push(next);
                ways.push(way);
            }
        }
    }
    None
}

impl Mentions {
    /// Takes in what a test names that was read from `item`.
    pub(super) fn take_in(&mut self, test: &Test, item: &Item<'_>) -> Option<()> {
        if !test.scope.environments.is_empty() {
            let of_test = item.open_fields()?.required("environments");
            self.environments.extend(mentions(&of_test)?);
        }
        if !test.scope.stages.is_empty() {
            let of_test = item.open_fields()?.required("stages");
            self.stages.extend(mentions(&of_test)?);
        }
        Some(())
    }
}

fn mentions<T>(item: &Item<'_>) -> Option<Vec<Mention<T>>>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    item.list(|item| {
        Some(Mention {
            context: item.context().to_owned(),
            name: item.located(item.parsed()?),
        })
    })
}
