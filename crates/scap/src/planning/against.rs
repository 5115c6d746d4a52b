//! What the helmfiles say now, compared with what they said in a commit; no cluster is asked.

use super::{Rendered, inputs, selection};
use crate::control::verb::Wanted;
use crate::settings::{Settings, in_checkout};
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_engines::kubernetes::{KubernetesEngine, RenderedRelease};
use scap_engines::sources::git::{Export, GitError};
use scap_plan::{Difference, Manifest, ReleasePlace, Selection, Service, Target, compare};
use scap_run::Failure;
use serde::Serialize;
use std::collections::BTreeMap;

/// A release of either side.
#[derive(Debug, Serialize)]
pub(crate) struct ReleaseChange {
    #[serde(flatten)]
    pub(crate) place: ReleasePlace,
    pub(crate) state: ReleaseState,
    #[serde(flatten)]
    pub(crate) difference: Difference,
    /// Why it may differ without any change of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) varies: Option<String>,
}

/// How a release differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReleaseState {
    Added,
    Removed,
    Changed,
    Unchanged,
}

/// The helmfiles of a commit beside those of the working tree.
pub(crate) struct Against<'a> {
    new: &'a KubernetesEngine,
    old: KubernetesEngine,
    /// Holds the files that the old ones are read from.
    pub(crate) export: Export,
}

/// The services to compare: the named one, or all that are in Kubernetes.
pub(crate) fn services(settings: &Settings, name: Option<&str>) -> Result<Vec<Service>, Trouble> {
    let inputs = inputs(settings)?;
    let is_in_kubernetes = |service: &Service| matches!(service.target, Target::Kubernetes(_));
    let Some(name) = name else {
        let all = inputs.services().iter();
        return Ok(all
            .filter(|service| is_in_kubernetes(service))
            .cloned()
            .collect());
    };
    let service = inputs.service(name)?;
    if is_in_kubernetes(service) {
        return Ok(vec![service.clone()]);
    }
    Err(Trouble::usage(
        format!("service `{name}` is deployed to hosts, which have no helmfiles"),
        "leave `--diff-against` out, or name a service in Kubernetes",
    ))
}

impl<'a> Against<'a> {
    /// Takes the files of `commit` out of the repository that the helmfiles are in.
    pub(crate) async fn commit(
        settings: &Settings,
        wiring: &'a Wiring,
        commit: &str,
    ) -> Result<Self, Trouble> {
        let folder = settings.path(&settings.configuration.deployments_dir);
        let (checkout, below) = in_checkout(&folder)?;
        let export = wiring.git.export(&checkout, commit).await;
        let export = export.map_err(|error| not_there(commit, &error))?;
        let old = wiring.kubernetes.in_checkout(export.root().join(below));
        Ok(Self {
            new: &wiring.kubernetes,
            old,
            export,
        })
    }

    /// All releases of a service, those first that are installed now.
    pub(crate) async fn compare(
        &self,
        service: &Service,
        wanted: &Wanted,
    ) -> Result<Vec<ReleaseChange>, Trouble> {
        let selection = selection(wanted);
        // In this order, as what is the same in both is then rendered once.
        let new = self.rendered(self.new, service, &selection).await?;
        let old = self.rendered(&self.old, service, &selection).await?;
        let mut gone: BTreeMap<_, _> = old.places().collect();
        let mut changes = Vec::new();
        for (place, release) in new.places() {
            let before = gone.remove(&place);
            changes.push(change(place, before, Some(release)));
        }
        changes.extend(
            gone.into_iter()
                .map(|(place, release)| change(place, Some(release), None)),
        );
        Ok(changes)
    }

    /// Where one side has no helmfile, it has no releases; where both have none, something is wrong.
    async fn rendered(
        &self,
        side: &KubernetesEngine,
        service: &Service,
        selection: &Selection,
    ) -> Result<Rendered, Trouble> {
        Rendered::of_those(side, service, selection, |step| {
            let is_somewhere = self.old.has_helmfile(step) || self.new.has_helmfile(step);
            side.has_helmfile(step) || !is_somewhere
        })
        .await
    }
}

fn not_there(commit: &str, error: &GitError) -> Trouble {
    let hint = match error {
        GitError::NoCommit { .. } => "fetch it first; a shallow clone has only the newest commits",
        GitError::UnsafeName(_) => "name a commit, a branch or a tag",
        _ => "see that the checkout is whole: git fsck",
    };
    let failure = Failure::failed(format!("nothing can be compared with `{commit}`"));
    failure.caused_by(error).hint(hint).into()
}

fn change(
    place: ReleasePlace,
    old: Option<&RenderedRelease>,
    new: Option<&RenderedRelease>,
) -> ReleaseChange {
    let nothing = Manifest::default();
    let desired = new.map_or(&nothing, |new| &new.manifest);
    let either = new.or(old).map(|release| &release.rendering);
    let namespace = either.map_or(&place.namespace, |rendering| &rendering.namespace);
    let difference = compare(
        desired,
        old.map(|old| &old.manifest),
        &BTreeMap::new(),
        namespace.as_str(),
    );
    let state = match (old, new) {
        (None, _) => ReleaseState::Added,
        (_, None) => ReleaseState::Removed,
        _ if difference.is_empty() => ReleaseState::Unchanged,
        _ => ReleaseState::Changed,
    };
    ReleaseChange {
        state,
        varies: either.and_then(|rendering| rendering.varies.clone()),
        difference,
        place,
    }
}
