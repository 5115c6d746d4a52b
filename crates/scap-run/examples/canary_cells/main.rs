//! The real evidence beside the rules that the field uses, on the streams of the reference simulation.
//!
//! Fifteen cells of healthy rollouts (five noises at three levels of traffic) and twelve of faulty ones, from fixed seeds.

mod bounds;
mod cells;
mod field;
mod fit;
mod hardships;
mod ours;
mod questions;
mod rule;
mod spread;
#[path = "../../tests/evidence/streams.rs"]
mod streams;
mod world;

use bounds::{upper_bound, wald};
use cells::{Cell, Outcome, alarms};
use clap::{Parser, ValueEnum};
use field::{FixedRate, FixedThreshold, RankTest};
use ours::Ours;
use rule::Rollout;
use scap_run::evidence::Settings;
use std::io::{Result, Write, stdout};
use streams::number;
use world::{Fault, Hardship, LEVELS, Level, NOISES, Noise};

#[derive(Parser)]
struct Arguments {
    /// In each cell.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u64).range(1..))]
    rollouts: u64,
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10))]
    tick_seconds: u32,
    /// How long a fault goes on that nobody stopped, once it is everywhere.
    #[arg(long, default_value_t = 900)]
    missed_seconds: u32,
    /// Judge all errors together only.
    #[arg(long)]
    without_signatures: bool,
    /// Former rollouts of the service; without any, ours is used as before the first ones.
    #[arg(long, default_value_t = 20)]
    history: u64,
    /// Ticks of ours that share one vote on mild ratios.
    #[arg(long)]
    window_seconds: Option<u32>,
    #[arg(long, value_enum, default_value_t = Show::All)]
    show: Show,
    /// Give the field's rules limits with as few false alarms as ours.
    #[arg(long)]
    fitted: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Show {
    /// Ours beside the field's rules
    All,
    /// Ours alone
    Ours,
    /// Ours, where healthy rollouts are hard to tell from faulty ones
    Hardships,
    /// How often people are asked, by traffic, and what a vote costs
    Questions,
}

/// The rules that are compared, the first one ours.
const NAMES: [&str; 4] = ["scap (this)", "fixed threshold", "fixed rate", "rank test"];

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = stdout().lock();
    match arguments.show {
        Show::Hardships => return hardships::table(&arguments, &mut out),
        Show::Questions => return questions::table(&arguments, &mut out),
        Show::All | Show::Ours => {}
    }
    healthy(&arguments, &mut out)?;
    faulty(&arguments, &mut out)
}

impl Arguments {
    fn cell(&self, level: Level, noise: Noise, fault: Fault) -> Cell {
        Cell {
            level,
            noise,
            fault,
            hardship: Hardship::None,
            tick_seconds: self.tick_seconds,
            rollouts: self.rollouts,
        }
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        if let Some(seconds) = self.window_seconds {
            settings.window_milliseconds = u64::from(seconds) * 1000;
        }
        if self.without_signatures {
            settings.maximum_signatures = 0;
        }
        settings
    }
}

/// False alarms of each rule in the fifteen cells, and how long healthy rollouts are held.
fn healthy(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    let (mut worst, mut sum) = (0.0_f64, 0.0);
    writeln!(
        out,
        "false alarms in {} rollouts; upper bound at 99 % of ours; median hold",
        arguments.rollouts
    )?;
    for level in LEVELS {
        for (name, noise) in NOISES {
            let cell = arguments.cell(level, noise, Fault::NONE);
            let ordinary = cell.ordinary(arguments.history, &arguments.settings());
            let rollouts = cell.healthy(|| Ours::knowing(arguments.settings(), ordinary.clone()));
            let ours = alarms(&rollouts);
            let bound = upper_bound(ours, cell.rollouts);
            worst = worst.max(bound);
            sum += number(ours) / number(cell.rollouts) / 15.0;
            let (hold, promoted) = hold(&rollouts);
            write!(
                out,
                "{:5} {name:8} {ours:5} (at most {:5.2} %) | held {hold} s, {promoted} promoted early",
                level.name,
                bound * 100.0,
            )?;
            if arguments.show == Show::All {
                let learnt = fit::learnt_thresholds(&level, noise, arguments.tick_seconds);
                let field = [
                    cell.false_alarms(|| FixedThreshold::new(learnt)),
                    cell.false_alarms(|| FixedRate::new(FixedRate::SHIPPED)),
                    cell.false_alarms(|| RankTest::new(RankTest::SHIPPED)),
                ];
                write!(out, " | {:5} {:5} {:5}", field[0], field[1], field[2])?;
            }
            writeln!(out)?;
        }
    }
    writeln!(
        out,
        "worst upper bound {:.2} %, mean rate {:.3} %\n",
        worst * 100.0,
        sum * 100.0
    )
}

