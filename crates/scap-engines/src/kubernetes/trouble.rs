//! What keeps a workload from becoming ready, how long it must last until that is certain, and what mends it.

pub(super) mod pod;
pub(super) mod workload;

use std::fmt;
use std::time::Duration;

use kube::ResourceExt;

/// The registry is asked once more within this; a name or a tag that it does not have is no passing fault.
const IMAGE_PATIENCE: Duration = Duration::from_secs(5);
/// A config map or secret made in the same change may be seen a moment later.
const CONFIG_PATIENCE: Duration = Duration::from_secs(5);
/// Pods that are being replaced give their room and their share of the quota back, and a cluster may add nodes.
const ROOM_PATIENCE: Duration = Duration::from_secs(30);
/// What refuses may look at something made in the same change.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(10);
/// A volume's source, or a webhook's own pods, may come a little later.
const SUPPORT_PATIENCE: Duration = Duration::from_secs(30);
/// Its controller has waited long enough; a moment for other troubles to say why.
const LATE_PATIENCE: Duration = Duration::from_secs(5);

/// What is wrong with the new revision of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: TroubleKind,
    pub(super) blamed: Blamed,
    /// Which of the pod's containers, if it is about one.
    pub(super) container: Option<String>,
    /// In the cluster's own words.
    pub(super) reason: String,
    pub(super) message: String,
    /// How long it must last.
    pub(super) patience: Duration,
}

/// The object that a trouble is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Blamed {
    /// As `kubectl` names it.
    pub(super) kind: &'static str,
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum TroubleKind {
    Image,
    Crash,
    /// A pod that is not started again.
    Ended,
    Memory,
    Configuration,
    Volume,
    /// The node cannot set up the pod.
    Node,
    Room,
    Probe,
    /// No pod is made: the namespace has none left to give.
    Quota,
    /// No pod is made: a rule of the cluster is against it.
    Refusal,
    /// No pod is made: a webhook that must be asked does not answer.
    Webhook,
    /// A Job that has given up.
    GivenUp,
    /// The deployment's own deadline for progress is over.
    Late,
}

impl TroubleKind {
    fn patience(self) -> Duration {
        match self {
            Self::Image => IMAGE_PATIENCE,
            Self::Configuration => CONFIG_PATIENCE,
            Self::Room | Self::Quota => ROOM_PATIENCE,
            Self::Refusal => REFUSAL_PATIENCE,
            Self::Volume | Self::Node | Self::Webhook => SUPPORT_PATIENCE,
            Self::Late => LATE_PATIENCE,
            // The kubelet says so only after it has tried again; a probe's own time is added where it is known.
            Self::Crash | Self::Ended | Self::Memory | Self::Probe | Self::GivenUp => {
                Duration::ZERO
            }
        }
    }

    /// Whether another place would not mend it.
    pub(super) fn is_of_the_version(self) -> bool {
        !matches!(self, Self::Volume | Self::Node | Self::Room)
    }

    /// What it does to the object that is blamed.
    pub(super) fn effect(self) -> &'static str {
        match self {
            Self::Quota | Self::Refusal | Self::Webhook => "gets no pods",
            Self::GivenUp => "has given up",
            Self::Ended => "has failed",
            Self::Late => "makes no progress",
            _ => "cannot become ready",
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Image => {
                "see that the image's name and tag are right and that its registry can be reached"
            }
            Self::Crash | Self::Ended => {
                "see what the container said before it ended, and mend that"
            }
            Self::Memory => "raise the container's memory limit, or make it use less",
            Self::Configuration => {
                "see that each ConfigMap, Secret and key that the pod names exists"
            }
            Self::Volume => {
                "see that each ConfigMap, Secret and claim that the pod's volumes name exists and can be attached to its node"
            }
            Self::Node => "the node cannot set up pods: tell whoever runs the cluster",
            Self::Room => "ask for less memory or CPU, or see why nodes are missing or tainted",
            Self::Probe => {
                "see why the container does not pass its probe; if it only needs longer to start, give it a startupProbe"
            }
            Self::Quota => {
                "lower the requests or the number of replicas, remove pods that are no longer needed, or ask for a larger quota"
            }
            Self::Refusal => {
                "change in the chart or its values what the rule is against, or ask whoever keeps the rule"
            }
            Self::Webhook => {
                "see that the webhook's own pods run; whoever runs the cluster can mend or remove it"
            }
            Self::GivenUp => "see what its pods said, and mend that",
            Self::Late => "see what its pods wait for",
        }
    }

    /// Whether what the container said helps to understand it.
    pub(super) fn has_log(self) -> bool {
        matches!(
            self,
            Self::Crash | Self::Ended | Self::Memory | Self::Probe | Self::GivenUp
        )
    }
}

impl Trouble {
    fn new(kind: TroubleKind, blamed: Blamed, reason: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            blamed,
            container: None,
            reason: reason.to_owned(),
            message: message.into(),
            patience: kind.patience(),
        }
    }

    fn in_container(self, name: &str) -> Self {
        Self {
            container: Some(name.to_owned()),
            ..self
        }
    }

    /// What a person would type to see more.
    pub(super) fn command(&self) -> String {
        let Blamed {
            kind,
            namespace,
            name,
        } = &self.blamed;
        let container = self.container.as_ref();
        let container = container.map_or(String::new(), |name| format!(" --container {name}"));
        match self.kind {
            TroubleKind::Crash | TroubleKind::Memory => {
                format!("kubectl logs {name}{container} --previous --namespace {namespace}")
            }
            TroubleKind::Ended => {
                format!("kubectl logs {name}{container} --namespace {namespace}")
            }
            TroubleKind::GivenUp => {
                format!("kubectl logs job/{name} --all-containers --namespace {namespace}")
            }
            TroubleKind::Quota => {
                format!("kubectl describe resourcequotas --namespace {namespace}")
            }
            TroubleKind::Webhook => {
                "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
                    .to_owned()
            }
            _ => format!("kubectl describe {kind} {name} --namespace {namespace}"),
        }
    }

    /// The message, with the container that it is about.
    pub(super) fn about(&self) -> String {
        match (&self.container, self.message.is_empty()) {
            (Some(container), false) => format!("container `{container}`: {}", self.message),
            (Some(container), true) => format!("container `{container}`"),
            (None, _) => self.message.clone(),
        }
    }
}

impl Blamed {
    pub(super) fn new(kind: &'static str, object: &impl ResourceExt) -> Self {
        Self {
            kind,
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
        }
    }
}

impl fmt::Display for Blamed {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} `{}`", self.kind, self.name)
    }
}
