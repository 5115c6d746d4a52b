//! A session by what it may do: with the first factor alone nothing but show a second one.

use super::{Device, SessionId};
use crate::Asker;
use scap_plan::{Factor, GroupName, PersonName};
use scap_run::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// How long things last, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A session of which nobody has heard for so long is over.
    pub idle: u64,
    /// No session is older.
    pub absolute: u64,
    /// How long the second factor may take.
    pub half: u64,
    /// How old what is known of a person's groups may be.
    pub groups: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: HOUR,
            absolute: 12 * HOUR,
            half: 5 * MINUTE,
            groups: MINUTE,
        }
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    Half(HalfSession),
    Whole(WholeSession),
}

/// Signed in with the first factor only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfSession {
    pub id: SessionId,
    pub person: PersonName,
    pub ends: UnixMillis,
}

/// Signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeSession {
    pub id: SessionId,
    pub person: PersonName,
    /// When it ends if nobody is heard of any more.
    pub ends: UnixMillis,
    groups: BTreeSet<GroupName>,
    groups_read: UnixMillis,
    /// How old they may be, in milliseconds.
    groups_valid: u64,
    shown: BTreeMap<Factor, UnixMillis>,
}

/// Why somebody is signed in no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionEnd {
    /// Never begun, ended by somebody, or known by another token since.
    #[error("this session is over")]
    Unknown,
    #[error("this session was idle for too long")]
    Idle,
    #[error("this session is too old")]
    Old,
    #[error("this session has no second factor yet")]
    Half,
    /// They must be read again first.
    #[error("the person's groups were read too long ago")]
    GroupsOld,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) is_whole: bool,
    pub(super) began: UnixMillis,
    pub(super) seen: UnixMillis,
    pub(super) address: Option<IpAddr>,
    #[serde(default)]
    pub(super) device: Device,
    pub(super) groups: BTreeSet<GroupName>,
    pub(super) groups_read: UnixMillis,
    /// When each second factor was shown last.
    pub(super) shown: BTreeMap<Factor, UnixMillis>,
}

impl Kept {
    /// When no word of the person can save it any more.
    pub(super) fn last_end(&self, limits: &Limits) -> UnixMillis {
        let longest = if self.is_whole {
            limits.absolute
        } else {
            limits.half
        };
        self.began.after(longest)
    }

    pub(super) fn open(
        &self,
        (id, person): (&SessionId, &PersonName),
        limits: &Limits,
        now: UnixMillis,
    ) -> Result<Session, SessionEnd> {
        let (last, idle) = (self.last_end(limits), self.seen.after(limits.idle));
        if now >= last {
            return Err(SessionEnd::Old);
        }
        if now >= idle {
            return Err(SessionEnd::Idle);
        }
        let (id, person, ends) = (id.clone(), person.clone(), last.min(idle));
        Ok(if self.is_whole {
            Session::Whole(WholeSession {
                id,
                person,
                ends,
                groups: self.groups.clone(),
                groups_read: self.groups_read,
                groups_valid: limits.groups,
                shown: self.shown.clone(),
            })
        } else {
            Session::Half(HalfSession { id, person, ends })
        })
    }
}

impl Session {
    /// The only way to do anything: not with the first factor alone.
    pub fn whole(self) -> Result<WholeSession, SessionEnd> {
        match self {
            Self::Whole(session) => Ok(session),
            Self::Half(_) => Err(SessionEnd::Half),
        }
    }

    pub fn id(&self) -> &SessionId {
        match self {
            Self::Half(session) => &session.id,
            Self::Whole(session) => &session.id,
        }
    }

    pub fn person(&self) -> &PersonName {
        match self {
            Self::Half(session) => &session.person,
            Self::Whole(session) => &session.person,
        }
    }
}

impl WholeSession {
    /// Who asks, for the policy. Groups that were read too long ago must be read again first.
    pub fn asker(&self, now: UnixMillis) -> Result<Asker, SessionEnd> {
        self.asker_within(self.groups_valid, now)
    }

    /// As [`Self::asker`], by groups that were read at most so many milliseconds ago: for those of a provider that cannot be
    /// asked again.
    pub fn asker_within(&self, groups_valid: u64, now: UnixMillis) -> Result<Asker, SessionEnd> {
        if now >= self.groups_read.after(groups_valid) {
            return Err(SessionEnd::GroupsOld);
        }
        let mut asker = Asker::new(self.person.clone(), self.groups.clone());
        let ago = |at: &UnixMillis| at.until(now).div_ceil(SECOND);
        asker.shown = self
            .shown
            .iter()
            .map(|(factor, at)| (*factor, ago(at)))
            .collect();
        Ok(asker)
    }
}
