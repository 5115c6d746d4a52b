//! What an act means: which right it needs, what is written down, and what a second factor is asked for.

use crate::spiderpig::Porter;
use crate::spiderpig::visitor::Visitor;
use scap_plan::Right;
use scap_run::RunId;
use spiderpig_control::{Act as Deeds, Deed, Target, Wish};
use spiderpig_protocol::{Act, Problem, ProblemKind, RunAct};

/// An act, as the policy and the audit see it.
pub(super) struct Meaning {
    /// None where nobody needs a right for it.
    pub(super) wish: Option<Wish>,
    pub(super) deed: Deed,
    /// What a second factor is asked for.
    pub(super) sentence: String,
    /// Whether nothing of it is done without one, whatever the policy says.
    pub(super) needs_proof: bool,
}

impl Meaning {
    /// Done to somebody.
    fn to(mut self, who: &str) -> Self {
        self.deed.to = Some(who.to_owned());
        self
    }

    fn of_service(mut self, name: &str) -> Self {
        self.deed.service = Some(name.to_owned());
        self
    }
}

impl Porter {
    pub(super) fn meaning(&self, visitor: &Visitor, act: &Act) -> Result<Meaning, Problem> {
        let everything = |right, deeds, reason: &String, sentence| {
            let mut deed = visitor.deed(deeds);
            deed.reason = Some(reason.clone());
            Meaning {
                wish: Some(Wish::new(right, Target::Everything)),
                deed,
                sentence,
                needs_proof: true,
            }
        };
        Ok(match act {
            Act::Deploy {
                digest,
                reason,
                break_glass,
            } => {
                let mut meaning = self.meaning_of_deploy(visitor, digest, reason.as_ref())?;
                if *break_glass {
                    demand_reason(reason.as_deref())?;
                }
                let wish = meaning.wish.as_mut();
                wish.expect("it has one").breaks_glass = *break_glass;
                meaning
            }
            // It starts nothing: whoever agrees shows a factor, and so does whoever deploys.
            Act::AskApproval { digest, reason } => {
                let meaning = self.meaning_of_deploy(visitor, digest, reason.as_ref())?;
                let mut deed = meaning.deed;
                deed.act = Deeds::ApprovalAsked;
                Meaning {
                    wish: None,
                    deed,
                    sentence: String::new(),
                    needs_proof: false,
                }
            }
            Act::Approve { digest, person } => {
                let key = (person.clone(), digest.clone());
                let plan = self.to_be_approved(&visitor.asker, &key)?;
                let mut deed = visitor.deed(Deeds::Approved);
                deed.service = Some(plan.service.to_string());
                deed.digest = Some(digest.clone());
                deed.reason = plan.reason;
                let meaning = Meaning {
                    wish: None,
                    deed,
                    sentence: format!("Agreeing with {person}’s plan for {}", plan.service),
                    needs_proof: true,
                };
                meaning.to(person.as_str())
            }
            Act::Run { run, request } => self.meaning_for_run(visitor, *run, request)?,
            // One that ends soon would end one that does not.
            Act::Freeze { reason, .. } => {
                let sentence = "Freezing all deployments".to_owned();
                everything(Right::Freeze, Deeds::Frozen, reason, sentence)
            }
            Act::Thaw { reason } => {
                let sentence = "Ending the freeze".to_owned();
                everything(Right::Thaw, Deeds::Thawed, reason, sentence)
            }
            Act::Unlock { key, reason } => {
                let sentence = format!("Giving back the lock {key}");
                everything(Right::Administer, Deeds::Unlocked, reason, sentence).of_service(key)
            }
            Act::Ban { person, reason, .. } => {
                let sentence = format!("Banning {person}");
                everything(Right::Ban, Deeds::Banned, reason, sentence).to(person.as_str())
            }
            Act::Unban { person, reason } => {
                let sentence = format!("Lifting the ban of {person}");
                everything(Right::Ban, Deeds::Unbanned, reason, sentence).to(person.as_str())
            }
            Act::LogOutPerson { person, reason } => {
                let who = person.as_ref().map_or("everyone", |person| person.as_str());
                let sentence = format!("Logging out {who}");
                everything(Right::LogOut, Deeds::LoggedOut, reason, sentence).to(who)
            }
            Act::LogOut { .. } => Meaning {
                wish: None,
                deed: visitor.deed(Deeds::LoggedOut),
                sentence: String::new(),
                needs_proof: false,
            },
        })
    }

