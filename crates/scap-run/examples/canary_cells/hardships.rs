//! Healthy rollouts that are hard to tell from faulty ones: how often each way to use the evidence stops them.

use crate::Arguments;
use crate::bounds::upper_bound;
use crate::cells::alarms;
use crate::ours::Ours;
use crate::world::{Fault, Hardship, LEVELS, Noise};
use scap_plan::{Ordinary, Period};
use scap_run::evidence::Settings;
use std::io::{Result, Write};

const HARDSHIPS: [(&str, Hardship); 6] = [
    ("none", Hardship::None),
    ("cold start", Hardship::ColdStart),
    ("30 s clusters", Hardship::LongClusters),
    ("ramp", Hardship::Ramp),
    ("skew of 1.5", Hardship::Skew),
    ("share misjudged", Hardship::MisjudgedShare),
];

const WAYS: [&str; 5] = [
    "with history",
    "no history",
    "no kinds",
    "no kinds, bursts of 30 s",
    "tolerating 2",
];

/// Rollouts that were before.
const HISTORY: u64 = 20;

/// One row for each hardship, level of traffic and noise; in each column the upper bound at 99 % on false alarms.
pub(crate) fn table(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "false alarms, upper bound at 99 %: {}",
        WAYS.join(" | ")
    )?;
    for (name, hardship) in HARDSHIPS {
        for level in LEVELS {
            for (noise_name, noise) in [("iid", Noise::Independent), ("prod", Noise::Production)] {
                let mut cell = arguments.cell(level, noise, Fault::NONE);
                cell.hardship = hardship;
                let ordinary = cell.ordinary(HISTORY);
                let burst = ordinary.burst.map_or(0, Period::milliseconds) / 1000;
                write!(out, "{name:16} {:5} {noise_name:5} {burst:2} s", level.name)?;
                for way in 0..WAYS.len() {
                    let rollouts = cell.healthy(|| rule(arguments.settings(), &ordinary, way));
                    let bound = upper_bound(alarms(&rollouts), cell.rollouts);
                    write!(out, " |{:6.2} %", bound * 100.0)?;
                }
                writeln!(out)?;
                out.flush()?;
            }
        }
    }
    Ok(())
}

/// The evidence, used in that one of `WAYS`.
fn rule(mut settings: Settings, ordinary: &Ordinary, way: usize) -> Ours {
    let mut ordinary = ordinary.clone();
    match way {
        1 => ordinary = Ordinary::default(),
        2 => {
            settings.maximum_signatures = 0;
            ordinary.burst = None;
        }
        3 => {
            settings.maximum_signatures = 0;
            settings.burst_milliseconds = 30_000;
        }
        4 => settings.tolerated_ratio = 2.0,
        _ => {}
    }
    Ours::knowing(settings, ordinary)
}
