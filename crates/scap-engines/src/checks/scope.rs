//! What a store is asked of: one release, or what all deployments share.

use scap_plan::{Query, UrlPattern};

use super::instances::Release;
use super::pods;

/// What a store is asked of.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    Release(&'a Release<'a>),
    /// By its name; queries and addresses stand as they are.
    Shared(&'a str),
}

impl Scope<'_> {
    /// What people call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Release(release) => &release.name,
            Self::Shared(name) => name,
        }
    }

    pub(super) fn query(&self, query: &Query) -> Result<String, String> {
        match self {
            Self::Release(release) => query
                .of(release.service, release.step)
                .ok_or_else(|| pods::PREVIEW.to_owned()),
            Self::Shared(_) => Ok(query.as_str().to_owned()),
        }
    }

    pub(super) fn url(&self, url: &UrlPattern) -> String {
        match self {
            Self::Release(release) => url.of(release.step),
            Self::Shared(_) => url.as_str().to_owned(),
        }
    }

    /// What people call a pod of it.
    pub(super) fn pod(&self, pod: &str) -> String {
        match self {
            Self::Release(release) => pods::name(release.step, pod),
            Self::Shared(_) => pod.to_owned(),
        }
    }
}
