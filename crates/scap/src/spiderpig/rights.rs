//! What a person may do: the policy's file, and what a deployment is about as the policy sees it.

use super::Porter;
use crate::planning;
use crate::settings;
use crate::trouble::Trouble;
use scap_plan::{EnvironmentPlace, Plan, PolicyFile, Right, ServiceName};
use spiderpig_control::{Asker, Decision, Policy, Target, Wish};
use spiderpig_protocol::{Problem, ProblemKind};
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

impl Porter {
    /// Read anew when the file has changed.
    pub(super) fn policy(&self) -> Result<Arc<Policy>, Trouble> {
        let path = self.desk.settings()?.path(&self.configuration.policy);
        let changed = std::fs::metadata(&path).and_then(|it| it.modified());
        let changed = changed.unwrap_or(SystemTime::UNIX_EPOCH);
        let mut kept = self.policy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, policy)) = &*kept
            && *known == changed
        {
            return Ok(Arc::clone(policy));
        }
        let file = PolicyFile::read(&settings::read(&path)?).map_err(Trouble::Config)?;
        let policy = Arc::new(Policy::from(file));
        *kept = Some((changed, Arc::clone(&policy)));
        Ok(policy)
    }

    /// Refuses whoever has not that right over everything.
    pub(super) fn demand(&self, asker: &Asker, right: Right) -> Result<(), Problem> {
        if self.is_allowed(asker, right, spiderpig_control::Target::Everything) {
            return Ok(());
        }
        let message = format!("this needs the right `{}`", right.word());
        Err(Problem::new(ProblemKind::Forbidden, message)
            .hint("ask somebody of a group that has it"))
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
        let known = self.environments(&plan.service);
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

    /// A service with all that the catalog has of it; one that it does not have counts as production.
    pub(super) fn whole_service(&self, service: &ServiceName) -> Target {
        Target::Service {
            name: service.clone(),
            environments: self.environments(service),
        }
    }

    fn environments(&self, service: &ServiceName) -> Vec<EnvironmentPlace> {
        let settings = self.desk.settings();
        let inputs = settings.and_then(|settings| planning::inputs(&settings));
        let Ok(inputs) = inputs else {
            return Vec::new();
        };
        let service = inputs.service(service.as_str());
        service
            .map(scap_plan::Service::environments)
            .unwrap_or_default()
    }
}
