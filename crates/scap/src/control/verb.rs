//! What people ask of scap, and what they are answered: the same in this process and through the runner.

use crate::mending::Mending;
use crate::planning::Planned;
use crate::queries::GateQueries;
use crate::status::ServiceStatus;
use crate::view::check::CountersLook;
use crate::view::progress::Seen;
use scap_journal::{
    Cursor, FreezeOrder, Listing, Lock, Recorded, Reply, Request, RequestId, RunSummary,
};
use scap_plan::{CountersSettings, Period, StepId};
use scap_run::history::{Analysis, Kind};
use scap_run::{Finding, Replay, RunId, TestReport, UnixMillis};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Something to be asked, and what the answer is.
pub(crate) trait Ask: Into<Verb> {
    type Answer: Serialize + DeserializeOwned;
}

/// What of a service is meant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// By name or alias; all of them where none is named.
    pub(crate) environments: Vec<String>,
    /// Of a service on hosts; what is checked out where none is named.
    pub(crate) revision: Option<String>,
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident { $($(#[$of_field:meta])* $field:ident: $type:ty),* $(,)? } -> $answer:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Serialize, Deserialize)]
            pub(crate) struct $verb { $($(#[$of_field])* pub(crate) $field: $type),* }

            impl Ask for $verb {
                type Answer = $answer;
            }

            impl From<$verb> for Verb {
                fn from(verb: $verb) -> Self {
                    Self::$verb(verb)
                }
            }
        )*

        /// Any of them, as it crosses the socket.
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(tag = "verb", rename_all = "snake_case")]
        pub(crate) enum Verb {
            $($(#[$doc])* $verb($verb),)*
        }
    };
}

verbs! {
    /// Plans a deployment with what runs now at each target, and keeps the plan for a while.
    MakePlan { service: String, wanted: Wanted } -> Planned;
    /// Plans to bring back what ran before a run, or before the last run of a service; names the run.
    PlanRollback { run_or_service: String } -> (RunId, Planned);
    /// What stands against a plan that was made a while ago.
    Preflight { digest: String } -> Vec<Finding>;
    /// Makes a run of a plan that this person was shown.
    Deploy {
        digest: String,
        reason: Option<String>,
        /// Whether the person said yes to the plan; else the run asks.
        approved: bool,
        /// Waits for locks that others hold, instead of being refused.
        waits_for_locks: bool,
    } -> RunId;
    /// Takes over a run that nobody carries out, or that is stuck and was mended.
    Resume { run: RunId } -> ();
    /// The newest runs first.
    ListRuns { service: Option<String>, limit: u32 } -> Listing;
    /// One run in one line.
    SummarizeRun { run: RunId } -> RunSummary;
    /// A run's events from where one stopped, and where they end now.
    ReadEvents { cursor: Cursor } -> (Vec<Recorded>, Cursor);
    /// How far the steps of a run are, where that is known.
    ReadProgress { run: RunId } -> Seen;
    /// Leaves a request for whoever carries the run out.
    LeaveRequest { run: RunId, request: Request } -> RequestId;
    /// What became of a request.
    ReadReply { request: RequestId } -> Reply;
    /// What a person does after a run that was rolled back.
    FindMending { run: RunId } -> Mending;
    /// What the gates of evidence of a run ask, and where a person sees that.
    FindQueries { run: RunId } -> Vec<GateQueries>;
    /// Judges the evidence of past runs again, by the checks as they are declared now.
    ReplayRuns {
        which: Past,
        /// Settings that count in place of those declared: `tolerated_ratio` and `1.5`.
        changes: Vec<(String, String)>,
    } -> ReplayedRuns;
    /// What stores have of a service's past, and which settings of a check would fit it.
    AnalyzeHistory {
        service: String,
        /// The only one where none is named.
        check: Option<String>,
        days: u32,
    } -> AnalyzedHistory;
    /// The locks that a deployment needs.
    FindLockKeys { service: String, wanted: Wanted } -> Vec<String>;
    /// The runs that wait for their turn, in order.
    ListQueue {} -> Vec<RunSummary>;
    /// Gives a run that waits another turn: right before another one, or the last.
    MoveInQueue { run: RunId, before: Option<RunId> } -> ();
    /// All locks, and the freeze.
    ListLocks {} -> Held;
    /// Locks a service by hand; answers with who has it, where somebody has.
    LockService { service: String, reason: Option<String> } -> Option<Lock>;
    /// Gives a lock back that was taken by hand; answers whether there was one.
    UnlockService { service: String } -> bool;
    /// Lets no run start and none begin another step.
    Freeze { reason: String, period: Option<Period> } -> ();
    /// Ends the freeze; answers whether there was one.
    Thaw {} -> bool;
    /// Lets a version be deployed again that a run rolled back as bad; answers whether there was one.
    Unbar { run: RunId, reason: String } -> bool;
    /// Makes a second factor for the person, which counts once they have shown a code of it.
    BeginEnrolment {} -> BegunEnrolment;
    /// Shows a code of the factor that was begun; answers whether it counts now.
    ConfirmEnrolment { code: String } -> bool;
    /// Keeps a passkey that the person has made on the page and waits under this number; answers what they call it.
    ConfirmPasskey {
        number: String,
        /// Somebody else, in whose name only the runner's own user may.
        person: Option<String>,
    } -> String;
    /// What the programs of a run printed, without the mask: for whoever may, with a reason, written down.
    Unmask {
        run: RunId,
        /// Of all steps where none is named.
        step: Option<StepId>,
        reason: String,
        /// A second factor, where one is needed.
        code: Option<String>,
    } -> Vec<RawOutput>;
    /// What runs where, of one service or of all.
    LookAround { service: Option<String> } -> Vec<ServiceStatus>;
    /// Tries the checks of a service where it runs now.
    TryChecks { service: String } -> Tried;
    /// Looks for all that a first file of a service's team could have, and makes one of it.
    ProposeFirstFile { service: String } -> ProposedFile;
}

impl Verb {
    /// Whether nothing is changed by asking it again.
    pub(super) fn only_looks(&self) -> bool {
        !matches!(
            self,
            Self::Deploy(_)
                | Self::Resume(_)
                | Self::LeaveRequest(_)
                | Self::MoveInQueue(_)
                | Self::LockService(_)
                | Self::UnlockService(_)
                | Self::Freeze(_)
                | Self::Thaw(_)
                | Self::Unbar(_)
                | Self::BeginEnrolment(_)
                | Self::ConfirmEnrolment(_)
                | Self::ConfirmPasskey(_)
                | Self::Unmask(_)
        )
    }
}

/// Which past runs are meant.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "past", rename_all = "snake_case")]
pub(crate) enum Past {
    Run {
        run: RunId,
    },
    Since {
        since: UnixMillis,
        service: Option<String>,
    },
}

/// Past runs judged again, the newest first.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReplayedRuns {
    pub(crate) runs: Vec<ReplayedRun>,
    /// What is kept of them is not what was written.
    pub(crate) damaged: Vec<RunId>,
}

/// A past run with its gates of evidence.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReplayedRun {
    pub(crate) summary: RunSummary,
    pub(crate) replays: Vec<Replay>,
}

/// What the past says of a check.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AnalyzedHistory {
    pub(crate) check: String,
    /// As they are declared now.
    pub(crate) settings: CountersSettings,
    pub(crate) days: u32,
    pub(crate) window_milliseconds: u64,
    pub(crate) releases: Vec<String>,
    pub(crate) analysis: Analysis,
    /// The commonest first.
    pub(crate) kinds: Vec<Kind>,
}

/// A first file for a service's team.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProposedFile {
    pub(crate) text: String,
    /// Where it may be; the first one is the usual.
    pub(crate) places: Vec<PathBuf>,
    /// Where there is one already.
    pub(crate) there: Option<PathBuf>,
    /// Keys that the service catalog has in its place.
    pub(crate) declared: Vec<String>,
    /// Why a source has said nothing, by what it is.
    pub(crate) unasked: BTreeMap<String, String>,
}

/// A second factor as it is shown once: whoever knows it can make its codes.
#[derive(Serialize, Deserialize)]
pub(crate) struct BegunEnrolment {
    /// As an app reads it from a picture.
    pub(crate) uri: String,
    /// As it is typed.
    pub(crate) secret: String,
}

/// What one program printed, as it did.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct RawOutput {
    pub(crate) step: StepId,
    /// Its name in the run's folder.
    pub(crate) program: String,
    /// What a person calls it.
    pub(crate) label: String,
    /// With colours only; other escape sequences are visible.
    pub(crate) lines: Vec<String>,
    /// How many there were before these.
    pub(crate) left_out: u64,
}

/// What keeps runs from going on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) locks: Vec<Lock>,
    pub(crate) freeze: Option<FreezeOrder>,
}

/// What the checks of a service say.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tried {
    pub(crate) reports: Vec<TestReport>,
    pub(crate) looks: Vec<CountersLook>,
    /// What keeps the counters from counting what they should.
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
}
