//! What is not wrong with a policy and most likely not meant either.

use super::{NamePattern, Patterns, PolicyFile};
use crate::error::{ConfigError, did_you_mean, sort};
use crate::{GroupName, Inputs, Service};
use std::collections::BTreeSet;

impl PolicyFile {
    /// Groups that no rule has and, where the catalog is known, names and patterns that nothing of it has.
    pub fn warnings(&self, inputs: Option<&Inputs>) -> Vec<ConfigError> {
        let mut found = self.unused_groups();
        if let Some(inputs) = inputs {
            let services = inputs.services().iter().map(|it| it.name.to_string());
            let services: BTreeSet<String> = services.collect();
            let places = inputs.services().iter().flat_map(Service::environments);
            let environments = places.flat_map(|place| place.names);
            let environments = environments.map(|name| name.to_string()).collect();
            for rule in &self.rules {
                let kinds = [
                    (&rule.services, "service", &services),
                    (&rule.environments, "environment", &environments),
                ];
                for (patterns, kind, known) in kinds {
                    let context = format!("rule {}", rule.name);
                    found.extend(self.unmatched(patterns, &context, (kind, known)));
                }
            }
        }
        sort(found)
    }

    fn unused_groups(&self) -> Vec<ConfigError> {
        let mut used: BTreeSet<&GroupName> = BTreeSet::new();
        for rule in &self.rules {
            used.extend(rule.groups.iter().flatten());
            used.extend(rule.approval.as_ref().map(|approval| &approval.group));
        }
        let unused = self.groups.iter().filter(|it| !used.contains(&it.value));
        unused
            .map(|group| {
                let message = format!("group {} is in no rule", group.value);
                let hint = "its people have the rights of everybody; take it out, or write a rule";
                let warning = group.place.error(&self.file, message);
                warning.with_hint(hint.to_owned())
            })
            .collect()
    }

    fn unmatched(
        &self,
        patterns: &Patterns,
        context: &str,
        (kind, known): (&str, &BTreeSet<String>),
    ) -> Vec<ConfigError> {
        let is_dead = |pattern: &NamePattern| !known.iter().any(|it| pattern.matches(it));
        let patterns = patterns.0.iter().flatten();
        let dead = patterns.filter(|pattern| is_dead(&pattern.value));
        dead.map(|pattern| {
            let message = format!("{context}: no {kind} of the catalog is '{}'", pattern.value);
            let warning = pattern.place.error(&self.file, message);
            warning.with_hint(did_you_mean(pattern.value.as_str(), known))
        })
        .collect()
    }
}
