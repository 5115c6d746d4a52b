//! The order of releases, and for each the reason why it stands where it stands.

use crate::inputs::{Deployment, Service};
use crate::select::{Candidate, Origin, candidates};
use crate::selection::{Installed, Selection, SelectionError};
use crate::wave::assemble;
use crate::{
    EnvironmentType, Namespace, Plan, ReleaseName, ReleasePlace, ReleaseStep, Step, StepId,
    StepKind,
};

/// Plans the selected releases of a service in Kubernetes. Without `installed` it is a preview: environments whose
/// releases the catalog does not list have one step without a release.
pub fn plan_releases(
    service: &Service,
    selection: &Selection,
    installed: Option<&Installed>,
) -> Result<Plan, SelectionError> {
    let (deployment, candidates) = candidates(service, selection, installed)?;
    let (unchanged, mut candidates): (Vec<Candidate<'_>>, Vec<_>) = candidates
        .into_iter()
        .partition(|candidate| candidate.is_unchanged(selection));
    // The sort is stable: namespaces keep the service's order, releases their environment's.
    candidates.sort_by_key(|candidate| candidate.rank(deployment));
    let candidates = after_what_they_need(candidates, deployment);
    let steps: Vec<Step> = candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| Step {
            kind: StepKind::Release(candidate.step(deployment)),
            reason: candidate.reason(deployment, &candidates),
            needs: needs(&candidates, index),
            before: None,
        })
        .collect();
    Ok(Plan {
        service: service.name.clone(),
        cluster_group: Some(deployment.group.name.clone()),
        primary_datacenter: Some(deployment.primary_datacenter.clone()),
        waves: assemble(&steps, &service.team),
        steps,
        unchanged: unchanged.iter().filter_map(Candidate::unchanged).collect(),
        policy: service.team.policy(),
        links: service.team.links.clone(),
    })
}

/// Each after those that it needs, as far as stages and environments allow it, else as they stand. Releases that need
/// each other stay as they stand, too.
fn after_what_they_need<'a>(
    mut waiting: Vec<Candidate<'a>>,
    deployment: &Deployment,
) -> Vec<Candidate<'a>> {
    let mut placed: Vec<Candidate<'a>> = Vec::with_capacity(waiting.len());
    while let Some(first) = waiting.first() {
        let rank = first.rank(deployment);
        let beside = || {
            waiting
                .iter()
                .filter(|other| other.rank(deployment) == rank)
        };
        let is_free = |candidate: &&Candidate<'_>| !beside().any(|other| candidate.needs(other));
        let free = beside().position(|candidate| is_free(&candidate));
        // Those of one rank stand together.
        placed.push(waiting.remove(free.unwrap_or_default()));
    }
    placed
}

/// The releases before this one that it needs. Installed releases come in the order of helmfile's `needs`, of which only the
/// order is known here: each waits for the one before it in its namespace and environment.
fn needs(candidates: &[Candidate<'_>], index: usize) -> Vec<StepId> {
    let candidate = &candidates[index];
    let is_installed = candidate.origin == Origin::Installed;
    let goes_with = |other: &Candidate<'_>| {
        other.origin == Origin::Installed && std::ptr::eq(other.destination, candidate.destination)
    };
    let before = &candidates[..index];
    let last = is_installed.then(|| before.iter().rposition(goes_with));
    let last = last.flatten();
    let is_needed = |(place, other): (usize, &Candidate<'_>)| {
        (Some(place) == last || candidate.needs(other) && candidate.stage == other.stage)
            .then_some(StepId(place))
    };
    before.iter().enumerate().filter_map(is_needed).collect()
}

/// Environment type, stage, whether it is in the primary datacenter, environment.
type Rank = (EnvironmentType, usize, bool, usize);