/// The median until the first share may be left, at most its 600 s, and how many may leave it before that.
fn hold(rollouts: &[(Ours, Rollout)]) -> (u32, usize) {
    let holds = rollouts.iter();
    let holds = holds.map(|(rule, _)| rule.good_enough_seconds.unwrap_or(600).min(600));
    let mut holds: Vec<u32> = holds.collect();
    holds.sort_unstable();
    let early = holds.iter().filter(|seconds| **seconds < 600).count();
    (holds[holds.len() / 2], early)
}

/// What faults cost under each rule in the twelve cells, all with the noise of production.
fn faulty(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "stopped / delay / requests failed; a missed fault lasts {} s",
        arguments.missed_seconds
    )?;
    let mut logs = [0.0; NAMES.len()];
    for level in LEVELS {
        let limits = Limits::of(arguments, level);
        let onsets = level
            .faults
            .map(|share| (share, 0))
            .into_iter()
            .chain([(level.faults[1], 300)]);
        for (share, onset_seconds) in onsets {
            let cell = arguments.cell(
                level,
                Noise::Production,
                Fault {
                    share,
                    onset_seconds,
                },
            );
            let outcomes = limits.outcomes(&cell, arguments);
            let (bound_seconds, bound_failed) = wald(&level, share, 0.05);
            write!(
                out,
                "{:5} {:5.2} % at {onset_seconds:3} s",
                level.name,
                share * 100.0
            )?;
            for (outcome, log) in outcomes.iter().zip(&mut logs) {
                *log += outcome.failed.max(f64::MIN_POSITIVE).ln() / 12.0;
                let Outcome {
                    stopped,
                    delay_seconds,
                    failed,
                } = outcome;
                let part = number(*stopped) / number(cell.rollouts) * 100.0;
                write!(out, " |{part:6.1} %{delay_seconds:7.0} s{failed:9.1}")?;
            }
            let ratio = outcomes[0].delay_seconds / bound_seconds;
            writeln!(
                out,
                " | bound {bound_seconds:.0} s, {bound_failed:.1}; ours {ratio:.2} times"
            )?;
        }
    }
    if arguments.show == Show::Ours {
        return writeln!(out, "requests failed, geometric mean: {:.2}", logs[0].exp());
    }
    for (name, log) in NAMES.iter().zip(&logs).skip(1) {
        writeln!(
            out,
            "{name}: {:.1} times as many requests failed (geometric mean of 12)",
            (log - logs[0]).exp()
        )?;
    }
    Ok(())
}

/// Of the field's rules, at one level of traffic.
struct Limits {
    thresholds: [f64; 2],
    rate: f64,
    rank: f64,
}

impl Limits {
    fn of(arguments: &Arguments, level: Level) -> Self {
        if !arguments.fitted {
            return Self {
                thresholds: fit::learnt_thresholds(
                    &level,
                    Noise::Production,
                    arguments.tick_seconds,
                ),
                rate: FixedRate::SHIPPED,
                rank: RankTest::SHIPPED,
            };
        }
        let cell = arguments.cell(level, Noise::Production, Fault::NONE);
        let ordinary = cell.ordinary(arguments.history, &arguments.settings());
        let alarms = cell.false_alarms(|| Ours::knowing(arguments.settings(), ordinary.clone()));
        Self {
            thresholds: fit::fitted_thresholds(&cell, alarms),
            rate: fit::fitted_rate(&cell, alarms),
            rank: fit::fitted_rank_test(&cell, alarms),
        }
    }

    /// The first one ours.
    fn outcomes(&self, cell: &Cell, arguments: &Arguments) -> Vec<Outcome> {
        let missed = arguments.missed_seconds;
        let ordinary = cell.ordinary(arguments.history, &arguments.settings());
        let ours = || Ours::knowing(arguments.settings(), ordinary.clone());
        let mut outcomes = vec![cell.outcome(missed, ours)];
        if arguments.show == Show::All {
            outcomes.extend([
                cell.outcome(missed, || FixedThreshold::new(self.thresholds)),
                cell.outcome(missed, || FixedRate::new(self.rate)),
                cell.outcome(missed, || RankTest::new(self.rank)),
            ]);
        }
        outcomes
    }
}
