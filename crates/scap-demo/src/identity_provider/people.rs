//! Invented people, and the groups that they are in.

use serde::Serialize;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) groups: &'static [&'static str],
}

pub(super) const PEOPLE: &[Person] = &[
    Person {
        name: "ada",
        groups: &["deployers"],
    },
    Person {
        name: "grace",
        groups: &["deployers"],
    },
    Person {
        name: "root",
        groups: &["deployers", "admins"],
    },
];

pub(super) fn find(name: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.name == name)
}
