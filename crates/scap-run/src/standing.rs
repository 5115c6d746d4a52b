//! Where an interrupted step stands, by what is seen to run at its target.

use scap_plan::{Observation, ReleaseObservation, ReleaseStatus, ReleaseStep, Step, StepKind};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing of it was done, or only a part: doing it again ends as doing it once.
    Unfinished,
    /// All of it was done.
    Done,
}

/// Compares what is seen now with what the step wants and what was there before.
pub fn standing(step: &Step, now: &Observation) -> Standing {
    let done = match (&step.kind, now) {
        (StepKind::HostGroup(group), Observation::HostGroup { hosts }) => {
            let runs = |host: &_| {
                hosts.get(host).and_then(|seen| seen.revision.as_ref()) == Some(&group.revision)
            };
            group.hosts.iter().all(runs)
        }
        (StepKind::Release(release), Observation::Release(now)) => {
            let before = match &step.before {
                Some(Observation::Release(before)) => before.revision,
                _ => None,
            };
            release_moved_on(before, now) && has_what_is_wanted(release, now)
        }
        // An observation of the other kind says nothing about this step.
        _ => false,
    };
    if done {
        Standing::Done
    } else {
        Standing::Unfinished
    }
}

/// Whether what ran before the step runs again.
pub(crate) fn is_restored(step: &Step, now: &Observation) -> bool {
    match (&step.before, now) {
        (Some(Observation::Release(before)), Observation::Release(now)) => {
            // An undo of helm's is a newer revision of the same.
            before.status == now.status && before.manifest_digest == now.manifest_digest
        }
        (before, now) => before.as_ref() == Some(now),
    }
}

/// helm counts revisions up by one with each change and only a complete one is `deployed`.
fn release_moved_on(before: Option<u32>, now: &ReleaseObservation) -> bool {
    now.status == ReleaseStatus::Deployed && now.revision > before
}

/// Before a change that was cut off is made again, it is rolled back: that too is a newer revision, and deployed.
fn has_what_is_wanted(step: &ReleaseStep, now: &ReleaseObservation) -> bool {
    match (step.wanted_digest(), &now.manifest_digest) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(status: &str, revision: u32, digest: Option<&str>) -> serde_json::Value {
        json!({"kind": "release", "status": status, "revision": revision, "deployed_revision": null, "chart": null,
            "images": [], "manifest_digest": digest})
    }

    #[test]
    fn a_release_is_done_once_a_newer_revision_is_deployed_and_is_what_was_planned() {
        use Standing::{Done, Unfinished};
        let cases = [
            ("deployed", 7, Some("old"), Unfinished),
            ("pending", 8, Some("new"), Unfinished),
            ("deployed", 8, Some("new"), Done),
            // The rollback that comes before the second attempt.
            ("deployed", 9, Some("old"), Unfinished),
            ("deployed", 10, Some("new"), Done),
            ("deployed", 8, None, Done),
        ];
        let step = json!({
            "kind": "release", "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "eqiad",
            "canonical_environment": "eqiad", "datacenter": "eqiad", "namespace": "shop", "release": "canary",
            "directory": "services/shop", "reason": "a test", "before": seen("deployed", 7, Some("old")),
            "rendering": {"snapshot": "s", "namespace": "shop", "chart": "shop-1", "images": [], "manifest_digest": "new"},
        });
        let step: Step = serde_json::from_value(step).unwrap();
        for (status, revision, digest, expected) in cases {
            let now = serde_json::from_value(seen(status, revision, digest)).unwrap();
            assert_eq!(
                standing(&step, &now),
                expected,
                "{status} {revision} {digest:?}"
            );
        }
    }
}
