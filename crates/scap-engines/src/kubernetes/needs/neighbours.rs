//! Other services of the catalog, which may bring what is missing.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use scap_plan::{
    EnvironmentName, Graph, Plan, ReleaseNeeds, ReleaseStep, ServiceName, StepId, StepKind, Unmet,
    Wanted,
};
use tokio::time::{Instant, timeout_at};

use super::Presence;
use crate::kubernetes::KubernetesEngine;

/// A catalog may have hundreds of services, of which each has to be rendered.
const LONGEST_SEARCH: Duration = Duration::from_secs(45);
/// Helmfiles that are rendered side by side.
const AT_ONCE: usize = 4;

/// Makes previews of all services of the catalog in Kubernetes, when they are wanted.
#[derive(Clone)]
pub struct Previews(Arc<dyn Fn() -> Vec<Plan> + Send + Sync>);

/// A service that brings what is missing in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Provider {
    pub(super) environment: EnvironmentName,
    pub(super) wanted: Wanted,
    pub(super) service: ServiceName,
}

type Releases<'a> = BTreeMap<StepId, ReleaseNeeds<'a>>;

impl Previews {
    pub fn new(make: impl Fn() -> Vec<Plan> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// Of no catalog.
    pub fn none() -> Self {
        Self::new(Vec::new)
    }
}

impl fmt::Debug for Previews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Previews")
    }
}

impl KubernetesEngine {
    /// Who brings what is missing: for each thing the first service that does. Those whose name is most like the plan's
    /// come first; services that cannot be rendered bring nothing.
    pub(super) async fn providers(
        &self,
        plan: &Plan,
        releases: &Releases<'_>,
        missing: &[(&Unmet, Presence)],
    ) -> Vec<Provider> {
        let mut sought: Vec<(EnvironmentName, Wanted)> = Vec::new();
        for (unmet, _) in missing.iter().filter(|(_, found)| found.is_missing()) {
            if let StepKind::Release(step) = &plan.step(unmet.step).kind {
                let environment = step.canonical_environment.clone();
                sought.push((environment, unmet.requirement.wanted.clone()));
            }
        }
        if sought.is_empty() {
            return Vec::new();
        }
        let neighbours = self.neighbours(plan, &sought);
        let looks: Vec<BoxFuture<'_, _>> = neighbours
            .iter()
            .map(|(_, step)| self.render(step).boxed())
            .collect();
        let mut looks = iter(&neighbours).zip(iter(looks).buffered(AT_ONCE));
        let deadline = Instant::now() + LONGEST_SEARCH;
        let nodes: Vec<ReleaseNeeds<'_>> = releases.values().cloned().collect();
        let mut found: Vec<Provider> = Vec::new();
        while !sought.is_empty()
            && let Ok(Some(((service, step), rendered))) = timeout_at(deadline, looks.next()).await
        {
            let Ok(rendered) = rendered else { continue };
            let graph = Graph::new(&nodes, &rendered.needs(service, step));
            for missing in graph.missing() {
                let key = (
                    missing.release.environment.clone(),
                    missing.requirement.wanted.clone(),
                );
                if !missing.provided_by.is_empty() && sought.contains(&key) {
                    sought.retain(|other| *other != key);
                    found.push(Provider {
                        environment: key.0,
                        wanted: key.1,
                        service: service.clone(),
                    });
                }
            }
        }
        found
    }

    /// The helmfiles of other services in the same clusters.
    fn neighbours(
        &self,
        plan: &Plan,
        sought: &[(EnvironmentName, Wanted)],
    ) -> Vec<(ServiceName, ReleaseStep)> {
        let mut previews = (self.previews.0)();
        previews.retain(|other| {
            other.service != plan.service && other.cluster_group == plan.cluster_group
        });
        previews.sort_by_key(|other| Reverse(likeness(&other.service, &plan.service)));
        let mut neighbours: Vec<(ServiceName, ReleaseStep)> = Vec::new();
        for preview in previews {
            for step in preview.steps {
                let StepKind::Release(step) = step.kind else {
                    continue;
                };
                let is_sought = |(environment, _): &_| *environment == step.canonical_environment;
                let is_new = !neighbours
                    .iter()
                    .any(|(_, known)| super::place(known) == super::place(&step));
                if is_new && sought.iter().any(is_sought) {
                    neighbours.push((preview.service.clone(), step));
                }
            }
        }
        neighbours
    }
}

/// How many letters they have in common at the beginning.
fn likeness(one: &ServiceName, other: &ServiceName) -> usize {
    let letters = one.as_str().chars().zip(other.as_str().chars());
    letters.take_while(|(one, other)| one == other).count()
}
