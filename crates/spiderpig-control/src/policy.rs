//! The policy: what a person may do, as one pure function.

mod decision;
mod wish;

pub use decision::{Decision, Refusal};
use scap_plan::{
    ApprovalDemand, Effect, EnvironmentName, EnvironmentType, PolicyFile, Right, Rule, RuleName,
    StepUpDemand,
};
pub use wish::{Approval, Asker, Target, Wish};

/// All rules. What no rule allows is refused.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// One part of what is asked for.
struct Place<'a> {
    service: Option<&'a str>,
    /// None where everything is meant, and of a service on hosts.
    environments: Vec<&'a str>,
    environment_type: Option<EnvironmentType>,
}

impl From<PolicyFile> for Policy {
    fn from(file: PolicyFile) -> Self {
        Self { rules: file.rules }
    }
}

impl Policy {
    /// What becomes of a wish. A rule that denies counts where it touches any part of what is asked for; to be allowed, each
    /// part needs a rule that allows it. Every rule that allows a part adds its demands: one that demands nothing takes no
    /// other's demand away.
    pub fn decide(&self, asker: &Asker, wish: &Wish) -> Decision {
        let places = places(wish);
        let touching = |effect: Effect| self.rules.iter().filter(move |rule| rule.effect == effect);
        let touches =
            |rule: &Rule, place: &Place<'_>| is_about(rule, asker, wish.right) && has(rule, place);
        let denied = touching(Effect::Deny).find(|rule| places.iter().any(|it| touches(rule, it)));
        if let Some(rule) = denied {
            return Decision::refused(Refusal::Denied, Some(&rule.name));
        }
        let allows = |place: &Place<'_>| touching(Effect::Allow).any(|rule| touches(rule, place));
        if let Some(place) = places.iter().find(|place| !allows(place)) {
            let environment = place.environments.first().map(ToString::to_string);
            return Decision::refused(Refusal::NotAllowed { environment }, None);
        }
        let allowing: Vec<&Rule> = touching(Effect::Allow)
            .filter(|rule| places.iter().any(|place| touches(rule, place)))
            .collect();
        self.demands(asker, wish, &allowing)
    }

    /// Of rules that together allow the wish: the first demand that is not met. Second factors come first, so that nobody is
    /// asked for consent to what may not be done after all.
    fn demands(&self, asker: &Asker, wish: &Wish, allowing: &[&Rule]) -> Decision {
        for rule in allowing {
            if let Some(demand) = rule.step_up.as_ref().filter(|it| !is_fresh(asker, it)) {
                return Decision::NeedsStepUp {
                    demand: demand.clone(),
                    rule: rule.name.clone(),
                };
            }
        }
        let mut unapproved = allowing.iter().filter_map(|rule| {
            let demand = rule.approval.as_ref()?;
            (!is_approved(asker, wish, demand)).then_some((rule, demand))
        });
        let rule = allowing.first().map(|rule| rule.name.clone());
        match (unapproved.next(), rule) {
            (None, Some(rule)) => Decision::Allowed {
                rule,
                broke_glass: None,
            },
            (Some((demanding, demand)), _) => match self.glass(asker, wish) {
                Some(rule) => Decision::Allowed {
                    rule,
                    broke_glass: Some(demanding.name.clone()),
                },
                None => Decision::NeedsApproval {
                    demand: demand.clone(),
                    rule: demanding.name.clone(),
                },
            },
            // Without any rule it was refused before.
            (None, None) => Decision::refused(Refusal::NotAllowed { environment: None }, None),
        }
    }

    /// The rule by which the person may go on without a second one, where they want to.
    fn glass(&self, asker: &Asker, wish: &Wish) -> Option<RuleName> {
        if !wish.breaks_glass {
            return None;
        }
        let alone = Wish {
            right: Right::BreakGlass,
            breaks_glass: false,
            ..wish.clone()
        };
        match self.decide(asker, &alone) {
            Decision::Allowed { rule, .. } => Some(rule),
            _ => None,
        }
    }
}

/// Its parts. A service on hosts, or one of which no environment is known, counts as production without a name.
fn places(wish: &Wish) -> Vec<Place<'_>> {
    match &wish.target {
        Target::Everything => vec![Place {
            service: None,
            environments: Vec::new(),
            environment_type: None,
        }],
        Target::Service { name, environments } if environments.is_empty() => vec![Place {
            service: Some(name.as_str()),
            environments: Vec::new(),
            environment_type: Some(EnvironmentType::Production),
        }],
        Target::Service { name, environments } => environments
            .iter()
            .map(|environment| Place {
                service: Some(name.as_str()),
                environments: environment
                    .names
                    .iter()
                    .map(EnvironmentName::as_str)
                    .collect(),
                environment_type: Some(environment.environment_type),
            })
            .collect(),
    }
}

fn is_about(rule: &Rule, asker: &Asker, right: Right) -> bool {
    let has_group = |groups: &std::collections::BTreeSet<_>| !groups.is_disjoint(&asker.groups);
    rule.rights.contains(&right) && rule.groups.as_ref().is_none_or(has_group)
}

/// A rule that has what concerns everything is not limited: the file could not be read otherwise.
fn has(rule: &Rule, place: &Place<'_>) -> bool {
    let Some(service) = place.service else {
        return rule.services.is_all()
            && rule.environments.is_all()
            && rule.environment_types.is_none();
    };
    let is_there = rule.environments.is_all()
        || place
            .environments
            .iter()
            .any(|name| rule.environments.matches(name));
    let is_of_type = rule
        .environment_types
        .as_ref()
        .is_none_or(|types| place.environment_type.is_some_and(|it| types.contains(&it)));
    rule.services.matches(service) && is_there && is_of_type
}

fn is_fresh(asker: &Asker, demand: &StepUpDemand) -> bool {
    let mut shown = asker.shown.iter();
    shown.any(|(factor, seconds_ago)| {
        demand.factors.contains(factor) && *seconds_ago <= demand.within_seconds
    })
}

/// By somebody else, of the group, and of this very plan.
fn is_approved(asker: &Asker, wish: &Wish, demand: &ApprovalDemand) -> bool {
    asker.approvals.iter().any(|approval| {
        approval.person != asker.name
            && approval.groups.contains(&demand.group)
            && wish.digest.as_ref() == Some(&approval.digest)
    })
}
