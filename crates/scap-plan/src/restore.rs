//! The plan that brings back what ran before another one: the same waves and tests, without a new canary's evidence.

use crate::{Gate, Observation, Plan, RestoredRevision, Step, StepKind};

/// Why a step is in such a plan.
const REASON: &str = "brings back what ran before";

/// Why what ran before cannot be brought back by a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    #[error("nothing ran at `{0}` before")]
    NothingBefore(String),
    #[error("different revisions ran on the hosts of `{0}` before")]
    Mixed(String),
}

/// Makes the plan that undoes `plan` after it has ended: known versions need no evidence, but they need their tests.
pub fn restoring(plan: &Plan) -> Result<Plan, RestoreError> {
    let mut back = plan.clone();
    for step in &mut back.steps {
        restore(step)?;
    }
    for wave in &mut back.waves {
        wave.gates.retain(|gate| matches!(gate, Gate::Tests { .. }));
    }
    Ok(back)
}

impl Plan {
    /// Whether it brings back what ran before.
    pub fn is_restoring(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.reason == REASON)
    }
}

fn restore(step: &mut Step) -> Result<(), RestoreError> {
    let name = step.to_string();
    match (&mut step.kind, step.before.take()) {
        (StepKind::HostGroup(group), Some(Observation::HostGroup { hosts })) => {
            let mut revisions: Vec<Option<String>> =
                hosts.into_values().map(|host| host.revision).collect();
            revisions.dedup();
            match revisions.as_mut_slice() {
                [Some(revision)] => group.revision = std::mem::take(revision),
                [] | [None] => return Err(RestoreError::NothingBefore(name)),
                _ => return Err(RestoreError::Mixed(name)),
            }
        }
        (StepKind::Release(release), Some(Observation::Release(before))) => {
            let version = Observation::Release(before.clone()).version();
            let revision = before
                .deployed_revision
                .ok_or(RestoreError::NothingBefore(name))?;
            let manifest_digest = before
                .manifest_digest
                .filter(|_| before.revision == Some(revision));
            release.restores = Some(RestoredRevision {
                revision,
                version,
                manifest_digest,
            });
        }
        _ => return Err(RestoreError::NothingBefore(name)),
    }
    REASON.clone_into(&mut step.reason);
    Ok(())
}