impl Candidate<'_> {
    fn rank(&self, deployment: &Deployment) -> Rank {
        let is_primary = self.environment.datacenter == deployment.primary_datacenter;
        (
            self.environment.kind,
            self.stage,
            is_primary,
            self.destination.environment,
        )
    }

    fn needs(&self, other: &Self) -> bool {
        let is_meant = |(namespace, release): &(Namespace, ReleaseName)| {
            *namespace == other.destination.namespace && Some(release) == other.release.as_ref()
        };
        std::ptr::eq(self.environment, other.environment) && self.needs.iter().any(is_meant)
    }

    fn step(&self, deployment: &Deployment) -> ReleaseStep {
        let group = &deployment.group;
        let namespace = &self.destination.namespace;
        ReleaseStep {
            environment_type: self.environment.kind,
            stage: group.stages[self.stage].clone(),
            environment: self.destination.written.clone(),
            canonical_environment: self.environment.name.clone(),
            datacenter: self.environment.datacenter.clone(),
            namespace: namespace.clone(),
            release: self.release.clone(),
            directory: group.directory_of(namespace),
            rendering: self.rendering.clone(),
            relief: self.relief().cloned(),
            restores: None,
        }
    }

    fn is_unchanged(&self, selection: &Selection) -> bool {
        self.unchanged().is_some_and(|release| {
            let ReleasePlace {
                environment,
                namespace,
                release,
            } = release;
            selection
                .unchanged
                .contains(&(namespace, environment, release))
        })
    }

    fn unchanged(&self) -> Option<ReleasePlace> {
        Some(ReleasePlace {
            environment: self.destination.written.clone(),
            namespace: self.destination.namespace.clone(),
            release: self.release.clone()?,
        })
    }

    fn relief(&self) -> Option<&ReleaseName> {
        let mut beside = self.destination.releases.iter().flatten();
        let later = beside.find(|(_, stage)| *stage > self.stage)?;
        Some(&later.0)
    }

    /// Why it stands where it stands among `all`, which are in order.
    fn reason(&self, deployment: &Deployment, all: &[Candidate<'_>]) -> String {
        let own_type = self.environment.kind;
        let has_type = |wanted| all.iter().any(|other| other.environment.kind == wanted);
        let mut parts = Vec::new();
        if own_type == EnvironmentType::Staging && has_type(EnvironmentType::Production) {
            parts.push("staging comes before production".to_owned());
        }
        parts.extend(self.stage_reason(deployment, all));
        parts.extend(self.datacenter_reason(deployment, all));
        if parts.is_empty() {
            let after_staging =
                own_type == EnvironmentType::Production && has_type(EnvironmentType::Staging);
            let reason = if after_staging {
                "production comes after staging"
            } else {
                "the only wave"
            };
            parts.push(reason.to_owned());
        }
        let origin = match self.origin {
            Origin::Listed => None,
            Origin::Installed => Some("the catalog lists no releases, so all installed ones"),
            Origin::Unknown => Some("stands for all installed releases, as the catalog lists none"),
        };
        parts.extend(origin.map(str::to_owned));
        parts.join("; ")
    }

    fn stage_reason(&self, deployment: &Deployment, all: &[Candidate<'_>]) -> Option<String> {
        let stages = &deployment.group.stages;
        let others = || {
            all.iter()
                .filter(|other| other.environment.kind == self.environment.kind)
                .map(|other| other.stage)
        };
        let own = &stages[self.stage];
        let next = others().filter(|stage| *stage > self.stage).min();
        let last = others().filter(|stage| *stage < self.stage).max();
        next.map(|next| format!("stage {own} comes before {}", stages[next]))
            .or_else(|| last.map(|last| format!("stage {own} comes after {}", stages[last])))
    }

    fn datacenter_reason(&self, deployment: &Deployment, all: &[Candidate<'_>]) -> Option<String> {
        let own = &self.environment.datacenter;
        let primary = &deployment.primary_datacenter;
        let (kind, stage, ..) = self.rank(deployment);
        let others: Vec<&Candidate<'_>> = all
            .iter()
            .filter(|other| other.environment.kind == kind && other.stage == stage)
            .filter(|other| other.environment.datacenter != *own)
            .collect();
        let is_later = |other: &&&Candidate<'_>| other.rank(deployment) > self.rank(deployment);
        if others.is_empty() {
            None
        } else if own == primary {
            Some(format!("{own}, the primary datacenter, comes last"))
        } else if others
            .iter()
            .any(|other| other.environment.datacenter == *primary)
        {
            Some(format!("{own} before {primary}, the primary datacenter"))
        } else if let Some(later) = others.iter().find(is_later) {
            Some(format!(
                "{own} before {}, the group's order",
                later.environment.datacenter
            ))
        } else {
            others.last().map(|earlier| {
                format!(
                    "{own} after {}, the group's order",
                    earlier.environment.datacenter
                )
            })
        }
    }
}
