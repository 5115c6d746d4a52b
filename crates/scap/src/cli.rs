//! The command line: names that people and scripts rely on.

mod spiderpig;

use crate::control::verb::Wanted;
use crate::runner::daemon::OnStop;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(crate) use spiderpig::{
    AuditCommand, PolicyCommand, PolicyTestArguments, SpiderpigCommand, UserCommand,
};
use std::path::PathBuf;

/// Deploys services to Kubernetes and to hosts: plan, canary, evidence, promote, or back.
#[derive(Debug, Parser)]
#[command(
    name = "scap",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Configuration [default: /etc/scap/scap.yaml, then ~/.config/scap/scap.yaml]
    #[arg(long, global = true, env = "SCAP_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where runs are kept [default: /var/lib/scap, then the XDG state folder]
    #[arg(long, global = true, env = "SCAP_STATE_DIR", value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Data goes to stdout, all else to stderr
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Approves the plan, and nothing else
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows what a deployment would do, step by step, with reasons
    Plan(PlanArguments),
    /// Deploys a service: canary, evidence, everywhere, or back by itself
    #[command(alias = "service-deploy")]
    DeployService(DeployArguments),
    /// Writes a new image tag into the service's files, commits and publishes it
    Bump(BumpArguments),
    /// Shows what runs where
    Status { service: Option<String> },
    /// Lists runs, the newest first
    Runs {
        /// Of this service only
        service: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Shows a run: its plan, its steps and how it stands
    Show { run: i64 },
    /// Shows what happened in a run, line by line
    Log {
        run: i64,
        /// Goes on until the run ends
        #[arg(long)]
        follow: bool,
        /// Shows what its programs printed, without the mask: with the right to, a second factor and a reason
        #[arg(long, requires = "reason", conflicts_with = "follow")]
        unmasked: bool,
        /// Only of this step of the plan, from 1
        #[arg(long, requires = "unmasked", value_parser = clap::value_parser!(u16).range(1..))]
        step: Option<u16>,
        /// Why; it stands in the audit
        #[arg(long, requires = "unmasked")]
        reason: Option<String>,
    },
    /// Explains what the gates of a run said, and why
    Explain {
        run: i64,
        /// Writes the tests of the run as JUnit XML too
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
    /// Judges past runs again, by the checks as they are declared now: who was right, then and now
    Replay(ReplayArguments),
    /// Answers the question that a run asks
    Answer { run: i64, choice: String },
    /// Ends a run early: undoes it, or with --stop leaves everything as it is
    Abort {
        run: i64,
        /// Stop here, leave everything as it is
        #[arg(long)]
        stop: bool,
        /// Why, for those who read it later
        #[arg(long)]
        reason: Option<String>,
    },
    /// Makes a run somebody else's: they see to it from now on
    HandOver { run: i64, person: String },
    /// Ends the watch of a run whose version is everywhere, and with it the run
    Finish { run: i64 },
    /// Shows who waits in which order, or gives a run that waits another turn
    Queue {
        #[arg(requires = "turn")]
        run: Option<i64>,
        /// Right before this one
        #[arg(long, value_name = "RUN", group = "turn", requires = "run")]
        before: Option<i64>,
        /// After all others
        #[arg(long, group = "turn", requires = "run")]
        last: bool,
    },
    /// Takes over a run whose scap was killed, or that is stuck and was mended
    Resume { run: i64 },
    /// Brings back what ran before a run, or before the last run of a service
    Rollback { run_or_service: String },
    /// Tries a service's checks where it runs now, and changes nothing
    Check {
        service: String,
        /// Writes what was tried as JUnit XML too
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
    /// Sends the requests of httpbb's files to hosts, and compares every answer
    Smoke(SmokeArguments),
    /// Looks at what stores have of a service's past, and proposes settings for a check
    AnalyzeLogstash(AnalyzeArguments),
    /// Writes a first file of checks, tests and links for a service, from what it finds of it
    Init(InitArguments),
    /// Works on the service catalog
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Lists locks, or locks a service by hand
    Lock {
        service: Option<String>,
        /// Why, for those who find it locked
        #[arg(long)]
        reason: Option<String>,
    },
    /// Gives a lock back that was taken by hand
    Unlock { service: String },
    /// Lets no run start and none begin another step
    Freeze {
        /// Why, for those who find everything frozen
        reason: String,
        /// Ends by itself after this time, for example `2h`
        #[arg(long = "for", value_name = "PERIOD")]
        period: Option<String>,
    },
    /// Ends the freeze
    Thaw,
    /// Lets a version be deployed again that a run rolled back as bad
    Unbar {
        run: i64,
        /// Why, for those who read it later
        reason: String,
    },
    /// Carries out the runs of all people on this host, until it is stopped
    Runner {
        /// What becomes of runs that go on then
        #[arg(long, value_enum, default_value_t = OnStop::Leave)]
        on_stop: OnStop,
    },
    /// Looks after the journal, which keeps all runs
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Looks after SpiderPig, the web UI: who may do what, people, and the record of what they did
    #[command(subcommand)]
    Spiderpig(SpiderpigCommand),
    /// Prints the JSON Schema of a file that scap reads or writes, or the OpenAPI of SpiderPig: `api`
    Schema { name: Option<String> },
    /// Prints completions for a shell
    Completion { shell: clap_complete::Shell },
    /// Shows it all on this machine: a good version promoted, a bad one caught and rolled back
    Demo {
        /// Leaves everything running afterwards, to play with
        #[arg(long)]
        keep: bool,
        /// Leaves the bad version to you, in a browser; names the folder of the built page if it is not this scap's own
        #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "", conflicts_with = "keep")]
        page: Option<String>,
    },
    #[command(hide = true)]
    Supervise {
        directory: PathBuf,
        epoch: Option<u64>,
    },
    #[command(hide = true)]
    DemoHost {
        root: PathBuf,
        address: std::net::SocketAddr,
    },
    #[command(hide = true)]
    DemoService {
        directory: PathBuf,
        address: std::net::SocketAddr,
    },
    #[command(hide = true)]
    DemoRestart,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Prints a catalog of the services in a checkout of helmfiles, and reports what it could not place
    Import {
        /// The checkout, or its deployments folder
        dir: PathBuf,
        /// The cluster groups, if not those of the configuration
        #[arg(long, value_name = "FILE")]
        cluster_groups: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Reads all of it, and names what is not as it was written
    Verify,
    /// Copies it while runs go on, and verifies the copy
    Backup {
        /// Must not exist yet
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[arg(required_unless_present = "diff_against")]
    pub(crate) service: Option<String>,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// Compares what the helmfiles say with what they said in this commit, and asks no cluster; of all services if none is named
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["offline", "revision"])]
    pub(crate) diff_against: Option<String>,
    /// Exits with 7 when there is a difference
    #[arg(long, requires = "diff_against")]
    pub(crate) exit_code: bool,
    /// Needs only the files, asks nobody; shows a preview that cannot be approved
    #[arg(long)]
    pub(crate) offline: bool,
    #[arg(long, value_name = "FILE")]
    pub(crate) service_catalog: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster_groups: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) conftool_state: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub(crate) deployments_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DeployArguments {
    pub(crate) service: String,
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,
    /// Before that, writes this image tag into the service's files, as `scap bump` does
    #[arg(long, value_name = "TAG")]
    pub(crate) bump: Option<String>,
    /// Why, for those who read it later
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Waits for locks that others hold
    #[arg(long)]
    pub(crate) wait: bool,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct BumpArguments {
    pub(crate) service: String,
    pub(crate) tag: Option<String>,
    /// Takes the registry's newest tag that ends as the one that stands now
    #[arg(long, conflicts_with = "tag")]
    pub(crate) latest: bool,
    /// Waits until the registry has the tag; without one, until it has a newer one
    #[arg(long, conflicts_with = "latest")]
    pub(crate) wait_image: bool,
    /// Only in this environment's own values file, which gets the key when it has none; may be given more than once
    #[arg(long = "environment", short = 'e', value_name = "ENVIRONMENT")]
    pub(crate) environments: Vec<String>,
    /// In Hiera, for the Beta Cluster
    #[arg(long, conflicts_with = "environments")]
    pub(crate) hiera: bool,
    /// Takes the tag even if the registry does not have it
    #[arg(long)]
    pub(crate) allow_missing_image: bool,
    /// Leaves once it is published, whether the checkout has it or not
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// How long to wait, for the image and for the checkout
    #[arg(long, value_name = "PERIOD", default_value = "30m")]
    pub(crate) timeout: String,
}

#[derive(Debug, Args)]
pub(crate) struct SmokeArguments {
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Where to connect, by name or address, whatever the URLs' hosts are; separated by commas
    #[arg(
        long,
        required = true,
        value_delimiter = ',',
        value_name = "HOST[,HOST…]"
    )]
    pub(crate) hosts: Vec<String>,
    /// Where to connect for https [default: the URL's]
    #[arg(
        long = "https_port",
        alias = "https-port",
        value_name = "PORT",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) https_port: Option<u16>,
    /// Where to connect for http [default: the URL's]
    #[arg(
        long = "http_port",
        alias = "http-port",
        value_name = "PORT",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) http_port: Option<u16>,
    /// Takes any certificate
    #[arg(long)]
    pub(crate) insecure: bool,
    /// How long one request may take
    #[arg(long, value_name = "PERIOD", default_value = "10s")]
    pub(crate) timeout: String,
}

