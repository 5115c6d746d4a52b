//! What a team may declare beside its service's targets.

use super::{Key, checks};
use crate::reader::{Entry, Fields, Item};
use crate::{Counters, Period, Policy, RollbackPolicy, Test};
use std::collections::BTreeMap;

/// What a team declared for its service, or its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    pub checks: Vec<Counters>,
    pub tests: Vec<Test>,
    /// How long nothing may go wrong after each wave.
    pub bake: Option<Period>,
    pub rollback: RollbackPolicy,
    pub question_deadline: Period,
    /// Dashboards and others, by name.
    pub links: BTreeMap<String, String>,
    pub owners: Vec<String>,
}

pub(crate) const KEYS: &[&str] = &[
    "checks",
    "tests",
    "bake",
    "rollback",
    "question_deadline",
    "links",
    "owners",
];

const ROLLBACK: &[(&str, RollbackPolicy)] = &[
    ("automatic", RollbackPolicy::Automatic),
    ("ask", RollbackPolicy::Ask),
    ("never", RollbackPolicy::Never),
];

pub(crate) fn read(fields: &Fields<'_>) -> Option<Team> {
    let checks = fields.or("checks", Vec::new(), |item| {
        item.each(("check", "checks"), checks::counters)
    });
    let tests = fields.or("tests", Vec::new(), |item| {
        item.each(("test", "tests"), checks::test)
    });
    let bake = fields.optional("bake", Item::period);
    let rollback = fields.or("rollback", RollbackPolicy::default(), |item| {
        item.choice(ROLLBACK)
    });
    let question_deadline = fields.or(
        "question_deadline",
        Policy::default().question_deadline,
        Item::period,
    );
    let links = fields.or("links", Vec::new(), |item| {
        item.each(("link", "links"), link)
    });
    let owners = fields.or("owners", Vec::new(), |item| item.set(Item::owned_text));
    Some(Team {
        checks: checks?,
        tests: tests?,
        bake: bake?,
        rollback: rollback?,
        question_deadline: question_deadline?,
        links: links?.into_iter().collect(),
        owners: owners?,
    })
}

impl Team {
    /// What the team chose, and the default for what configuration chooses.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            rollback: self.rollback,
            question_deadline: self.question_deadline,
            ..Policy::default()
        }
    }
}

fn link(entry: Entry<'_, Key>) -> Option<(String, String)> {
    let url = entry.item.owned_text()?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Some((entry.name.0, url));
    }
    entry.item.refuse("must begin with https:// or http://");
    None
}
