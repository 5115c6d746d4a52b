//! Plans that need a second person, as that person sees them.

use super::body;
use super::plan::PlanDocument;
use crate::clock::now;
use crate::spiderpig::Porter;
use crate::spiderpig::approvals::Unapproved;
use scap_plan::{GroupName, PersonName, ServiceName};
use scap_run::UnixMillis;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use spiderpig_control::Asker;
use spiderpig_protocol::{Problem, ProblemKind};

/// How far a plan is that needs a second person.
#[derive(Clone, Serialize, JsonSchema)]
pub(super) struct ApprovalView {
    person: PersonName,
    digest: String,
    service: ServiceName,
    version: String,
    group: GroupName,
    reason: Option<String>,
    asked: Option<UnixMillis>,
    approved_by: Vec<PersonName>,
    is_mine: bool,
    may_approve: bool,
}

impl Porter {
    /// The plan of another person who wants consent, or one's own again, with what was given meanwhile.
    pub(in crate::spiderpig) fn plan_to_approve(
        &self,
        asker: &Asker,
        key: &(PersonName, String),
    ) -> Result<Value, Problem> {
        let plan = self.seen_approval(asker, key)?;
        let is_mine = plan.person == asker.name;
        let mut document = PlanDocument::clone(&plan.document);
        document.may_deploy &= is_mine;
        document.may_break_glass &= is_mine;
        document.approval = Some(ApprovalView::of(&plan, asker));
        Ok(body(document))
    }

    /// A plan that this person may agree with.
    pub(in crate::spiderpig) fn to_be_approved(
        &self,
        asker: &Asker,
        key: &(PersonName, String),
    ) -> Result<Unapproved, Problem> {
        let plan = self.seen_approval(asker, key)?;
        if plan.may_approve(asker) {
            return Ok(plan);
        }
        let message = format!("somebody else of `{}` has to agree with it", plan.group);
        Err(Problem::new(ProblemKind::Forbidden, message))
    }

    fn seen_approval(
        &self,
        asker: &Asker,
        key: &(PersonName, String),
    ) -> Result<Unapproved, Problem> {
        let plan = self.approvals.asked(key, now());
        let plan = plan.filter(|plan| self.may_see(asker, &plan.service).is_ok());
        plan.ok_or_else(|| {
            Problem::new(
                ProblemKind::NotFound,
                "nobody wants consent to this plan any more",
            )
            .hint("plans are forgotten after an hour, and when the runner is started again")
        })
    }

    /// What waits for consent, as far as somebody is concerned by it.
    pub(super) fn approvals_of(&self, asker: &Asker) -> Vec<ApprovalView> {
        let all = self.approvals.all_asked(now()).into_iter();
        let seen = all.filter(|plan| {
            let concerns = plan.person == asker.name || plan.may_approve(asker);
            concerns && self.may_see(asker, &plan.service).is_ok()
        });
        seen.map(|plan| ApprovalView::of(&plan, asker)).collect()
    }
}

impl ApprovalView {
    fn of(plan: &Unapproved, asker: &Asker) -> Self {
        Self {
            person: plan.person.clone(),
            digest: plan.digest.clone(),
            service: plan.service.clone(),
            version: plan.document.version.clone(),
            group: plan.group.clone(),
            reason: plan.reason.clone(),
            asked: plan.asked,
            approved_by: plan.approved_by(),
            is_mine: plan.person == asker.name,
            may_approve: plan.may_approve(asker),
        }
    }
}