#[derive(Debug, Args)]
pub(crate) struct AnalyzeArguments {
    pub(crate) service: String,
    /// How far to look back
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) days: u32,
    /// Which check, if the service has several
    #[arg(long, value_name = "CHECK")]
    pub(crate) check: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    pub(crate) service: String,
    /// Where to write it, `-` for stdout [default: scap.yaml beside the helmfile or scap.cfg; stdout if there is one]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replaces a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    #[arg(required_unless_present = "since")]
    pub(crate) run: Option<i64>,
    /// All runs that began so long ago or less, for example `30d`
    #[arg(long, value_name = "PERIOD", conflicts_with = "run")]
    pub(crate) since: Option<String>,
    /// Of this service only
    #[arg(long, requires = "since", value_name = "SERVICE")]
    pub(crate) service: Option<String>,
    /// Settings in place of those declared, for example `tolerated_ratio=1.5,minimum_hold=1m`
    #[arg(long = "set", value_name = "SETTING=VALUE", value_delimiter = ',')]
    pub(crate) changes: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SelectionArguments {
    /// Only this environment, by name or alias; may be given more than once
    #[arg(long = "environment", short = 'e', value_name = "ENVIRONMENT")]
    pub(crate) environments: Vec<String>,
    /// For a service on hosts: the revision to deploy [default: what is checked out]
    #[arg(long, value_name = "REV")]
    pub(crate) revision: Option<String>,
}

