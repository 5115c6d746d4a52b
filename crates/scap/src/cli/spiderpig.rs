//! The commands that look after SpiderPig: its policy, its people and its audit.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum SpiderpigCommand {
    /// Serves the page to browsers, and asks the runner for all that it shows
    Web,
    /// Looks after the policy: who may do what
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Looks after people: their second factors, sessions and bans
    #[command(subcommand)]
    User(UserCommand),
    /// Reads the record of what people did
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Reads a policy, and says what it decides: of one person, or of a file of cases
    Test(PolicyTestArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PolicyTestArguments {
    pub(crate) file: PathBuf,
    /// Cases with what must come out of each
    #[arg(long, value_name = "FILE", conflicts_with = "verb")]
    pub(crate) cases: Option<PathBuf>,
    /// Who asks
    #[arg(long, requires = "verb")]
    pub(crate) person: Option<String>,
    /// The groups of who asks, separated by commas
    #[arg(long, value_delimiter = ',', requires = "verb")]
    pub(crate) groups: Vec<String>,
    /// What is asked for, for example `deploy`
    #[arg(long, requires = "person")]
    pub(crate) verb: Option<String>,
    #[arg(long, requires = "verb")]
    pub(crate) service: Option<String>,
    /// By name or alias; all that the service has where none is named
    #[arg(long, short = 'e', requires = "service")]
    pub(crate) environment: Option<String>,
    /// Of an environment that the catalog does not have: `staging`; else it counts as production
    #[arg(long, value_name = "TYPE", requires = "environment")]
    pub(crate) environment_type: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Lists people, their second factors and who is banned
    List,
    /// Makes a second factor for yourself: codes that change every 30 s, or a passkey that you have made on the page
    Enrol {
        /// Keeps the passkey for which your profile on the page shows this number; asks for it where none is given
        #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = "")]
        passkey: Option<String>,
        /// For somebody without an account on this host; only the owner of the state folder can
        #[arg(long)]
        person: Option<String>,
    },
    /// Takes a second factor away from a person, whose sessions end
    RemoveFactor { person: String, factor: i64 },
    /// Lets whoever signs in next by a name have it, which was another account's of the identity provider until now
    ForgetAccount { person: String },
    /// Ends a person's sessions, and lets them sign in no more
    Ban {
        person: String,
        /// Why, for those who read it later
        reason: String,
        /// Ends by itself after this time, for example `2h`
        #[arg(long = "for", value_name = "PERIOD")]
        period: Option<String>,
    },
    /// Lifts a ban
    Unban { person: String },
    /// Ends sessions: all of a person, one by its id, or everybody's
    LogOut {
        #[arg(required_unless_present_any = ["session", "everyone"])]
        person: Option<String>,
        #[arg(long, value_name = "ID", conflicts_with_all = ["person", "everyone"])]
        session: Option<String>,
        #[arg(long, conflicts_with = "person")]
        everyone: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Lists what people did, the newest first
    List {
        /// By this person only
        #[arg(long)]
        person: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Reads all of it, and names the first entry that is not as it was written
    Verify {
        /// Heads that were kept on another host, one a line
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
    /// Prints where it ends now, to be kept on another host
    Head,
    /// Signs all that there is, so that it may be taken out later: prints the checkpoint's number
    Checkpoint,
    /// Takes out all entries up to a checkpoint; the chain holds on without them
    Prune { checkpoint: u64 },
}
