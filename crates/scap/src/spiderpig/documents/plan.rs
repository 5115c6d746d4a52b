//! A plan as it is approved: waves, differences, checks, the way back, findings.

use super::approvals::ApprovalView;
use super::run::{WaveView, waves};
use super::{body, failed};
use crate::clock::now;
use crate::control::verb::Preflight;
use crate::planning::{Compared, Planned};
use crate::spiderpig::Porter;
use crate::spiderpig::act::proven;
use crate::spiderpig::approvals::Unapproved;
use crate::spiderpig::visitor::Visitor;
use crate::usual::UsualParts;
use crate::view;
use scap_plan::{
    Difference, GateName, GroupName, ObjectState, Plan, PlanView, ReleasePlace, Right, StepId,
};
use scap_run::{Finding, Severity};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use spiderpig_control::{Asker, Decision, Wish};
use spiderpig_protocol::Problem;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A plan as a page shows it.
#[derive(Clone, Serialize, JsonSchema)]
pub(in crate::spiderpig) struct PlanDocument {
    #[serde(flatten)]
    view: PlanView,
    pub(super) version: String,
    waves: Vec<WaveView>,
    /// The version that runs now, for each step.
    before: Vec<Option<String>>,
    differences: Vec<StepDifference>,
    checks: Vec<PlannedCheck>,
    /// What undo would restore, a sentence for each.
    undo: Vec<String>,
    findings: Vec<Finding>,
    usual_milliseconds: Option<u64>,
    /// Runs that would go first.
    ahead: usize,
    /// The group whose consent is needed.
    needs_approval: Option<GroupName>,
    /// Whether the person may go on without that.
    pub(super) may_break_glass: bool,
    /// Who wants consent to it, or has it.
    pub(super) approval: Option<ApprovalView>,
    pub(super) may_deploy: bool,
}

/// The difference of one step; steps with the same one name the first.
#[derive(Clone, Serialize, JsonSchema)]
struct StepDifference {
    step: StepId,
    same_as: Option<StepId>,
    objects: Vec<ObjectView>,
}

#[derive(Clone, Serialize, JsonSchema)]
struct ObjectView {
    /// `Deployment shop`
    object: String,
    state: ObjectState,
    fields: Vec<FieldView>,
}

#[derive(Clone, Serialize, JsonSchema)]
struct FieldView {
    path: String,
    lines: Vec<view::difference::DifferenceLine>,
}

#[derive(Clone, Serialize, JsonSchema)]
struct PlannedCheck {
    name: String,
    gate: GateName,
    wave: String,
    sentence: String,
    usual_milliseconds: Option<u64>,
    is_shadow: bool,
}

impl Porter {
    pub(in crate::spiderpig) async fn plan_document(
        &self,
        asker: &Asker,
        planned: Planned,
    ) -> Result<Value, Problem> {
        let Planned {
            plan, differences, ..
        } = planned;
        let digest = plan.digest();
        let preflight = Preflight {
            digest: digest.clone(),
        };
        let found = self.desk.ask(asker.name.as_str(), preflight).await;
        let mut findings = found.map_err(|trouble| trouble.problem())?;
        let ahead = self.ahead(&plan)?;
        if ahead > 0 {
            // What others are changing is looked at again when its turn comes.
            for finding in &mut findings {
                finding.severity = Severity::Warning;
            }
        }
        let decision = self.decision(asker, &plan, &digest, false)?;
        let (needs_approval, may_break_glass) = match &decision {
            Decision::NeedsApproval { demand, .. } => {
                let alone = self.decision(asker, &plan, &digest, true)?;
                let may_alone = matches!(alone, Decision::Allowed { .. });
                (Some(demand.group.clone()), may_alone)
            }
            _ => (None, false),
        };
        let document = PlanDocument {
            version: plan.version(),
            waves: waves(&plan),
            before: plan.steps.iter().map(before).collect(),
            differences: step_differences(&plan, &differences),
            checks: checks(&plan, &self.usual_parts(plan.service.as_str())),
            undo: view::plan::restored(&plan),
            findings,
            usual_milliseconds: self.usual_milliseconds(plan.service.as_str()),
            ahead,
            may_break_glass,
            approval: None,
            needs_approval,
            may_deploy: !matches!(decision, Decision::Refused { .. }),
            view: PlanView::new(&plan),
        };
        if let Some(group) = &document.needs_approval {
            self.approvals.keep(Unapproved {
                person: asker.name.clone(),
                digest,
                service: plan.service.clone(),
                group: group.clone(),
                document: Arc::new(document.clone()),
                shown: now(),
                asked: None,
                reason: None,
                approvals: Vec::new(),
            });
        }
        Ok(body(document))
    }

