//! Something that is missing, as a person reads it.

use scap_plan::{EnvironmentName, Plan, ServiceName, StepId, StepKind, Unmet, Wanted};
use scap_run::{Finding, Severity};

use super::Presence;
use super::neighbours::Provider;

/// One thing that is missing in some environments, for some steps.
pub(super) struct Shortage<'a> {
    wanted: &'a Wanted,
    presence: Presence,
    is_certain: bool,
    /// As the service wrote them.
    environments: Vec<EnvironmentName>,
    steps: Vec<StepId>,
    /// Steps of the plan that bring it, too late.
    brought_by: Vec<StepId>,
    provider: Option<&'a ServiceName>,
}

impl<'a> Shortage<'a> {
    pub(super) fn new(
        plan: &Plan,
        unmet: &'a Unmet,
        presence: Presence,
        providers: &'a [Provider],
    ) -> Self {
        let wanted = &unmet.requirement.wanted;
        let step = plan.step(unmet.step).release();
        let canonical = step.map(|step| &step.canonical_environment);
        let provider = providers.iter().find(|provider| {
            Some(&provider.environment) == canonical && provider.wanted == *wanted
        });
        Self {
            wanted,
            presence,
            is_certain: unmet.requirement.is_certain,
            environments: step
                .map(|step| step.environment.clone())
                .into_iter()
                .collect(),
            steps: vec![unmet.step],
            brought_by: unmet.brought_by.clone(),
            provider: provider.map(|provider| &provider.service),
        }
    }

    /// Whether one finding says both. Of an object that is not there no key need be named.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let is_same = match (self.wanted, other.wanted, &self.presence) {
            (
                Wanted::Object { object, .. },
                Wanted::Object { object: known, .. },
                Presence::Absent,
            ) => object == known,
            (one, other, _) => one == other,
        };
        let key = |it: &Self| (it.presence.clone(), it.is_certain);
        is_same && key(self) == key(other) && self.provider == other.provider
    }

    pub(super) fn take_in(&mut self, other: Self) {
        append(&mut self.environments, other.environments);
        append(&mut self.steps, other.steps);
        append(&mut self.brought_by, other.brought_by);
    }

    pub(super) fn finding(&self, plan: &Plan) -> Finding {
        let is_error = self.is_certain && self.presence.is_missing();
        let need = if self.is_certain { "needs" } else { "may need" };
        let needed_by = format!("{} {need} it", named(plan, &self.steps));
        let (subject, place) = self.subject();
        let message = match &self.presence {
            Presence::Unknown(why) => {
                format!("cannot tell whether {subject} is {place}: {why}; {needed_by}")
            }
            Presence::WithoutKey(key) => {
                format!("{subject} {place} has no key `{key}`: {needed_by}")
            }
            Presence::Present | Presence::Absent => {
                format!("{subject} is missing {place}: {needed_by}{}", self.harm())
            }
        };
        Finding {
            severity: if is_error {
                Severity::Error
            } else {
                Severity::Warning
            },
            message,
            hint: self.presence.is_missing().then(|| self.hint(plan)),
        }
    }

    /// What it is, and where it should be.
    fn subject(&self) -> (String, String) {
        let environments = list(&self.environments);
        let within = |namespace: &str| format!("in namespace `{namespace}` of {environments}");
        match self.wanted {
            Wanted::Object { object, .. } => {
                let place = match &object.namespace {
                    Some(namespace) => within(namespace),
                    None => format!("in {environments}"),
                };
                (format!("{} `{}`", object.kind, object.name), place)
            }
            Wanted::Kind { group, kind } => (
                format!("the definition of kind `{kind}` of `{group}`"),
                format!("in {environments}"),
            ),
            Wanted::ServiceVariable { namespace, prefix } => (
                format!("a Service that sets `{prefix}_SERVICE_HOST`"),
                within(namespace.as_str()),
            ),
            Wanted::Release { namespace, release } => {
                (format!("release `{release}`"), within(namespace.as_str()))
            }
            Wanted::Service(service) => {
                (format!("service `{service}`"), format!("in {environments}"))
            }
        }
    }

    /// What is not plain.
    fn harm(&self) -> &'static str {
        match self.wanted {
            Wanted::ServiceVariable { .. } => {
                ", and a container that starts without never gets the variable"
            }
            _ => "",
        }
    }

    fn hint(&self, plan: &Plan) -> String {
        if let Some(service) = self.provider {
            let options = self
                .environments
                .iter()
                .map(|environment| format!(" --environment {environment}"));
            let options: String = options.collect();
            return format!(
                "service `{service}` brings it: scap deploy-service {service}{options}"
            );
        }
        if !self.brought_by.is_empty() {
            let later = named(plan, &self.brought_by);
            return format!(
                "{later} brings it, which comes later: put it into a release that comes before, or name the need in helmfile's `needs`"
            );
        }
        match (self.wanted, &self.presence) {
            (Wanted::Release { release, .. }, _) => {
                format!("deploy `{release}` first, or take it out of helmfile's `needs`")
            }
            (_, Presence::WithoutKey(_)) => {
                "add the key, or correct the reference to it".to_owned()
            }
            _ => "no service of the catalog brings it: ask who runs the cluster, or correct the reference to it".to_owned(),
        }
    }
}

/// `main` and `canary`, each once.
fn named(plan: &Plan, steps: &[StepId]) -> String {
    let mut names: Vec<String> = Vec::new();
    for step in steps {
        if let StepKind::Release(release) = &plan.step(*step).kind {
            let name = release.release.iter().map(|name| format!("`{name}`"));
            append(&mut names, name.collect());
        }
    }
    list(&names)
}

fn append<T: PartialEq>(known: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !known.contains(&one) {
            known.push(one);
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(names: &[impl ToString]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}
