//! Where an interrupted step stands, by what is seen to run at its target.

use scap_plan::{Observation, ReleaseObservation, ReleaseStatus, Step, StepKind};

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
        (StepKind::Release(_), Observation::Release(now)) => {
            let before = match &step.before {
                Some(Observation::Release(before)) => before.revision,
                _ => None,
            };
            release_moved_on(before, now)
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

/// helm counts revisions up by one with each change and only a complete one is `deployed`.
fn release_moved_on(before: Option<u32>, now: &ReleaseObservation) -> bool {
    now.status == ReleaseStatus::Deployed && now.revision > before
}
