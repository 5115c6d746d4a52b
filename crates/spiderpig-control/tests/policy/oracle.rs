//! Another way to the same decisions: every rule is written out into a table of single cases, and the tables are looked up.

use crate::world::{GROUPS, Model, PATTERNS, RuleModel, SERVICES};
use regex::Regex;
use scap_plan::{Expectation, Right};
use spiderpig_control::{Asker, Target, Wish};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A group or everybody, a right, a service or everything, and a place.
type Cell = (
    Option<&'static str>,
    String,
    Option<&'static str>,
    &'static str,
);

/// All cases that there are, each with the numbers of the rules that are about it.
pub(crate) struct Oracle<'a> {
    model: &'a Model,
    denied: BTreeMap<Cell, BTreeSet<usize>>,
    allowed: BTreeMap<Cell, BTreeSet<usize>>,
}

/// Its names, and its type.
const PLACES: [(&str, &[&str], &str); 5] = [
    ("eqiad", &["eqiad"], "production"),
    ("codfw", &["codfw"], "production"),
    ("staging", &["staging", "test"], "staging"),
    ("hosts", &[], "production"),
    ("everything", &[], ""),
];

impl<'a> Oracle<'a> {
    pub(crate) fn new(model: &'a Model) -> Self {
        let mut oracle = Self {
            model,
            denied: BTreeMap::new(),
            allowed: BTreeMap::new(),
        };
        for (number, rule) in model.rules.iter().enumerate() {
            let table = if rule.is_deny {
                &mut oracle.denied
            } else {
                &mut oracle.allowed
            };
            for cell in cells(rule) {
                table.entry(cell).or_default().insert(number);
            }
        }
        oracle
    }

    pub(crate) fn decide(&self, asker: &Asker, wish: &Wish) -> (Expectation, Option<String>) {
        let keys: Vec<Vec<Cell>> = places(wish)
            .into_iter()
            .map(|place| lookups(asker, wish, place))
            .collect();
        let in_table =
            |table: &BTreeMap<Cell, BTreeSet<usize>>, keys: &[Cell]| -> BTreeSet<usize> {
                keys.iter()
                    .filter_map(|key| table.get(key))
                    .flatten()
                    .copied()
                    .collect()
            };
        let denying: BTreeSet<usize> = keys
            .iter()
            .flat_map(|it| in_table(&self.denied, it))
            .collect();
        if let Some(first) = denying.first() {
            return (Expectation::Refused, Some(format!("r{first}")));
        }
        let per_place: Vec<BTreeSet<usize>> =
            keys.iter().map(|it| in_table(&self.allowed, it)).collect();
        if per_place.iter().any(BTreeSet::is_empty) {
            return (Expectation::Refused, None);
        }
        let all: BTreeSet<usize> = per_place.into_iter().flatten().collect();
        if let Some(rule) = all.iter().find(|rule| !self.has_shown(asker, **rule)) {
            return (Expectation::NeedsStepUp, Some(format!("r{rule}")));
        }
        match all
            .iter()
            .find(|rule| !self.has_consent(asker, wish, **rule))
        {
            None => (
                Expectation::Allowed,
                all.first().map(|rule| format!("r{rule}")),
            ),
            Some(rule) => self
                .alone(asker, wish)
                .unwrap_or((Expectation::NeedsApproval, Some(format!("r{rule}")))),
        }
    }

    fn alone(&self, asker: &Asker, wish: &Wish) -> Option<(Expectation, Option<String>)> {
        if !wish.breaks_glass {
            return None;
        }
        let mut alone = wish.clone();
        alone.right = Right::BreakGlass;
        alone.breaks_glass = false;
        let said = self.decide(asker, &alone);
        (said.0 == Expectation::Allowed).then_some(said)
    }

    fn has_shown(&self, asker: &Asker, rule: usize) -> bool {
        let Some((seconds, factors)) = &self.model.rules[rule].step_up else {
            return true;
        };
        factors.iter().any(|factor| {
            let mut shown = asker.shown.iter();
            shown.any(|(it, ago)| it.to_string() == *factor && ago <= seconds)
        })
    }

    fn has_consent(&self, asker: &Asker, wish: &Wish, rule: usize) -> bool {
        let Some(group) = self.model.rules[rule].approval else {
            return true;
        };
        let mut others: Vec<_> = asker.approvals.clone();
        others.retain(|it| it.person.as_str() != asker.name.as_str());
        others.retain(|it| {
            wish.digest
                .as_deref()
                .is_some_and(|digest| digest == it.digest)
        });
        others
            .iter()
            .any(|it| it.groups.iter().any(|name| name.as_str() == group))
    }
}

/// The single cases that a rule is about.
fn cells(rule: &RuleModel) -> Vec<Cell> {
    let subjects: Vec<Option<&'static str>> = match &rule.groups {
        None => vec![None],
        Some(groups) => groups.iter().map(|group| Some(*group)).collect(),
    };
    let rights: Vec<String> = match &rule.rights {
        Some(rights) => rights.iter().map(ToString::to_string).collect(),
        None => Right::all().map(|right| right.to_string()).collect(),
    };
    let mut cells = Vec::new();
    for subject in subjects {
        for right in &rights {
            if !rule.is_limited() {
                cells.push((subject, right.clone(), None, "everything"));
            }
            let is_general = [
                "edit_queue",
                "freeze",
                "thaw",
                "ban",
                "log_out",
                "audit",
                "administer",
            ]
            .contains(&right.as_str());
            if is_general && rule.is_limited() {
                continue;
            }
            for service in SERVICES {
                for (place, names, kind) in &PLACES[..4] {
                    if named(rule.services.as_ref(), &[service])
                        && named(rule.environments.as_ref(), names)
                        && rule.types.as_ref().is_none_or(|types| types.contains(kind))
                    {
                        cells.push((subject, right.clone(), Some(service), place));
                    }
                }
            }
        }
    }
    cells
}

fn named(patterns: Option<&BTreeSet<&'static str>>, names: &[&str]) -> bool {
    let Some(patterns) = patterns else {
        return true;
    };
    patterns.iter().any(|pattern| {
        let expression = &EXPRESSIONS[pattern];
        names.iter().any(|name| expression.is_match(name))
    })
}

/// Made once: most of the test's time went into them.
static EXPRESSIONS: LazyLock<BTreeMap<&'static str, Regex>> = LazyLock::new(|| {
    let patterns = PATTERNS.into_iter().chain(crate::world::PLACES);
    patterns
        .map(|pattern| {
            let expression = format!("^{}$", pattern.replace('*', ".*"));
            (pattern, Regex::new(&expression).unwrap())
        })
        .collect()
});

fn places(wish: &Wish) -> Vec<&'static str> {
    let known = |name: &str| PLACES.iter().find(|place| place.0 == name).unwrap().0;
    match &wish.target {
        Target::Everything => vec!["everything"],
        Target::Service { environments, .. } if environments.is_empty() => vec!["hosts"],
        Target::Service { environments, .. } => environments
            .iter()
            .map(|it| known(it.names[0].as_str()))
            .collect(),
    }
}

fn lookups(asker: &Asker, wish: &Wish, place: &'static str) -> Vec<Cell> {
    let service = match &wish.target {
        Target::Everything => None,
        Target::Service { name, .. } => SERVICES.into_iter().find(|it| *it == name.as_str()),
    };
    let own = GROUPS
        .into_iter()
        .filter(|it| asker.groups.iter().any(|group| group.as_str() == *it));
    let subjects = std::iter::once(None).chain(own.map(Some));
    subjects
        .map(|subject| (subject, wish.right.to_string(), service, place))
        .collect()
}
