//! Signals that an operator has watched at every deployment, and those that a team leaves out.

use super::Key;
use super::checks::{self, For};
use super::team::Team;
use super::test_terms::Mention;
use crate::error::{ConfigError, did_you_mean, list};
use crate::reader::{Entry, Item};
use crate::{Counters, Period, Query};

/// What is watched at every deployment, whatever is deployed: the error rate of a service that all others may harm.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedSignal {
    /// It has the signal's name.
    pub check: Counters,
    /// Whether no team may leave it out.
    pub required: bool,
    /// For how long after each wave of production, at the least.
    pub period: Period,
}

pub(crate) const KEYS: &[&str] = &["check", "required", "period"];
pub(crate) const DEFAULT_PERIOD: Period = Period::from_secs(60);

/// The operator's own, of scap.yaml.
pub(crate) fn signals(item: &Item<'_>) -> Option<Vec<SharedSignal>> {
    item.each(("watched signal", "watched signals"), signal)
}

fn signal(entry: Entry<'_, Key>) -> Option<SharedSignal> {
    let fields = entry.item.fields(KEYS)?;
    let item = fields.required("check");
    let check = Entry {
        name: entry.name,
        item: item.clone(),
    };
    let check =
        checks::counters(check, For::AllInKubernetes).and_then(|check| shared(check, &item));
    let required = fields.or("required", true, Item::truth);
    let item = fields.required("period");
    let (check, period) = (check?, fields.or("period", DEFAULT_PERIOD, Item::period)?);
    Some(SharedSignal {
        period: checks::long_enough(&item, period, &check)?,
        check,
        required: required?,
    })
}

/// The check as one whose queries stand as they are.
fn shared(check: Counters, item: &Item<'_>) -> Option<Counters> {
    let queries = check.source.queries();
    if queries.is_empty() {
        item.refuse("must be of the type prometheus or logs: instances know of themselves only");
        return None;
    }
    if let Some(name) = queries.into_iter().find_map(Query::placeholder) {
        item.refuse_with_hint(
            &format!(
                "must count the same whatever is deployed, and has the placeholder `{{{name}}}`"
            ),
            "write the name of what is meant".to_owned(),
        );
        return None;
    }
    Some(Counters {
        is_shared: true,
        ..check
    })
}

/// Names of signals that a team does without; whether there are such ones, scap.yaml knows.
pub(super) fn unwatched(item: &Item<'_>) -> Option<Vec<Mention<String>>> {
    let mut mentions = Vec::new();
    let names = item.set(|item| {
        let name = item.owned_text()?;
        mentions.push(Mention {
            context: item.context().to_owned(),
            name: item.located(name.clone()),
        });
        Some(name)
    });
    names.map(|_| mentions)
}

impl Team {
    /// Has the operator's `signals` watched, but for those that the team leaves out in `file`; says which of those it may not.
    pub(crate) fn watch(&mut self, signals: &[SharedSignal], file: &str) -> Vec<ConfigError> {
        let wrong = self.unwatched.iter();
        let wrong = wrong.filter_map(|mention| cannot_be_unwatched(mention, signals, file));
        let wrong = wrong.collect();
        let is_watched = |signal: &&SharedSignal| {
            let mut names = self.unwatched.iter().map(|mention| &mention.name.value);
            !names.any(|name| *name == signal.check.name)
        };
        self.signals = signals.iter().filter(is_watched).cloned().collect();
        wrong
    }
}

/// Why a team must not leave a signal out.
fn cannot_be_unwatched(
    Mention { context, name }: &Mention<String>,
    signals: &[SharedSignal],
    file: &str,
) -> Option<ConfigError> {
    let known = || signals.iter().map(|signal| &signal.check.name);
    let found = &name.value;
    let (message, hint) = match signals.iter().find(|signal| signal.check.name == *found) {
        Some(signal) if !signal.required => return None,
        Some(_) => (
            format!("{context} cannot be '{found}': scap.yaml requires that it is watched"),
            None,
        ),
        None => (
            format!("{context} must be one of {}, not '{found}'", list(known())),
            did_you_mean(found, known()),
        ),
    };
    Some(name.place.error(file, message).with_hint(hint))
}
