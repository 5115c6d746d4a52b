//! Who looks, and what they may do at all.

use crate::clock::now;
use crate::spiderpig::Porter;
use crate::spiderpig::visitor::of_control;
use scap_plan::{Factor, GroupName, PersonName, Right};
use scap_run::UnixMillis;
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_control::{Session, SessionId, SessionLine, WholeSession};
use spiderpig_protocol::{Problem, ProblemKind};
use std::collections::BTreeSet;

#[derive(Serialize, JsonSchema)]
pub(super) struct Me {
    sign: Sign,
    person: Option<PersonName>,
    /// The identity provider's name.
    provider: String,
    groups: BTreeSet<GroupName>,
    /// Those over everything that the policy gives, with whatever proof it demands.
    rights: BTreeSet<Right>,
    /// Goes along with the first message of a live connection: no other site can read it.
    #[schemars(with = "Option<String>")]
    live_token: Option<SessionId>,
    factors: Vec<FactorView>,
    sessions: Vec<SessionView>,
}

#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sign {
    In,
    FirstFactorOnly,
    Out,
}

#[derive(Serialize, JsonSchema)]
struct FactorView {
    id: String,
    kind: Factor,
    name: String,
    added: UnixMillis,
    used: Option<UnixMillis>,
}

/// A session as its person, or an admin, sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct SessionView {
    #[schemars(with = "String")]
    id: SessionId,
    person: PersonName,
    is_this: bool,
    from: String,
    /// Such as `Firefox on Linux`.
    device: String,
    since: UnixMillis,
    seen: UnixMillis,
}

impl SessionView {
    pub(super) fn new(line: SessionLine, this: &SessionId) -> Self {
        Self {
            is_this: line.id == *this,
            from: line.address.map_or_else(String::new, |it| it.to_string()),
            device: line.device.to_string(),
            since: line.began,
            seen: line.seen,
            id: line.id,
            person: line.person,
        }
    }
}

impl Porter {
    pub(super) async fn me(&self, token: Option<&str>) -> Result<Me, Problem> {
        match self.session(token) {
            Ok(Session::Whole(session)) => self.signed_in(session).await,
            Ok(Session::Half(session)) => Ok(Me {
                sign: Sign::FirstFactorOnly,
                person: Some(session.person),
                ..self.nobody()
            }),
            Err(problem) if problem.kind == ProblemKind::SignedOut => Ok(self.nobody()),
            Err(problem) => Err(problem),
        }
    }

    fn nobody(&self) -> Me {
        Me {
            sign: Sign::Out,
            person: None,
            provider: self.configuration.sign_in.name.clone(),
            groups: BTreeSet::new(),
            rights: BTreeSet::new(),
            live_token: None,
            factors: Vec::new(),
            sessions: Vec::new(),
        }
    }

    async fn signed_in(&self, session: WholeSession) -> Result<Me, Problem> {
        let asker = self.asker(&session).await?;
        let is_own = |person: &PersonName| *person == session.person;
        let people = self.identity.people(now()).map_err(of_control)?;
        let factors = people.into_iter().filter(|line| is_own(&line.person));
        let sessions = self.identity.sessions(now()).map_err(of_control)?;
        let sessions = sessions.into_iter().filter(|line| is_own(&line.person));
        Ok(Me {
            sign: Sign::In,
            rights: self.rights_over_everything(&asker),
            groups: asker.groups,
            live_token: Some(session.id.clone()),
            factors: factors
                .flat_map(|line| line.factors)
                .map(|line| factor(&line))
                .collect(),
            sessions: sessions
                .map(|line| SessionView::new(line, &session.id))
                .collect(),
            person: Some(session.person),
            ..self.nobody()
        })
    }
}

fn factor(line: &spiderpig_control::FactorLine) -> FactorView {
    FactorView {
        id: line.factor.to_string(),
        kind: line.kind,
        name: line.name.clone().unwrap_or_else(|| "codes".to_owned()),
        added: line.since,
        used: line.used,
    }
}