impl SelectionArguments {
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted {
            environments: self.environments.clone(),
            revision: self.revision.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory, Parser};

    #[test]
    fn hostile_words_are_a_command_or_are_refused() {
        Cli::command().debug_assert();
        let good = [
            "--format json --yes deploy-service mathoid -e eqiad --bump 2026-03-01 --emergency x --wait",
            "freeze reason --for 2h",
            "log 9223372036854775807 --follow --color=always",
            "analyze-logstash mathoid --days 30 --check errors",
            "replay --since 30d --service mathoid --set tolerated_ratio=1.5,minimum_hold=1m",
            "init mathoid --output scap.yaml --force",
            "bump mathoid --latest --hiera --timeout 30m",
            "smoke a.yaml b.yaml --hosts web1,127.0.0.1 --https_port 8443 --http_port 80 --insecure --timeout 5s",
            "spiderpig policy test p.yaml --person ada --groups a,b --verb deploy --service x -e y --environment-type staging",
            "spiderpig user ban ada reason --for 2h",
            "spiderpig user log-out --session x",
            "spiderpig audit verify --heads F",
            "plan mathoid --offline --service-catalog F --cluster-groups F --conftool-state F --deployments-dir D",
        ];
        scap_hostile::hostile_text("command line", &good, |text| {
            let words = std::iter::once("scap").chain(text.split(' '));
            match Cli::try_parse_from(words) {
                Ok(cli) => drop(cli),
                Err(error) => drop(error.to_string()),
            }
        });
    }
}
