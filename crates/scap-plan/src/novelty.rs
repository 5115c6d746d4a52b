//! What a plan brings that was not there before: by this a version is known again that was once rolled back.

use crate::{Observation, Plan, Step, StepKind};
use std::collections::BTreeSet;

impl Plan {
    /// The commits and images that no target ran when the plan was made; where a release changes nothing but its
    /// settings, the digest of its manifest.
    pub fn novelties(&self) -> BTreeSet<String> {
        self.steps.iter().flat_map(Step::novelties).collect()
    }
}

impl Step {
    fn novelties(&self) -> Vec<String> {
        match &self.kind {
            StepKind::HostGroup(group) => vec![group.revision.clone()],
            StepKind::Release(release) => {
                let Some(rendering) = &release.rendering else {
                    return Vec::new();
                };
                let ran: &[String] = match &self.before {
                    Some(Observation::Release(before)) => &before.images,
                    _ => &[],
                };
                let images = rendering.images.iter();
                let new: Vec<String> = images
                    .filter(|image| !ran.contains(image))
                    .cloned()
                    .collect();
                if new.is_empty() {
                    vec![format!("manifest {}", rendering.manifest_digest)]
                } else {
                    new
                }
            }
        }
    }
}
