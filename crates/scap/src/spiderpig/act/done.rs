//! Acts that may be done: asked of the desk, or of those who keep people.

use crate::clock::now;
use crate::control::verb::{
    Deploy, Freeze, LeaveRequest, MoveInQueue, RawOutput, ReadReply, Resume, SummarizeRun, Thaw,
    Unbar, UnlockService,
};
use crate::requests::settled;
use crate::spiderpig::Porter;
use crate::spiderpig::documents::body;
use crate::spiderpig::visitor::{Visitor, of_control};
use crate::trouble::Trouble;
use scap_journal::{Request, RequestId};
use scap_plan::{Period, PersonName};
use scap_run::{AbortKind, RunId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use spiderpig_control::{Act as Deeds, Ban, ControlError, Deed, SessionId};
use spiderpig_protocol::{Act, Problem, ProblemKind, RunAct};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long somebody waits for a run to take their request in.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(50);

/// A run was made, and may have to wait for its turn.
#[derive(Serialize, JsonSchema)]
pub(in crate::spiderpig) struct Deployed {
    run: RunId,
}

/// A session is over.
#[derive(Serialize, JsonSchema)]
pub(in crate::spiderpig) struct LoggedOut {
    /// Whether it was the one that asked.
    is_this: bool,
}

/// What the programs of a run printed, as they did.
#[derive(Serialize, JsonSchema)]
pub(in crate::spiderpig) struct Unmasked {
    programs: Vec<RawOutput>,
}

/// What was asked of a run was done.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the shape of what is answered, one by one")]
pub(in crate::spiderpig) enum RunAnswer {
    Unmasked(Unmasked),
    Done(Done),
}

/// There is nothing more to say.
#[derive(Serialize, JsonSchema)]
pub(in crate::spiderpig) struct Done {}

impl Porter {
    pub(super) async fn carry_out(&self, visitor: &Visitor, act: Act) -> Result<Value, Problem> {
        let name = visitor.name();
        match act {
            Act::Deploy { digest, reason, .. } => self.deploy(visitor, digest, reason).await,
            Act::AskApproval { digest, reason } => {
                let key = (visitor.asker.name.clone(), digest);
                if !self.approvals.ask(&key, reason, now()) {
                    let message = "this plan needs nobody else";
                    return Err(Problem::new(ProblemKind::Invalid, message));
                }
                self.shared.look_again();
                Ok(body(Done {}))
            }
            Act::Approve { digest, person } => {
                self.approvals
                    .approve(&(person, digest), &visitor.asker, now());
                self.shared.look_again();
                Ok(body(Done {}))
            }
            Act::Run { run, request } => self.ask_run(name, run, request).await,
            Act::Freeze { reason, until } => {
                if until.is_some_and(|until| until <= now()) {
                    let message = "the freeze would be over already";
                    return Err(Problem::new(ProblemKind::Invalid, message));
                }
                let period = until.map(|until| now().until(until));
                let period = period.map(Duration::from_millis).map(Period::from);
                let freeze = Freeze { reason, period };
                self.desk.ask(name, freeze).await.map_err(problem)?;
                Ok(body(Done {}))
            }
            Act::Thaw { .. } => {
                self.desk.ask(name, Thaw {}).await.map_err(problem)?;
                Ok(body(Done {}))
            }
            Act::Unlock { key, .. } => {
                let service = key.strip_prefix("service/").unwrap_or(&key).to_owned();
                let unlock = UnlockService { service };
                self.desk.ask(name, unlock).await.map_err(problem)?;
                Ok(body(Done {}))
            }
            Act::Ban {
                person,
                reason,
                until,
            } => {
                let ban = Ban {
                    by: name.to_owned(),
                    reason,
                    since: now(),
                    until,
                };
                done(self.identity.ban(&person, &ban))
            }
            Act::Unban { person, .. } => done(self.identity.unban(&person, now())),
            Act::LogOutPerson { person, .. } => done(match person {
                Some(person) => self.identity.log_out_person(&person),
                None => self.identity.log_out_everyone(),
            }),
            Act::LogOut { session } => self.log_out(visitor, session),
        }
    }

    async fn deploy(
        &self,
        visitor: &Visitor,
        digest: String,
        reason: Option<String>,
    ) -> Result<Value, Problem> {
        let deploy = Deploy {
            // Whoever has to wait is asked when it is their turn: they may have gone home.
            approved: !self.must_wait(visitor, &digest)?,
            digest: digest.clone(),
            reason,
            waits_for_locks: true,
        };
        let run = self
            .desk
            .ask(visitor.name(), deploy)
            .await
            .map_err(problem)?;
        self.approvals.use_up(&visitor.asker.name, &digest, now());
        let created = Deed {
            run: Some(run),
            digest: Some(digest),
            ..visitor.deed(Deeds::CreatedRun)
        };
        self.audit.record(&created, now()).map_err(of_control)?;
        Ok(body(Deployed { run }))
    }

    /// Only of the person's own.
    fn log_out(&self, visitor: &Visitor, session: Option<String>) -> Result<Value, Problem> {
        let session = session.map_or(visitor.session.clone(), SessionId::of_text);
        let sessions = self.identity.sessions(now()).map_err(of_control)?;
        let is_own = sessions
            .iter()
            .any(|line| line.id == session && line.person == visitor.asker.name);
        if !is_own {
            let message = "you have no such session";
            return Err(Problem::new(ProblemKind::NotFound, message));
        }
        self.identity.log_out(&session).map_err(of_control)?;
        let is_this = session == visitor.session;
        Ok(body(LoggedOut { is_this }))
    }

    async fn ask_run(&self, name: &str, run: RunId, act: RunAct) -> Result<Value, Problem> {
        let request = match act {
            RunAct::Answer { question, choice } => Request::Answer { question, choice },
            RunAct::Abort { kind, reason } => Request::Abort { kind, reason },
            RunAct::Cancel {} => Request::Abort {
                kind: AbortKind::Stop,
                reason: Some("taken out of the queue".to_owned()),
            },
            RunAct::HandOver { to } => {
                self.must_be_known(&to)?;
                let to = to.to_string();
                Request::HandOver { to }
            }
            RunAct::Finish {} => Request::Finish,
            RunAct::Move { before } => {
                let turn = MoveInQueue { run, before };
                self.desk.ask(name, turn).await.map_err(problem)?;
                return Ok(body(Done {}));
            }
            RunAct::Resume {} => {
                self.desk.ask(name, Resume { run }).await.map_err(problem)?;
                return Ok(body(Done {}));
            }
            RunAct::Unmask { step, .. } => {
                let desk = Arc::clone(&self.desk);
                let read = tokio::task::spawn_blocking(move || desk.raw_output(run, step));
                let output = read.await.expect("reading files does not panic");
                let programs = output.map_err(problem)?;
                return Ok(body(Unmasked { programs }));
            }
            RunAct::Unbar { reason } => {
                let unbar = Unbar { run, reason };
                self.desk.ask(name, unbar).await.map_err(problem)?;
                return Ok(body(Done {}));
            }
        };
        let left = self.desk.ask(name, LeaveRequest { run, request });
        let request = left.await.map_err(problem)?;
        self.wait_for_reply(name, run, request).await
    }

    /// Nobody would see to a run of somebody whose name is mistyped.
    fn must_be_known(&self, person: &PersonName) -> Result<(), Problem> {
        let people = self.identity.people(now()).map_err(of_control)?;
        if people.iter().any(|known| known.person == *person) {
            return Ok(());
        }
        let message = format!("nobody called `{person}` has ever signed in here");
        Err(Problem::new(ProblemKind::NotFound, message))
    }

    /// Waits until the run's runner has taken a request in.
    async fn wait_for_reply(
        &self,
        name: &str,
        run: RunId,
        request: RequestId,
    ) -> Result<Value, Problem> {
        let until = Instant::now() + PATIENCE;
        loop {
            // Looked at before the reply: what was granted may end the run at once, and stays granted.
            let summary = self.desk.ask(name, SummarizeRun { run }).await;
            let summary = summary.map_err(problem)?;
            let reply = self.desk.ask(name, ReadReply { request }).await;
            match settled(&summary, reply.map_err(problem)?) {
                Some(Ok(())) => return Ok(body(Done {})),
                Some(Err(why)) => return Err(Problem::new(ProblemKind::Refused, why)),
                // It is kept, and its runner takes it in when it is there.
                None if Instant::now() > until => return Ok(body(Done {})),
                None => tokio::time::sleep(AGAIN).await,
            }
        }
    }
}

/// Nobody at a browser needs to know more of it.
fn done<T>(kept: Result<T, ControlError>) -> Result<Value, Problem> {
    kept.map_err(of_control)?;
    Ok(body(Done {}))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn problem(trouble: Trouble) -> Problem {
    trouble.problem()
}
