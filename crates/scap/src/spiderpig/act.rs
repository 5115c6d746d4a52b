//! What people do from browsers: whether they may, with which proof, written down, and then done.

mod done;
mod meaning;

use super::Porter;
use super::visitor::{Visitor, of_control};
use crate::clock::now;
use crate::control::verb::{self, MakePlan, PlanRollback};
use crate::planning::Planned;
pub(super) use done::{Deployed, Done, LoggedOut};
use meaning::Meaning;
use scap_plan::RuleName;
use serde_json::Value;
use spiderpig_control::{Act as Deeds, Asker, Decision, Deed, Wish};
use spiderpig_protocol::{Act, Acted, Problem, ProblemKind, Proof, Wanted};

/// In characters.
const LONGEST_REASON: usize = 1_000;

impl Porter {
    /// Plans for somebody who may look at the service.
    pub(super) async fn plan(&self, visitor: &Visitor, wanted: Wanted) -> Result<Value, Problem> {
        let name = visitor.name();
        let planned: Planned = match wanted {
            Wanted::Rollback(wanted) => {
                let state = self.board.state(&self.desk.journal, wanted.rollback)?;
                self.may_see(&visitor.asker, &state.plan.service)?;
                let run_or_service = wanted.rollback.to_string();
                let asked = self.desk.ask(name, PlanRollback { run_or_service });
                asked.await.map_err(|trouble| trouble.problem())?.1
            }
            Wanted::Deployment(wanted) => {
                self.may_see_named(&visitor.asker, &wanted.service)?;
                let service = wanted.service;
                let wanted = verb::Wanted {
                    environments: wanted.environments,
                    revision: wanted.version,
                };
                let asked = self.desk.ask(name, MakePlan { service, wanted });
                asked.await.map_err(|trouble| trouble.problem())?
            }
        };
        self.plan_document(&visitor.asker, planned).await
    }

    /// Does it, or says what is missing. What cannot be written down is not done.
    pub(super) async fn act(
        &self,
        visitor: &Visitor,
        act: Act,
        proof: Option<Proof>,
    ) -> Result<Acted, Problem> {
        let meaning = self.meaning(visitor, &act)?;
        refuse_long(meaning.deed.reason.as_deref())?;
        let mut deed = meaning.deed.clone();
        let decided = self.decide(visitor, &meaning, proof.as_ref());
        match decided {
            Ok(rule) => deed.rule = rule,
            Err(problem) => {
                if problem.kind == ProblemKind::Forbidden {
                    self.record_refusal(&deed, &problem)?;
                }
                return Err(problem);
            }
        }
        self.audit.record(&deed, now()).map_err(of_control)?;
        match self.carry_out(visitor, act).await {
            Ok(answer) => Ok(Acted {
                answer,
                token: None,
            }),
            Err(problem) => {
                self.record_refusal(&deed, &problem)?;
                Err(problem)
            }
        }
    }

    fn record_refusal(&self, deed: &Deed, problem: &Problem) -> Result<(), Problem> {
        let refused = Deed {
            act: Deeds::Refused,
            reason: Some(format!("{}: {}", deed.act.word(), problem.message)),
            ..deed.clone()
        };
        self.audit.record(&refused, now()).map_err(of_control)?;
        Ok(())
    }

    /// The rule that allows it. A second factor counts for what it came with, once, and for nothing that comes later.
    fn decide(
        &self,
        visitor: &Visitor,
        meaning: &Meaning,
        proof: Option<&Proof>,
    ) -> Result<Option<RuleName>, Problem> {
        // Nobody types a code for what they may not do anyway.
        if let Some(wish) = &meaning.wish {
            self.refuse_forbidden(&visitor.asker, wish)?;
        }
        let mut asker = visitor.asker.clone();
        if let Some(proof) = proof {
            let shown = self.try_factor(&asker.name, proof, &visitor.client)?;
            asker.shown.insert(shown.factor(), 0);
        }
        if meaning.needs_proof && asker.shown.is_empty() {
            return Err(factor_needed(meaning));
        }
        let Some(wish) = &meaning.wish else {
            return Ok(None);
        };
        let policy = self.policy().map_err(|trouble| trouble.problem())?;
        match policy.decide(&asker, wish) {
            Decision::Allowed { rule, .. } => Ok(Some(rule)),
            Decision::NeedsStepUp { .. } => Err(factor_needed(meaning)),
            decision @ Decision::NeedsApproval { .. } => Err(Problem::new(
                ProblemKind::ApprovalNeeded,
                decision.to_string(),
            )),
            decision @ Decision::Refused { .. } => Err(forbidden(&decision)),
        }
    }

    fn refuse_forbidden(&self, asker: &Asker, wish: &Wish) -> Result<(), Problem> {
        let policy = self.policy().map_err(|trouble| trouble.problem())?;
        match policy.decide(asker, wish) {
            decision @ Decision::Refused { .. } => Err(forbidden(&decision)),
            _ => Ok(()),
        }
    }
}

/// Everybody who looks at the run, the freeze or the audit reads it.
fn refuse_long(reason: Option<&str>) -> Result<(), Problem> {
    let length = reason.map_or(0, |reason| reason.chars().count());
    if length <= LONGEST_REASON {
        return Ok(());
    }
    let message = format!("a reason has {LONGEST_REASON} characters at the most");
    Err(Problem::new(ProblemKind::Invalid, message))
}

fn factor_needed(meaning: &Meaning) -> Problem {
    let message = format!("{} needs your second factor", meaning.sentence);
    Problem::new(ProblemKind::SecondFactorNeeded, message)
}

fn forbidden(decision: &Decision) -> Problem {
    Problem::new(ProblemKind::Forbidden, decision.to_string())
        .hint("ask somebody of a group that may")
}
