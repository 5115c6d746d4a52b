//! What the helmfiles of a service make of its releases, and how that differs from what runs.

use super::Compared;
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use futures::future::try_join_all;
use scap_engines::kubernetes::{KubernetesEngine, RenderedRelease};
use scap_plan::{
    EnvironmentName, Graph, Installed, InstalledRelease, Namespace, Plan, ReleasePlace,
    ReleaseStep, Selection, Service, plan_releases,
};
use std::collections::BTreeMap;

/// By the helmfile's namespace and the environment as the service wrote it.
pub(crate) struct Rendered(BTreeMap<(Namespace, EnvironmentName), InPlace>);

/// A helmfile in an environment.
struct InPlace {
    step: ReleaseStep,
    rendered: scap_engines::kubernetes::Rendered,
}

impl Rendered {
    /// Renders all releases of each selected environment.
    pub(super) async fn of(
        kubernetes: &KubernetesEngine,
        service: &Service,
        selection: &Selection,
    ) -> Result<Self, Trouble> {
        Self::of_those(kubernetes, service, selection, |_| true).await
    }

    /// As [`Self::of`], without the environments that are not wanted.
    pub(super) async fn of_those(
        kubernetes: &KubernetesEngine,
        service: &Service,
        selection: &Selection,
        is_wanted: impl Fn(&ReleaseStep) -> bool,
    ) -> Result<Self, Trouble> {
        let preview = plan_releases(service, selection, None)?;
        let places: BTreeMap<_, &ReleaseStep> = preview
            .releases()
            .filter(|step| is_wanted(step))
            .map(|step| ((step.namespace.clone(), step.environment.clone()), step))
            .collect();
        let rendered = places.into_iter().map(|(place, step)| async move {
            let rendered = kubernetes.render(step).await?;
            let step = step.clone();
            Ok::<_, Trouble>((place, InPlace { step, rendered }))
        });
        Ok(Self(try_join_all(rendered).await?.into_iter().collect()))
    }

    /// What is known of all environments of the plan without running helmfile.
    pub(super) fn before(wiring: &Wiring, preview: &Plan) -> Option<Self> {
        let places = preview.releases().map(|step| {
            let rendered = wiring.kubernetes.rendered_before(step)?;
            let place = (step.namespace.clone(), step.environment.clone());
            let step = step.clone();
            Some((place, InPlace { step, rendered }))
        });
        places.collect::<Option<_>>().map(Self)
    }

    /// With what their manifests show them to need of each other.
    pub(super) fn installed(&self, service: &Service) -> Installed {
        let mut installed: Vec<((Namespace, EnvironmentName), InstalledRelease)> = Vec::new();
        let mut nodes = Vec::new();
        for (place, InPlace { step, rendered }) in &self.0 {
            nodes.extend(rendered.needs(&service.name, step));
            installed.extend(rendered.releases.iter().map(|release| {
                let release = InstalledRelease {
                    name: release.name.clone(),
                    rendering: Some(release.rendering.clone()),
                    needs: Vec::new(),
                };
                (place.clone(), release)
            }));
        }
        let graph = Graph::new(&nodes, &[]);
        for edge in graph.edges().iter().filter(|edge| edge.is_certain()) {
            let ((namespace, _), needed) = &installed[edge.needs];
            let needed = (namespace.clone(), needed.name.clone());
            installed[edge.release].1.needs.push(needed);
        }
        let mut places: Installed = self
            .0
            .keys()
            .map(|place| (place.clone(), Vec::new()))
            .collect();
        for (place, release) in installed {
            places.entry(place).or_default().push(release);
        }
        places
    }

    /// Commands that the hooks of each helmfile would have run, by its directory.
    pub(super) fn hooks_left_out(&self) -> BTreeMap<String, Vec<String>> {
        let mut left_out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for InPlace { step, rendered } in self.0.values() {
            for command in &rendered.hooks_left_out {
                let commands = left_out.entry(step.directory.clone()).or_default();
                if !commands.contains(command) {
                    commands.push(command.clone());
                }
            }
        }
        left_out
    }

    /// Compares each release of the plan with what runs.
    pub(super) async fn compare(
        &self,
        wiring: &Wiring,
        plan: &Plan,
    ) -> Result<Vec<Compared>, Trouble> {
        let compared = plan
            .releases()
            .filter_map(|step| Some((step, self.find(step)?)));
        let compared = compared.map(|(step, rendered)| async move {
            let release = ReleasePlace {
                environment: step.environment.clone(),
                namespace: step.namespace.clone(),
                release: rendered.name.clone(),
            };
            let comparison = wiring.kubernetes.compare(step, &rendered.manifest).await?;
            Ok::<_, Trouble>(Compared {
                release,
                comparison,
            })
        });
        try_join_all(compared).await
    }

    /// All releases with where they are.
    pub(super) fn places(&self) -> impl Iterator<Item = (ReleasePlace, &RenderedRelease)> {
        let places = self.0.iter();
        places.flat_map(|((namespace, environment), place)| {
            place.rendered.releases.iter().map(|release| {
                let place = ReleasePlace {
                    environment: environment.clone(),
                    namespace: namespace.clone(),
                    release: release.name.clone(),
                };
                (place, release)
            })
        })
    }

    /// Nothing for a release that the helmfile does not install, which preflight says.
    pub(crate) fn find(&self, step: &ReleaseStep) -> Option<&RenderedRelease> {
        let place = (step.namespace.clone(), step.environment.clone());
        let mut releases = self.0.get(&place)?.rendered.releases.iter();
        releases.find(|release| Some(&release.name) == step.release.as_ref())
    }
}
