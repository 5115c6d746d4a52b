//! The commands, one file each.

mod abort;
mod analyze_logstash;
mod answer;
mod bump;
mod catalog;
mod check;
mod completion;
mod demo;
mod deploy_service;
mod explain;
mod finish;
mod freeze;
mod hand_over;
mod init;
mod journal;
mod lock;
mod log;
mod plan;
mod queue;
mod replay;
mod resume;
mod rollback;
mod runner;
mod runs;
mod schema;
mod show;
mod smoke;
mod spiderpig;
mod status;
mod unbar;

use crate::cli::Command;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use scap_run::RunId;
use std::io::IsTerminal;

/// Carries a command out.
pub(crate) async fn run(context: &Context, command: Command) -> Result<Exit, Trouble> {
    match command {
        Command::Plan(arguments) => plan::run(context, &arguments).await,
        Command::DeployService(arguments) => deploy_service::run(context, &arguments).await,
        Command::Bump(arguments) => bump::run(context, &arguments).await,
        Command::Status { service } => status::run(context, service).await,
        Command::Runs { service, limit } => runs::run(context, service, limit).await,
        Command::Show { run } => show::run(context, RunId(run)).await,
        Command::Log {
            run,
            unmasked: true,
            step,
            reason,
            ..
        } => log::unmasked(context, RunId(run), step, reason).await,
        Command::Log { run, follow, .. } => log::run(context, RunId(run), follow).await,
        Command::Explain { run, junit } => {
            explain::run(context, RunId(run), junit.as_deref()).await
        }
        Command::Replay(arguments) => replay::run(context, arguments).await,
        Command::Answer { run, choice } => answer::run(context, RunId(run), &choice).await,
        Command::Abort { run, stop, reason } => abort::run(context, RunId(run), stop, reason).await,
        Command::HandOver { run, person } => hand_over::run(context, RunId(run), person).await,
        Command::Finish { run } => finish::run(context, RunId(run)).await,
        Command::Queue { run, before, .. } => {
            queue::run(context, run.map(RunId), before.map(RunId)).await
        }
        Command::Resume { run } => resume::run(context, RunId(run)).await,
        Command::Rollback { run_or_service } => rollback::run(context, run_or_service).await,
        Command::Smoke(arguments) => smoke::run(context, &arguments).await,
        Command::Check { service, junit } => check::run(context, service, junit.as_deref()).await,
        Command::AnalyzeLogstash(arguments) => analyze_logstash::run(context, arguments).await,
        Command::Init(arguments) => init::run(context, arguments).await,
        Command::Catalog(command) => catalog::run(context, &command),
        Command::Lock { service, reason } => lock::lock(context, service, reason).await,
        Command::Unlock { service } => lock::unlock(context, service).await,
        Command::Freeze { reason, period } => freeze::freeze(context, reason, period).await,
        Command::Thaw => freeze::thaw(context).await,
        Command::Unbar { run, reason } => unbar::run(context, RunId(run), reason).await,
        Command::Runner { on_stop } => runner::run(context, on_stop).await,
        Command::Journal(command) => journal::run(context, &command),
        Command::Spiderpig(command) => spiderpig::run(context, command).await,
        Command::Schema { name } => schema::run(name.as_deref()),
        Command::Completion { shell } => Ok(completion::run(shell)),
        Command::Demo { keep, page } => demo::run(keep, page).await,
        Command::DemoHost { root, address } => demo::host(&root, address).await,
        Command::DemoService { directory, address } => demo::service(&directory, address).await,
        Command::DemoRestart => demo::restart(),
        Command::Supervise { .. } => unreachable!("the supervisor is started before anything else"),
    }
}

/// What a daemon does is read in its log.
pub(crate) fn log_to_stderr() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
