//! `scap completion SHELL`

use crate::cli::Cli;
use crate::exit_code::Exit;
use clap::CommandFactory;

pub(crate) fn run(shell: clap_complete::Shell) -> Exit {
    clap_complete::generate(shell, &mut Cli::command(), "scap", &mut std::io::stdout());
    Exit::Done
}
