//! Which release needs which: edges with their reasons, an order, and what nobody provides.

use super::{Provided, ReleaseNeeds, ReleaseRef, Requirement, Wanted, provided, required};
use crate::EnvironmentName;
use serde::Serialize;
use std::collections::BTreeMap;

/// Releases and what they need of each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// As they were given.
    releases: Vec<ReleaseRef>,
    edges: Vec<Edge>,
    missing: Vec<Missing>,
}

/// A release that needs another one; both by their place among the graph's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    pub release: usize,
    pub needs: usize,
    /// One at least.
    pub reasons: Vec<Requirement>,
}

/// What no release of the graph provides: the cluster may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    pub release: ReleaseRef,
    pub requirement: Requirement,
    /// Releases outside of the graph that provide it.
    pub provided_by: Vec<ReleaseRef>,
}

/// Releases that need each other, so that none can be the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("releases need each other: {}", circle(.0))]
pub struct Cycle(pub Vec<ReleaseRef>);

fn circle(releases: &[ReleaseRef]) -> String {
    let names = releases.iter().chain(releases.first());
    let names: Vec<String> = names.map(|release| format!("`{release}`")).collect();
    names.join(" → ")
}

/// Who provides what, in which environment.
#[derive(Default)]
struct Providers<'a>(BTreeMap<(&'a EnvironmentName, Wanted), Vec<Provider>>);

/// A release, and the keys that what it provides is known to have.
type Provider = (usize, Option<Vec<String>>);

impl<'a> Providers<'a> {
    fn of(releases: &'a [ReleaseNeeds<'a>]) -> Self {
        let mut providers = Self::default();
        for (
            index,
            ReleaseNeeds {
                release, manifest, ..
            },
        ) in releases.iter().enumerate()
        {
            let named = [
                Wanted::Service(release.service.clone()),
                Wanted::Release {
                    namespace: release.namespace.clone(),
                    release: release.release.clone(),
                },
            ];
            let named = named.map(|what| Provided { what, keys: None });
            let found = provided(manifest, release.namespace.as_str());
            for Provided { what, keys } in found.into_iter().chain(named) {
                let key = (&release.environment, what);
                providers.0.entry(key).or_default().push((index, keys));
            }
        }
        providers
    }

    fn find(&self, environment: &EnvironmentName, wanted: &Wanted) -> Vec<usize> {
        let mut what = wanted.clone();
        let key = match &mut what {
            Wanted::Object { key, .. } => key.take(),
            _ => None,
        };
        let found = self.0.get(&(environment, what)).into_iter().flatten();
        let has_key = |keys: &Option<Vec<String>>| match (keys, &key) {
            (Some(keys), Some(key)) => keys.contains(key),
            _ => true,
        };
        let found = found.filter(|(_, keys)| has_key(keys));
        found.map(|(index, _)| *index).collect()
    }
}

impl Edge {
    /// Whether the release cannot work without the other one.
    pub fn is_certain(&self) -> bool {
        self.reasons.iter().any(|reason| reason.is_certain)
    }
}

impl Graph {
    /// Finds out what the releases need of each other; `others` are known, but not part of it.
    pub fn new(releases: &[ReleaseNeeds<'_>], others: &[ReleaseNeeds<'_>]) -> Self {
        let providers = Providers::of(releases);
        let outside = Providers::of(others);
        let mut edges = BTreeMap::<(usize, usize), Vec<Requirement>>::new();
        let mut missing = Vec::new();
        for (index, node) in releases.iter().enumerate() {
            let environment = &node.release.environment;
            for requirement in requirements(node) {
                let found = providers.find(environment, &requirement.wanted);
                if found.is_empty() {
                    let found = outside.find(environment, &requirement.wanted);
                    missing.push(Missing {
                        release: node.release.clone(),
                        requirement,
                        provided_by: found.iter().map(|at| others[*at].release.clone()).collect(),
                    });
                } else if !found.contains(&index) || requirement.object.is_none() {
                    for needed in found.into_iter().filter(|needed| *needed != index) {
                        let reasons = edges.entry((index, needed)).or_default();
                        reasons.push(requirement.clone());
                    }
                }
            }
        }
        let edges = edges.into_iter().map(|((release, needs), reasons)| Edge {
            release,
            needs,
            reasons,
        });
        Self {
            releases: releases.iter().map(|node| node.release.clone()).collect(),
            edges: edges.collect(),
            missing,
        }
    }

    pub fn releases(&self) -> &[ReleaseRef] {
        &self.releases
    }

    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Places of all releases, each after those that it needs, else as they were given.
    ///
    /// Where releases need each other, needs that are not certain give way.
    pub fn order(&self) -> Result<Vec<usize>, Cycle> {
        let mut needs: Vec<Vec<(usize, bool)>> = vec![Vec::new(); self.releases.len()];
        for edge in &self.edges {
            needs[edge.release].push((edge.needs, edge.is_certain()));
        }
        let mut order: Vec<usize> = Vec::with_capacity(self.releases.len());
        let mut is_done = vec![false; self.releases.len()];
        let mut waiting: Vec<usize> = (0..self.releases.len()).collect();
        while !waiting.is_empty() {
            let ready = |only_certain: bool| {
                let is_met = |(needed, is_certain): &(usize, bool)| {
                    is_done[*needed] || (only_certain && !is_certain)
                };
                let mut releases = waiting.iter();
                releases.position(|release| needs[*release].iter().all(is_met))
            };
            let Some(next) = ready(false).or_else(|| ready(true)) else {
                return Err(self.cycle(&waiting));
            };
            let next = waiting.remove(next);
            is_done[next] = true;
            order.push(next);
        }
        Ok(order)
    }

    /// Follows certain needs among releases that all wait for another of them.
    fn cycle(&self, waiting: &[usize]) -> Cycle {
        let mut way = vec![waiting[0]];
        loop {
            let last = way[way.len() - 1];
            let mut needs = self.edges.iter().filter(|edge| edge.release == last);
            let next = needs.find(|edge| edge.is_certain() && waiting.contains(&edge.needs));
            let next = next.expect("a release that waits needs another one that waits");
            let next = next.needs;
            if let Some(start) = way.iter().position(|release| *release == next) {
                let names = way[start..].iter().map(|at| self.releases[*at].clone());
                return Cycle(names.collect());
            }
            way.push(next);
        }
    }
}

/// What was found and what was declared.
fn requirements(node: &ReleaseNeeds<'_>) -> Vec<Requirement> {
    let mut requirements = required(&node.manifest, node.release.namespace.as_str());
    requirements.extend(node.declared.iter().map(|wanted| Requirement {
        wanted: wanted.clone(),
        object: None,
        path: String::new(),
        is_certain: true,
    }));
    requirements
}
