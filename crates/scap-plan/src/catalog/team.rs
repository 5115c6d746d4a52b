//! What a team may declare beside its service's targets.

use super::checks::{self, For};
use super::signals::{self, SharedSignal};
use super::test_terms::{self, Mention, Mentions};
use super::{Key, load, test_kinds};
use crate::reader::{Entry, Fields, Item};
use crate::{Counters, Load, Period, Policy, RollbackPolicy, Test, VersionKey};
use std::collections::BTreeMap;

/// What a team declared for its service, or its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    pub checks: Vec<Counters>,
    pub tests: Vec<Test>,
    /// What is sent where checks have no traffic to judge by.
    pub load: Option<Load>,
    /// How long nothing may go wrong after each wave.
    pub bake: Option<Period>,
    /// The same after each wave of canaries only, if there is neither a check nor a `bake`.
    pub canary_bake: Option<Period>,
    /// How long the whole deployment is judged against the past in the end.
    pub watch: Option<Period>,
    /// What the operator has watched, and the team does not leave out.
    pub signals: Vec<SharedSignal>,
    pub(crate) unwatched: Vec<Mention<String>>,
    pub rollback: RollbackPolicy,
    pub question_deadline: Period,
    /// Dashboards and others, by name.
    pub links: BTreeMap<String, String>,
    pub owners: Vec<String>,
    pub image: Image,
    pub(crate) mentions: Mentions,
    /// The keys that are written down.
    pub(crate) declared: Vec<&'static str>,
}

/// The image that a service's values files name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Where its tag stands in them.
    pub version_key: VersionKey,
    /// With its registry, without a tag: `registry.example.org/team/service`.
    pub repository: Option<String>,
}

pub(crate) const KEYS: &[&str] = &[
    "checks",
    "tests",
    "load",
    "bake",
    "watch",
    "unwatched",
    "rollback",
    "question_deadline",
    "links",
    "owners",
    "image",
];
pub(crate) const IMAGE_KEYS: &[&str] = &["version_key", "repository"];

const ROLLBACK: &[(&str, RollbackPolicy)] = &[
    ("automatic", RollbackPolicy::Automatic),
    ("ask", RollbackPolicy::Ask),
    ("never", RollbackPolicy::Never),
];

/// Checks and tests that an operator declares for all services in Kubernetes.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    pub checks: Vec<Counters>,
    pub tests: Vec<Test>,
    /// How long nothing may go wrong after the canaries of a service that nothing else is known of.
    pub bake: Period,
    /// That of services that declare none.
    pub watch: Option<Period>,
}

pub(crate) const DEFAULTS_KEYS: &[&str] = &["checks", "tests", "bake", "watch"];

impl Default for Defaults {
    fn default() -> Self {
        Self {
            checks: Vec::new(),
            tests: Vec::new(),
            bake: Period::from_secs(60),
            watch: None,
        }
    }
}

pub(crate) fn read(fields: &Fields<'_>, target: For) -> Option<Team> {
    let checks = declared_checks(fields, target);
    let mut mentions = Mentions::default();
    let tests = declared_tests(fields, target, &mut mentions);
    let bake = fields.optional("bake", Item::period);
    let watch = fields.optional("watch", |item| watch(item, checks.as_deref()));
    let unwatched = fields.or("unwatched", Vec::new(), signals::unwatched);
    let load = fields.optional("load", load::load);
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
    let image = fields.or("image", Image::default(), image);
    Some(Team {
        checks: checks?,
        tests: tests?,
        load: load?,
        bake: bake?,
        canary_bake: None,
        watch: watch?,
        signals: Vec::new(),
        unwatched: unwatched?,
        rollback: rollback?,
        question_deadline: question_deadline?,
        links: links?.into_iter().collect(),
        owners: owners?,
        image: image?,
        mentions,
        declared: KEYS.iter().copied().filter(|key| fields.has(key)).collect(),
    })
}

/// The operator's own, of scap.yaml.
pub(crate) fn defaults(item: &Item<'_>) -> Option<Defaults> {
    let fields = item.fields(DEFAULTS_KEYS)?;
    let checks = declared_checks(&fields, For::AllInKubernetes);
    let tests = declared_tests(&fields, For::AllInKubernetes, &mut Mentions::default());
    let bake = fields.or("bake", Defaults::default().bake, Item::period);
    let watch = fields.optional("watch", |item| watch(item, checks.as_deref()));
    Some(Defaults {
        checks: checks?,
        tests: tests?,
        bake: bake?,
        watch: watch?,
    })
}

fn declared_checks(fields: &Fields<'_>, target: For) -> Option<Vec<Counters>> {
    fields.or("checks", Vec::new(), |item| {
        item.each(("check", "checks"), |entry| checks::counters(entry, target))
    })
}

/// Long enough for each of the checks beside it.
fn watch(item: &Item<'_>, checks: Option<&[Counters]>) -> Option<Period> {
    let period = item.period()?;
    let mut checks = checks.unwrap_or_default().iter();
    checks.try_fold(period, |period, check| {
        checks::long_enough(item, period, check)
    })
}

fn declared_tests(fields: &Fields<'_>, target: For, mentions: &mut Mentions) -> Option<Vec<Test>> {
    let tests = fields.or("tests", Vec::new(), |item| {
        item.each(("test", "tests"), |entry| {
            let item = entry.item.clone();
            Some((test_kinds::test(entry, target)?, item))
        })
    })?;
    test_terms::check_order(&tests)?;
    for (test, item) in &tests {
        mentions.take_in(test, item)?;
    }
    Some(tests.into_iter().map(|(test, _)| test).collect())
}

impl Team {
    /// Takes the `defaults` in, before its own, which replace those of the same name.
    pub(crate) fn take_in(&mut self, defaults: &Defaults) {
        let checks = defaults.checks.iter();
        let others = checks.filter(|check| !self.checks.iter().any(|own| own.name == check.name));
        let others: Vec<Counters> = others.cloned().collect();
        self.checks.splice(0..0, others);
        let tests = defaults.tests.iter();
        let others = tests.filter(|test| !self.tests.iter().any(|own| own.name == test.name));
        let others: Vec<Test> = others.cloned().collect();
        self.tests.splice(0..0, others);
        self.canary_bake = Some(defaults.bake);
        self.watch = self.watch.or(defaults.watch);
    }

    /// What the team chose, and the default for what configuration chooses.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            rollback: self.rollback,
            question_deadline: self.question_deadline,
            ..Policy::default()
        }
    }
}

fn image(item: &Item<'_>) -> Option<Image> {
    let fields = item.fields(IMAGE_KEYS)?;
    let version_key = fields.or("version_key", VersionKey::default(), Item::parsed);
    let repository = fields.optional("repository", repository);
    Some(Image {
        version_key: version_key?,
        repository: repository?,
    })
}

fn repository(item: &Item<'_>) -> Option<String> {
    let text = item.owned_text()?;
    let (registry, path) = text.split_once('/').unwrap_or_default();
    let is_registry = registry.contains(['.', ':']) || registry == "localhost";
    if is_registry && !path.is_empty() && !path.contains([':', '@']) {
        return Some(text);
    }
    item.refuse(
        "must be a registry and a path without a tag, such as `registry.example.org/team/service`",
    );
    None
}

fn link(entry: Entry<'_, Key>) -> Option<(String, String)> {
    let url = entry.item.owned_text()?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Some((entry.name.0, url));
    }
    entry.item.refuse("must begin with https:// or http://");
    None
}
