//! In: catalog, cluster groups, conftool state, a selection and observed facts.
//! Out: an ordered [`Plan`], each step with its reason, and its digest.
//! Never: IO, a clock, async.

mod bump;
mod catalog;
mod check;
mod cluster_groups;
mod configuration;
mod conftool_state;
mod difference;
mod error;
mod first_file;
mod host_order;
mod httpbb;
mod import;
mod inputs;
mod link;
mod located;
mod manifest;
mod name;
mod needs;
mod novelty;
mod nrpe;
mod observation;
mod observed;
mod order;
mod period;
mod plan;
mod policy_file;
mod query;
mod reader;
mod restore;
mod scap3;
mod schema;
mod select;
mod selection;
mod team_file;
mod view;
mod watch;
mod wave;

pub use bump::{Bumped, Standing, Tag, TagError, TagOrderError, VersionKey, newest};
pub use catalog::{Defaults, Image, SharedSignal, Team};
pub use check::{
    BaseUrl, BaseUrlError, CheckMode, Counters, CountersSettings, CountersSource, Date, DateError,
    Exposition, ExpositionHistogram, HttpbbTest, INSTANCE_LABELS, Load, LoadSource, LogCounters,
    Ordinary, Origin, Passes, PrometheusCounters, PrometheusHistogram, Quarantine, RequestsQuery,
    RollbackPolicy, Scope, SpecificationPlace, Test, TestKind, Warning,
};
pub use configuration::{
    Binaries, BumpPolicy, CasConfiguration, Configuration, HostsConfiguration, KubeconfigPattern,
    LogStore, MetricsStore, OidcConfiguration, PatternError, Push, RegistryMirrors, Retention,
    RunnerPolicy, SignInConfiguration, SignInProvider, SpiderpigConfiguration, Transport,
};
pub use difference::{
    Difference, DifferenceCounts, FieldDifference, FieldState, ObjectDifference, ObjectState,
    Shown, compare,
};
pub use error::{ConfigError, Source};
pub use first_file::{
    Clues, ExposedMetrics, Found, HttpbbFile, LogLines, Metric, ReleaseClue, SpecificationClue,
    Values, first_file,
};
pub use host_order::plan_hosts;
pub use httpbb::{
    Assertion, Expected, HostPattern, HostPatternError, Httpbb, HttpbbBody, HttpbbHost,
    HttpbbRequest, Scheme, Site, SiteError, TextPattern, TextPatternError,
};
pub use import::{Checkout, Import, Unplaced, import};
pub use inputs::{ClusterSources, Deployment, Inputs, Service, Sources, Target};
pub use link::{LinkPattern, LinkTime, LinkTimes};
pub use manifest::{Manifest, ManifestError, Object, ObjectName};
pub use name::{
    ClusterGroupName, Datacenter, EnvironmentName, GroupName, HostGroupName, HostName, NameError,
    Namespace, PersonName, ReleaseName, RuleName, ServiceName, StageName,
};
pub use needs::{
    Cycle, Edge, Graph, Missing, Provided, ReleaseNeeds, ReleaseRef, Requirement, Unmet, Wanted,
    provided, required, unmet, variable_prefix,
};
pub use nrpe::{NrpeCommand, NrpeError};
pub use observation::{HostObservation, Observation, ReleaseObservation, ReleaseStatus};
pub use order::plan_releases;
pub use period::{Period, PeriodError};
pub use plan::{
    EnvironmentType, Evidence, Gate, HostGroupStep, Plan, Policy, ReleasePlace, ReleaseStep,
    Rendering, RestoredRevision, Step, StepId, StepKind, Wave, WaveId,
};
pub use policy_file::{
    ApprovalDemand, Effect, EnvironmentPlace, Expectation, Factor, NamePattern, PatternNameError,
    Patterns, PolicyCase, PolicyFile, Right, Rule, StepUpDemand, policy_cases,
};
pub use query::{Query, QueryError, UrlPattern};
pub use restore::{RestoreError, restoring};
pub use scap3::{FailureLimit, HostGroup, LaterKey, Scap3Repository, Scap3Settings, TargetFile};
pub use schema::schemas;
pub use selection::{Installed, InstalledRelease, Selection, SelectionError};
pub use view::{GateName, PlanView, StepView};
pub use watch::{HighWindow, Past, PastSource, Watch};