    /// With every factor shown, what stands in the way of a deployment.
    fn decision(
        &self,
        asker: &Asker,
        plan: &Plan,
        digest: &str,
        breaks_glass: bool,
    ) -> Result<Decision, Problem> {
        let right = if plan.is_restoring() {
            Right::Rollback
        } else {
            Right::Deploy
        };
        let mut wish = Wish::new(right, self.target(plan));
        wish.digest = Some(digest.to_owned());
        wish.breaks_glass = breaks_glass;
        let mut asker = proven(asker);
        asker.approvals = self.approvals.given(&asker.name, digest, now());
        self.decided(&asker, &wish)
    }

    /// Runs that have not ended and share a lock with the plan.
    pub(in crate::spiderpig) fn ahead(&self, plan: &Plan) -> Result<usize, Problem> {
        let keys: BTreeSet<String> = plan.lock_keys().into_iter().collect();
        let open = self.desk.journal.open_runs().map_err(failed)?;
        let mut ahead = 0;
        for run in open.runs {
            let state = self.board.state(&self.desk.journal, run.run)?;
            let shares = state.plan.lock_keys().iter().any(|key| keys.contains(key));
            ahead += usize::from(shares);
        }
        Ok(ahead)
    }

    /// Whether somebody else has what this person's plan needs.
    pub(in crate::spiderpig) fn must_wait(
        &self,
        visitor: &Visitor,
        digest: &str,
    ) -> Result<bool, Problem> {
        let plan = self.desk.shown_plan(visitor.name(), digest);
        let plan = plan.map_err(|trouble| trouble.problem())?;
        Ok(self.ahead(&plan)? > 0)
    }
}

fn before(step: &scap_plan::Step) -> Option<String> {
    let before = view::words::before(step);
    (!["nothing", "unknown"].contains(&before.as_str())).then_some(before)
}

fn step_differences(plan: &Plan, compared: &[Compared]) -> Vec<StepDifference> {
    let mut shown: Vec<(StepId, &Difference)> = Vec::new();
    let mut differences = Vec::new();
    for step in plan.step_ids() {
        let Some(difference) = difference_of(plan, step, compared) else {
            continue;
        };
        let same_as = shown.iter().find(|(_, known)| *known == difference);
        let same_as = same_as.map(|(step, _)| *step);
        differences.push(StepDifference {
            step,
            same_as,
            objects: match same_as {
                Some(_) => Vec::new(),
                None => objects(difference),
            },
        });
        shown.push((step, difference));
    }
    differences
}

fn difference_of<'a>(
    plan: &Plan,
    step: StepId,
    compared: &'a [Compared],
) -> Option<&'a Difference> {
    let step = plan.step(step).release()?;
    let is_of_step = |place: &ReleasePlace| {
        Some(&place.release) == step.release.as_ref()
            && place.environment == step.environment
            && place.namespace == step.namespace
    };
    let found = compared
        .iter()
        .find(|compared| is_of_step(&compared.release));
    found.map(|compared| &compared.comparison.difference)
}

fn objects(difference: &Difference) -> Vec<ObjectView> {
    let object = |object: &scap_plan::ObjectDifference| ObjectView {
        object: format!("{} {}", object.object.kind, object.object.name),
        state: object.state,
        fields: object.fields.iter().map(field).collect(),
    };
    difference.objects.iter().map(object).collect()
}

fn field(field: &scap_plan::FieldDifference) -> FieldView {
    FieldView {
        path: field.path.clone(),
        lines: view::difference::lines_of(field),
    }
}

fn checks(plan: &Plan, usual: &UsualParts) -> Vec<PlannedCheck> {
    let mut checks = Vec::new();
    for wave in &plan.waves {
        checks.extend(wave.gates.iter().map(|gate| PlannedCheck {
            name: view::words::gate_name(gate),
            gate: GateName::of(gate),
            wave: wave.name.clone(),
            sentence: view::words::gate(gate, plan),
            usual_milliseconds: usual.gate(&wave.name, gate),
            is_shadow: gate.is_shadow(),
        }));
    }
    checks
}
