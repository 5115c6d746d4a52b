//! What a person may do: the policy's file, and what a deployment is about as the policy sees it.

use super::Porter;
use crate::planning;
use crate::settings;
use crate::trouble::Trouble;
use scap_plan::{EnvironmentPlace, Plan, PolicyFile, Right, ServiceName, Source};
use spiderpig_control::{Asker, Decision, Policy, Target, Wish};
use spiderpig_protocol::{Problem, ProblemKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Files that were read so lately are not read again: a page asks of many services at once.
const FRESH: Duration = Duration::from_millis(500);

/// What the files said of rights when they were read last.
pub(super) struct Rules {
    read: Instant,
    source: Source,
    policy: Arc<Policy>,
    /// Of each service of the catalog.
    environments: BTreeMap<ServiceName, Vec<EnvironmentPlace>>,
}

impl Porter {
    /// The same one for as long as the file is.
    pub(super) fn policy(&self) -> Result<Arc<Policy>, Trouble> {
        Ok(Arc::clone(&self.rules()?.policy))
    }

    fn rules(&self) -> Result<Arc<Rules>, Trouble> {
        let mut kept = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = kept.as_ref().filter(|rules| rules.is_fresh()) {
            return Ok(Arc::clone(rules));
        }
        // What cannot be read is not what it was before: nobody may do anything then.
        let before = kept.take();
        let rules = Arc::new(self.read_rules(before.as_deref())?);
        *kept = Some(Arc::clone(&rules));
        Ok(rules)
    }

    fn read_rules(&self, before: Option<&Rules>) -> Result<Rules, Trouble> {
        let settings = self.desk.settings()?;
        let source = settings::read(&settings.path(&self.configuration.policy))?;
        let policy = match before.filter(|before| before.source == source) {
            Some(before) => Arc::clone(&before.policy),
            None => Arc::new(PolicyFile::read(&source).map_err(Trouble::Config)?.into()),
        };
        let services = planning::inputs(&settings).map(|inputs| {
            let services = inputs.services().iter();
            services
                .map(|service| (service.name.clone(), service.environments()))
                .collect()
        });
        Ok(Rules {
            read: Instant::now(),
            source,
            policy,
            // Without a catalog all counts as production.
            environments: services.unwrap_or_default(),
        })
    }

    /// Refuses whoever has not that right over everything.
    pub(super) fn demand(&self, asker: &Asker, right: Right) -> Result<(), Problem> {
        if self.is_allowed(asker, right, Target::Everything) {
            return Ok(());
        }
        let message = format!("this needs the right `{}`", right.word());
        Err(Problem::new(ProblemKind::Forbidden, message)
            .hint("ask somebody of a group that has it"))
    }

    pub(super) fn rights_over_everything(&self, asker: &Asker) -> BTreeSet<Right> {
        let rights = Right::OF_EVERYTHING.into_iter();
        rights
            .filter(|right| self.is_allowed(asker, *right, Target::Everything))
            .collect()
    }

    pub(super) fn sees(&self, asker: &Asker, service: &str) -> bool {
        let service = ServiceName::new(service);
        service.is_ok_and(|service| self.may_see(asker, &service).is_ok())
    }

    /// Refuses whoever may not look at a service, as if there were none.
    pub(super) fn may_see(&self, asker: &Asker, service: &ServiceName) -> Result<(), Problem> {
        if self.is_allowed(asker, Right::See, self.whole_service(service)) {
            return Ok(());
        }
        let message = format!("there is no service `{service}` that you may see");
        Err(Problem::new(ProblemKind::NotFound, message))
    }

    /// As [`Self::may_see`], of a service as somebody typed its name.
    pub(super) fn may_see_named(&self, asker: &Asker, service: &str) -> Result<(), Problem> {
        let service = ServiceName::new(service).map_err(|error| {
            Problem::new(ProblemKind::Invalid, format!("a service's name {error}"))
        })?;
        self.may_see(asker, &service)
    }

    /// Whether a person could do it, with whatever proof and consent the policy demands.
    pub(super) fn is_allowed(&self, asker: &Asker, right: Right, target: Target) -> bool {
        let policy = self.policy();
        policy.is_ok_and(|policy| {
            let decision = policy.decide(asker, &Wish::new(right, target));
            !matches!(decision, Decision::Refused { .. })
        })
    }

    /// A service with the environments of the plan, by all names that the catalog has for them.
    pub(super) fn target(&self, plan: &Plan) -> Target {
        target(plan, &self.environments(&plan.service))
    }

    /// A service with all that the catalog has of it; one that it does not have counts as production.
    pub(super) fn whole_service(&self, service: &ServiceName) -> Target {
        Target::Service {
            name: service.clone(),
            environments: self.environments(service),
        }
    }

    fn environments(&self, service: &ServiceName) -> Vec<EnvironmentPlace> {
        let rules = self.rules().ok();
        let known = rules
            .as_ref()
            .and_then(|rules| rules.environments.get(service));
        known.cloned().unwrap_or_default()
    }
}

/// A service with the environments of the plan, by all names that are `known` for them.
pub(crate) fn target(plan: &Plan, known: &[EnvironmentPlace]) -> Target {
    let mut environments: Vec<EnvironmentPlace> = Vec::new();
    for step in plan.step_ids().filter_map(|id| plan.step(id).release()) {
        let named = known
            .iter()
            .find(|place| place.names.contains(&step.environment));
        let place = named.cloned().unwrap_or_else(|| EnvironmentPlace {
            names: vec![step.environment.clone()],
            environment_type: step.environment_type,
        });
        if !environments.contains(&place) {
            environments.push(place);
        }
    }
    Target::Service {
        name: plan.service.clone(),
        environments,
    }
}

impl Rules {
    fn is_fresh(&self) -> bool {
        self.read.elapsed() < FRESH
    }
}
