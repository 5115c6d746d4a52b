//! What `make bench` measures of the engine and the journal, and of canaries through both: figures for bench/RESULTS.md.

mod delays;
mod engine;
mod fold;
mod many;
mod measure;
mod plan;
mod rollouts;
mod world;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::io::stdout;
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// A run of steps that do nothing: commits, time and memory for each, beside bare SQLite commits
    Engine(engine::Arguments),
    /// How fast a journal is folded, beside merely reading its rows
    Fold(fold::Arguments),
    /// Looking at a journal of very many runs, claiming from it and verifying it
    Many(many::Arguments),
    /// Deployments in the demo's shape through the real driver, on simulated time
    Rollouts(rollouts::Arguments),
    /// Delays of the runs that a journal has, simulated or not
    Delays { state_directory: PathBuf },
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = &mut stdout().lock();
    match Arguments::parse().bench {
        Bench::Engine(arguments) => engine::bench(out, &arguments),
        Bench::Fold(arguments) => fold::bench(out, &arguments),
        Bench::Many(arguments) => many::bench(out, &arguments),
        Bench::Rollouts(arguments) => rollouts::bench(out, &arguments),
        Bench::Delays { state_directory } => delays::bench(out, &state_directory),
    }
}
