//! What the helmfiles of a service make of its releases, and how that differs from what runs.

use super::Compared;
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use futures::future::try_join_all;
use scap_engines::kubernetes::RenderedRelease;
use scap_plan::{
    EnvironmentName, Installed, InstalledRelease, Namespace, Plan, ReleasePlace, ReleaseStep,
    Selection, Service, StepKind, plan_releases,
};
use std::collections::BTreeMap;

/// By the helmfile's namespace and the environment as the service wrote it.
pub(super) struct Rendered(BTreeMap<(Namespace, EnvironmentName), Vec<RenderedRelease>>);

impl Rendered {
    /// Renders all releases of each selected environment.
    pub(super) async fn of(
        wiring: &Wiring,
        service: &Service,
        selection: &Selection,
    ) -> Result<Self, Trouble> {
        let preview = plan_releases(service, selection, None)?;
        let places: BTreeMap<_, &ReleaseStep> = releases(&preview)
            .map(|step| ((step.namespace.clone(), step.environment.clone()), step))
            .collect();
        let rendered = places.into_iter().map(|(place, step)| async move {
            let rendered = wiring.kubernetes.render(step).await?;
            Ok::<_, Trouble>((place, rendered.releases))
        });
        Ok(Self(try_join_all(rendered).await?.into_iter().collect()))
    }

    pub(super) fn installed(&self) -> Installed {
        let installed = |release: &RenderedRelease| InstalledRelease {
            name: release.name.clone(),
            rendering: Some(release.rendering.clone()),
        };
        let places = self.0.iter();
        places
            .map(|(place, releases)| (place.clone(), releases.iter().map(installed).collect()))
            .collect()
    }

    /// Compares each release of the plan with what runs.
    pub(super) async fn compare(
        &self,
        wiring: &Wiring,
        plan: &Plan,
    ) -> Result<Vec<Compared>, Trouble> {
        let compared = releases(plan).filter_map(|step| Some((step, self.find(step)?)));
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

    /// Nothing for a release that the helmfile does not install, which preflight says.
    fn find(&self, step: &ReleaseStep) -> Option<&RenderedRelease> {
        let place = (step.namespace.clone(), step.environment.clone());
        let mut releases = self.0.get(&place)?.iter();
        releases.find(|release| Some(&release.name) == step.release.as_ref())
    }
}

fn releases(plan: &Plan) -> impl Iterator<Item = &ReleaseStep> {
    plan.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Release(step) => Some(step),
        StepKind::HostGroup(_) => None,
    })
}
