//! Plans that need a second person: kept as they were shown, until one agrees, for as long as plans are. A restart forgets them.

use super::documents::PlanDocument;
use crate::control::PLAN_PATIENCE;
use scap_plan::{GroupName, PersonName, ServiceName};
use scap_run::UnixMillis;
use spiderpig_control::{Approval, Asker};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whoever comes then pushes the oldest out.
const MOST: usize = 500;

/// Whose plan, and which.
type Key = (PersonName, String);

#[derive(Default)]
pub(super) struct Approvals(Mutex<BTreeMap<Key, Unapproved>>);

/// A plan that one of a group has to agree with.
#[derive(Clone)]
pub(super) struct Unapproved {
    pub(super) person: PersonName,
    pub(super) digest: String,
    pub(super) service: ServiceName,
    pub(super) group: GroupName,
    /// As its person was shown it.
    pub(super) document: Arc<PlanDocument>,
    pub(super) shown: UnixMillis,
    /// Since its person asked for it; only then others see it.
    pub(super) asked: Option<UnixMillis>,
    pub(super) reason: Option<String>,
    pub(super) approvals: Vec<Approval>,
}

impl Unapproved {
    /// Whether somebody may agree: one of the group, and never the plan's own person.
    pub(super) fn may_approve(&self, asker: &Asker) -> bool {
        asker.name != self.person && asker.groups.contains(&self.group)
    }

    pub(super) fn approved_by(&self) -> Vec<PersonName> {
        let approvals = self.approvals.iter();
        approvals.map(|approval| approval.person.clone()).collect()
    }
}

impl Approvals {
    /// Keeps a plan that was shown, with what was asked and given for it before.
    pub(super) fn keep(&self, mut plan: Unapproved) {
        let mut kept = self.kept(plan.shown);
        let key = (plan.person.clone(), plan.digest.clone());
        if let Some(before) = kept.remove(&key) {
            (plan.asked, plan.reason) = (before.asked, before.reason);
            plan.approvals = before.approvals;
        }
        if kept.len() >= MOST {
            let oldest = kept.iter().min_by_key(|(_, plan)| plan.shown);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|oldest| kept.remove(&oldest));
        }
        kept.insert(key, plan);
    }

    /// Lets others see it; whether there is one.
    pub(super) fn ask(&self, key: &Key, reason: Option<String>, now: UnixMillis) -> bool {
        let mut kept = self.kept(now);
        let Some(plan) = kept.get_mut(key) else {
            return false;
        };
        (plan.asked, plan.reason) = (Some(now), reason);
        true
    }

    /// One that its person asked for.
    pub(super) fn asked(&self, key: &Key, now: UnixMillis) -> Option<Unapproved> {
        let kept = self.kept(now);
        kept.get(key).filter(|plan| plan.asked.is_some()).cloned()
    }

    /// All that were asked for, the oldest first.
    pub(super) fn all_asked(&self, now: UnixMillis) -> Vec<Unapproved> {
        let kept = self.kept(now);
        let asked = kept.values().filter(|plan| plan.asked.is_some());
        let mut asked: Vec<Unapproved> = asked.cloned().collect();
        asked.sort_by_key(|plan| plan.asked);
        asked
    }

    /// Takes somebody's consent in, with the groups that they are in at this moment.
    pub(super) fn approve(&self, key: &Key, asker: &Asker, now: UnixMillis) {
        if let Some(plan) = self.kept(now).get_mut(key) {
            plan.approvals.retain(|given| given.person != asker.name);
            plan.approvals.push(Approval {
                person: asker.name.clone(),
                groups: asker.groups.clone(),
                digest: plan.digest.clone(),
            });
        }
    }

    /// What was given for a plan of this person.
    pub(super) fn given(
        &self,
        person: &PersonName,
        digest: &str,
        now: UnixMillis,
    ) -> Vec<Approval> {
        let kept = self.kept(now);
        let plan = kept.get(&(person.clone(), digest.to_owned()));
        plan.map(|plan| plan.approvals.clone()).unwrap_or_default()
    }

    /// A plan that was deployed is approved no more.
    pub(super) fn use_up(&self, person: &PersonName, digest: &str, now: UnixMillis) {
        self.kept(now).remove(&(person.clone(), digest.to_owned()));
    }

    fn kept(&self, now: UnixMillis) -> MutexGuard<'_, BTreeMap<Key, Unapproved>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = u64::try_from(PLAN_PATIENCE.as_millis()).unwrap_or(u64::MAX);
        kept.retain(|_, plan| plan.shown.until(now) < patience);
        kept
    }
}
