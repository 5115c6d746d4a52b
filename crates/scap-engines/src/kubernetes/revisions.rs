//! helm's revisions as the labels of their Secrets tell them: when ours began, and whether somebody else has made a newer one.

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use kube::core::PartialObjectMeta;

/// A revision that helm has stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) number: u32,
    /// In helm's word.
    pub(super) status: String,
    /// By the cluster's own clock, as are its events.
    pub(super) begun: Option<Timestamp>,
}

impl Stored {
    fn of(secret: &PartialObjectMeta<Secret>) -> Option<Self> {
        let labels = secret.labels();
        Some(Self {
            number: labels.get("version")?.parse().ok()?,
            status: labels.get("status")?.clone(),
            begun: secret.creation_timestamp().map(|time| time.0),
        })
    }

    /// Whether helm is at it, or was when it was ended.
    pub(super) fn is_pending(&self) -> bool {
        self.status.starts_with("pending-") || self.status == "uninstalling"
    }
}

pub(super) fn newest<'a>(
    secrets: impl Iterator<Item = &'a PartialObjectMeta<Secret>>,
) -> Option<Stored> {
    secrets
        .filter_map(Stored::of)
        .max_by_key(|stored| stored.number)
}
