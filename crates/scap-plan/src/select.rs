//! What a person selects of a service, and the releases that this makes.

use crate::cluster_groups::Environment;
use crate::error::{short, visible};
use crate::inputs::{Deployment, Destination, Service, Target};
use crate::selection::{Installed, Selection, SelectionError};
use crate::{Namespace, ReleaseName, Rendering};
use std::collections::BTreeSet;

/// How it is known that a release is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The catalog lists it.
    Listed,
    /// helmfile installs it.
    Installed,
    /// A preview does not know which releases there are.
    Unknown,
}

/// A release that is to be deployed, with all that its place in the order depends on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate<'a> {
    pub(crate) destination: &'a Destination,
    pub(crate) environment: &'a Environment,
    /// Place of its stage in the group.
    pub(crate) stage: usize,
    pub(crate) release: Option<ReleaseName>,
    pub(crate) origin: Origin,
    /// Known of installed releases that were rendered.
    pub(crate) rendering: Option<Rendering>,
    /// Releases of the same environment that come before it.
    pub(crate) needs: Vec<(Namespace, ReleaseName)>,
}

/// The selected releases of a service, in the catalog's order.
pub(crate) fn candidates<'a>(
    service: &'a Service,
    selection: &Selection,
    installed: Option<&Installed>,
) -> Result<(&'a Deployment, Vec<Candidate<'a>>), SelectionError> {
    let Target::Kubernetes(deployment) = &service.target else {
        return Err(SelectionError::OnHosts {
            service: service.name.clone(),
        });
    };
    let environments = environments(service, deployment, &selection.environments)?;
    let mut candidates = Vec::new();
    for destination in &deployment.destinations {
        if environments.contains(&destination.environment) {
            candidates.extend(releases(deployment, destination, installed)?);
        }
    }
    Ok((deployment, candidates))
}

/// The places in the group of the environments that are meant by `names`.
fn environments(
    service: &Service,
    deployment: &Deployment,
    names: &[String],
) -> Result<BTreeSet<usize>, SelectionError> {
    let own: BTreeSet<usize> = deployment
        .destinations
        .iter()
        .map(|destination| destination.environment)
        .collect();
    if names.is_empty() {
        return Ok(own);
    }
    let known = |index: &usize| &deployment.group.environments[*index];
    let meant = |name: &String| {
        let is_called = |index: &usize| known(index).names().any(|known| known.as_str() == name);
        own.iter()
            .copied()
            .find(|index| is_called(index))
            .ok_or_else(|| SelectionError::UnknownEnvironment {
                service: service.name.clone(),
                name: visible(&short(name)),
                known: own
                    .iter()
                    .flat_map(|index| known(index).names())
                    .map(ToString::to_string)
                    .collect(),
            })
    };
    names.iter().map(meant).collect()
}

fn releases<'a>(
    deployment: &'a Deployment,
    destination: &'a Destination,
    installed: Option<&Installed>,
) -> Result<Vec<Candidate<'a>>, SelectionError> {
    let group = &deployment.group;
    let default_stage = group
        .stages
        .iter()
        .position(|stage| *stage == group.default_stage)
        .unwrap_or_default();
    let key = (destination.namespace.clone(), destination.written.clone());
    let found = installed.map(|installed| installed.get(&key));
    let candidate = |release: Option<&ReleaseName>, stage, origin| {
        let mut found = found.flatten().into_iter().flatten();
        let known = found.find(|known| Some(&known.name) == release);
        Candidate {
            destination,
            environment: &group.environments[destination.environment],
            stage,
            release: release.cloned(),
            origin,
            rendering: known.and_then(|known| known.rendering.clone()),
            needs: known.map(|known| known.needs.clone()).unwrap_or_default(),
        }
    };
    if let Some(listed) = &destination.releases {
        return Ok(listed
            .iter()
            .map(|(name, stage)| candidate(Some(name), *stage, Origin::Listed))
            .collect());
    }
    match found {
        None => Ok(vec![candidate(None, default_stage, Origin::Unknown)]),
        Some(None) => {
            let (namespace, environment) = key;
            Err(SelectionError::NotObserved {
                namespace,
                environment,
            })
        }
        Some(Some(found)) => Ok(found
            .iter()
            .map(|release| candidate(Some(&release.name), default_stage, Origin::Installed))
            .collect()),
    }
}
