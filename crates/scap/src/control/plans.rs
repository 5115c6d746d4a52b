//! Plans that people were shown and may say yes to.

use crate::trouble::Trouble;
use scap_plan::Plan;
use scap_run::Failure;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a plan waits for its person. What runs meanwhile is looked at again by the run's preflight.
pub(crate) const PATIENCE: Duration = Duration::from_hours(1);
/// Whoever plans more than this forgets the oldest.
const MOST: usize = 1_000;

/// By person and digest.
#[derive(Default)]
pub(super) struct Plans(Mutex<HashMap<(String, String), Kept>>);

struct Kept {
    since: Instant,
    plan: Plan,
}

impl Plans {
    pub(super) fn keep(&self, person: &str, plan: &Plan) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|_, kept| kept.since.elapsed() < PATIENCE);
        if plans.len() >= MOST {
            let oldest = plans.iter().min_by_key(|(_, kept)| kept.since);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|oldest| plans.remove(&oldest));
        }
        let kept = Kept {
            since: Instant::now(),
            plan: plan.clone(),
        };
        plans.insert((person.to_owned(), plan.digest()), kept);
    }

    pub(super) fn find(&self, person: &str, digest: &str) -> Result<Plan, Trouble> {
        let plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (person.to_owned(), digest.to_owned());
        let kept = plans.get(&key).map(|kept| kept.plan.clone());
        kept.ok_or_else(|| {
            Failure::failed("the plan is not known any more")
                .hint("plan again: something may have changed since")
                .into()
        })
    }
}
