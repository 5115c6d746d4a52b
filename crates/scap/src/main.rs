//! The one binary: command line, terminal views, wiring, exit codes; no rules of its own.

mod ask;
mod bump;
mod carry_out;
mod cli;
mod clock;
mod commands;
mod context;
mod control;
mod exit_code;
mod interrupt;
mod keys;
mod mending;
mod patience;
mod person;
mod planning;
#[cfg(test)]
mod published;
mod queries;
mod queue;
mod report;
mod requests;
mod runner;
mod settings;
mod spiderpig;
mod status;
mod trouble;
mod usual;
mod view;
mod watch;
mod wiring;

use clap::Parser;
use cli::{Cli, Command};
use context::Context;
use scap_engines::process::{Containment, supervise};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A supervisor stays as small as it can be: it outlives everything else.
    if let Command::Supervise { directory, epoch } = &cli.command {
        return supervise(directory, *epoch, &Containment::ALL);
    }
    let context = Context::new(cli.global);
    let runtime = tokio::runtime::Runtime::new()
        .expect("a machine without threads and timers runs no deployments");
    match runtime.block_on(commands::run(&context, cli.command)) {
        Ok(exit) => exit.into(),
        Err(trouble) => trouble
            .tell(context.is_json(), context.colors(&std::io::stderr()))
            .into(),
    }
}
