//! What people do from browsers: whether they may, with which proof, written down, and then done.

mod done;
mod meaning;

use super::visitor::{Visitor, of_control};
use super::{Porter, passkeys};
use crate::clock::now;
use crate::control::verb::{self, MakePlan, PlanRollback};
use crate::planning::Planned;
pub(super) use done::{Deployed, Done, LoggedOut, RunAnswer};
use meaning::Meaning;
use scap_plan::{Factor, RuleName};
use serde_json::Value;
use spiderpig_control::{Act as Deeds, Asker, Decision, Deed, Purpose, Wish};
use spiderpig_protocol::{Act, Problem, ProblemKind, Proof, Wanted};
use std::collections::BTreeSet;

/// In characters.
const LONGEST_REASON: usize = 1_000;

/// Why something may be done.
#[derive(Default)]
struct Granted {
    /// The rule that allows it; none where nobody needs a right.
    rule: Option<RuleName>,
    /// The rule whose demand for a second person was passed over.
    broke_glass: Option<RuleName>,
}

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
            Wanted::Approval(wanted) => {
                let key = (wanted.person, wanted.approval);
                return self.plan_to_approve(&visitor.asker, &key);
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
    ) -> Result<Value, Problem> {
        let meaning = self.meaning(visitor, &act)?;
        self.refuse_at_once(visitor, &meaning)?;
        let mut deed = meaning.deed.clone();
        let proof = proof.as_ref().map(|proof| (proof, passkeys::purpose(&act)));
        let decided = self.decide(visitor, &meaning, proof);
        match decided {
            Ok(granted) => {
                deed.rule = granted.rule;
                if let Some(passed_over) = granted.broke_glass {
                    self.record_broken_glass(&deed, passed_over)?;
                }
            }
            Err(problem) => {
                if problem.kind == ProblemKind::Forbidden {
                    self.record_refusal(&deed, &problem)?;
                }
                return Err(problem);
            }
        }
        self.audit.record(&deed, now()).map_err(of_control)?;
        let done = self.carry_out(visitor, act).await;
        if let Err(problem) = &done {
            self.record_refusal(&deed, problem)?;
        }
        done
    }

    fn record_broken_glass(&self, deed: &Deed, passed_over: RuleName) -> Result<(), Problem> {
        let broken = Deed {
            act: Deeds::BrokeGlass,
            rule: Some(passed_over),
            ..deed.clone()
        };
        self.audit.record(&broken, now()).map_err(of_control)?;
        Ok(())
    }

    /// Whether a second factor for it would be of any use.
    pub(super) fn may_prove(&self, visitor: &Visitor, act: &Act) -> Result<(), Problem> {
        self.refuse_at_once(visitor, &self.meaning(visitor, act)?)
    }

    /// Nobody is asked for a second factor for what they may not do anyway.
    fn refuse_at_once(&self, visitor: &Visitor, meaning: &Meaning) -> Result<(), Problem> {
        refuse_long(meaning.deed.reason.as_deref())?;
        let Some(wish) = &meaning.wish else {
            return Ok(());
        };
        let asker = proven(&self.with_approvals(visitor, wish));
        match self.decided(&asker, wish)? {
            decision @ Decision::Refused { .. } => {
                let problem = forbidden(&decision);
                self.record_refusal(&meaning.deed, &problem)?;
                Err(problem)
            }
            decision @ Decision::NeedsApproval { .. } => Err(approval_needed(&decision)),
            Decision::Allowed { .. } | Decision::NeedsStepUp { .. } => Ok(()),
        }
    }

    pub(super) fn record_refusal(&self, deed: &Deed, problem: &Problem) -> Result<(), Problem> {
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
        proof: Option<(&Proof, Purpose)>,
    ) -> Result<Granted, Problem> {
        let mut asker = match &meaning.wish {
            Some(wish) => self.with_approvals(visitor, wish),
            None => visitor.asker.clone(),
        };
        // Nobody uses up a factor where another one is demanded.
        asker
            .shown
            .extend(proof.map(|(proof, _)| (kind_of(proof), 0)));
        if let Some(wish) = &meaning.wish
            && let Decision::NeedsStepUp { demand, .. } = self.decided(&asker, wish)?
        {
            return Err(factor_needed(meaning, &demand.factors));
        }
        if meaning.needs_proof && proof.is_none() {
            return Err(factor_needed(meaning, &BTreeSet::new()));
        }
        if let Some((proof, purpose)) = proof {
            let who = (&visitor.asker.name, &visitor.session);
            let shown = self.try_factor(who, proof, purpose, &visitor.client)?;
            asker.shown = [(shown.factor(), 0)].into();
        }
        let Some(wish) = &meaning.wish else {
            return Ok(Granted::default());
        };
        match self.decided(&asker, wish)? {
            Decision::Allowed { rule, broke_glass } => Ok(Granted {
                rule: Some(rule),
                broke_glass,
            }),
            Decision::NeedsStepUp { demand, .. } => Err(factor_needed(meaning, &demand.factors)),
            decision @ Decision::NeedsApproval { .. } => Err(approval_needed(&decision)),
            decision @ Decision::Refused { .. } => Err(forbidden(&decision)),
        }
    }

    /// With the consent that others gave to the very plan.
    fn with_approvals(&self, visitor: &Visitor, wish: &Wish) -> Asker {
        let mut asker = visitor.asker.clone();
        let digest = wish.digest.as_deref().unwrap_or_default();
        asker.approvals = self.approvals.given(&asker.name, digest, now());
        asker
    }

    pub(super) fn decided(&self, asker: &Asker, wish: &Wish) -> Result<Decision, Problem> {
        let policy = self.policy().map_err(|trouble| trouble.problem())?;
        Ok(policy.decide(asker, wish))
    }
}

/// The same person, with every second factor that there is.
pub(super) fn proven(asker: &Asker) -> Asker {
    let shown = [Factor::Totp, Factor::Passkey].map(|factor| (factor, 0));
    Asker {
        shown: shown.into(),
        ..asker.clone()
    }
}

fn approval_needed(decision: &Decision) -> Problem {
    Problem::new(ProblemKind::ApprovalNeeded, decision.to_string())
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

fn kind_of(proof: &Proof) -> Factor {
    match proof {
        Proof::Totp(_) => Factor::Totp,
        Proof::Passkey(_) => Factor::Passkey,
    }
}

/// Any one of those that are demanded, or any at all.
fn factor_needed(meaning: &Meaning, demanded: &BTreeSet<Factor>) -> Problem {
    let what = match demanded.first() {
        Some(Factor::Passkey) if demanded.len() == 1 => "passkey",
        _ => "second factor",
    };
    let message = format!("{} needs your {what}", meaning.sentence);
    Problem::new(ProblemKind::SecondFactorNeeded, message)
}

fn forbidden(decision: &Decision) -> Problem {
    Problem::new(ProblemKind::Forbidden, decision.to_string())
        .hint("ask somebody of a group that may")
}