    fn meaning_of_deploy(
        &self,
        visitor: &Visitor,
        digest: &str,
        reason: Option<&String>,
    ) -> Result<Meaning, Problem> {
        let plan = self.desk.shown_plan(visitor.name(), digest);
        let plan = plan.map_err(|trouble| trouble.problem())?;
        let is_rollback = plan.is_restoring();
        let (right, deeds, verb) = if is_rollback {
            (Right::Rollback, Deeds::RolledBack, "Rolling back")
        } else {
            (Right::Deploy, Deeds::Deployed, "Deploying")
        };
        let mut wish = Wish::new(right, self.target(&plan));
        wish.digest = Some(digest.to_owned());
        let mut deed = visitor.deed(deeds);
        deed.service = Some(plan.service.to_string());
        deed.digest = Some(digest.to_owned());
        deed.reason = reason.cloned();
        Ok(Meaning {
            wish: Some(wish),
            deed,
            sentence: format!("{verb} {}", plan.service),
            needs_proof: true,
        })
    }

    fn meaning_for_run(
        &self,
        visitor: &Visitor,
        run: RunId,
        request: &RunAct,
    ) -> Result<Meaning, Problem> {
        let state = self.board.state(&self.desk.journal, run)?;
        self.may_see(&visitor.asker, &state.plan.service)?;
        let is_own = state.person == visitor.name();
        let of_service = |right| Some(Wish::new(right, self.target(&state.plan)));
        let everything = |right| Some(Wish::new(right, Target::Everything));
        let what = format!("run {run} of {}", state.plan.service);
        let (wish, deeds, sentence, needs_proof) = match request {
            RunAct::Answer { choice, .. } => (
                of_service(Right::Answer),
                Deeds::Answered,
                format!("Answering “{choice}” to {what}"),
                true,
            ),
            // Turning back must be as easy as possible.
            RunAct::Abort { .. } => (
                of_service(Right::Abort),
                Deeds::Aborted,
                String::new(),
                false,
            ),
            RunAct::Resume {} => (
                of_service(Right::Answer),
                Deeds::Answered,
                format!("Going on with {what}"),
                true,
            ),
            RunAct::Cancel {} if is_own => (
                of_service(Right::Abort),
                Deeds::Aborted,
                String::new(),
                false,
            ),
            RunAct::Cancel {} => (
                everything(Right::EditQueue),
                Deeds::QueueEdited,
                format!("Taking {what} out of the queue"),
                true,
            ),
            RunAct::HandOver { to } => {
                let is_concerned = is_own || *to == visitor.asker.name;
                let wish = if is_concerned {
                    of_service(Right::Answer)
                } else {
                    everything(Right::EditQueue)
                };
                let sentence = format!("Handing {what} over to {to}");
                (wish, Deeds::HandedOver, sentence, true)
            }
            RunAct::Finish {} => (
                of_service(Right::Answer),
                Deeds::Finished,
                format!("Ending the watch of {what}"),
                true,
            ),
            RunAct::Move { .. } => (
                everything(Right::EditQueue),
                Deeds::QueueEdited,
                format!("Giving {what} another turn"),
                true,
            ),
            RunAct::Unmask { reason, .. } if reason.trim().is_empty() => {
                let message = "to see what is masked needs a reason";
                return Err(Problem::new(ProblemKind::Invalid, message));
            }
            RunAct::Unmask { .. } => (
                of_service(Right::Unmask),
                Deeds::Unmasked,
                format!("Seeing what {what} printed, without the mask"),
                true,
            ),
            RunAct::Unbar { .. } => (
                everything(Right::Administer),
                Deeds::Administered,
                format!("Letting the version of {what} be deployed again"),
                true,
            ),
        };
        let mut deed = visitor.deed(deeds);
        deed.service = Some(state.plan.service.to_string());
        deed.run = Some(run);
        if let RunAct::HandOver { to } = request {
            deed.to = Some(to.to_string());
        }
        deed.reason = reason_of(request);
        Ok(Meaning {
            wish,
            deed,
            sentence,
            needs_proof,
        })
    }
}

/// Whoever goes on alone says why.
fn demand_reason(reason: Option<&str>) -> Result<(), Problem> {
    if reason.is_some_and(|reason| !reason.trim().is_empty()) {
        return Ok(());
    }
    let message = "going on without a second person needs a reason";
    Err(Problem::new(ProblemKind::Invalid, message))
}

fn reason_of(request: &RunAct) -> Option<String> {
    match request {
        RunAct::Answer { choice, .. } => Some(choice.to_string()),
        RunAct::Abort { reason, .. } => reason.clone(),
        RunAct::Unbar { reason } | RunAct::Unmask { reason, .. } => Some(reason.clone()),
        RunAct::Move { before } => Some(match before {
            Some(before) => format!("before run {before}"),
            None => "last".to_owned(),
        }),
        RunAct::HandOver { .. } | RunAct::Finish {} | RunAct::Resume {} | RunAct::Cancel {} => None,
    }
}
