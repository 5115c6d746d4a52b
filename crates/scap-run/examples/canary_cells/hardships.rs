//! Healthy rollouts that are hard to tell from faulty ones: how often each way to use the evidence stops them.

use crate::Arguments;
use crate::bounds::upper_bound;
use crate::cells::{Cell, alarms};
use crate::ours::Ours;
use crate::world::{Fault, Hardship, LEVELS, Noise};
use scap_plan::Ordinary;
use scap_run::evidence::Settings;
use std::fmt::{Display, Formatter};
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
    "no kinds, with history",
    "no kinds, no history",
    "tolerating 2",
];

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
                let learnt = Learnt::of(&cell, arguments);
                write!(out, "{name:16} {:5} {noise_name:5} {learnt}", level.name)?;
                for way in 0..WAYS.len() {
                    let rollouts = cell.healthy(|| learnt.rule(arguments.settings(), way));
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

/// What former rollouts have shown, and what they would have shown without kinds.
struct Learnt {
    with_kinds: Ordinary,
    without_kinds: Ordinary,
}

impl Learnt {
    fn of(cell: &Cell, arguments: &Arguments) -> Self {
        let settings = arguments.settings();
        let without = Settings {
            maximum_signatures: 0,
            ..settings.clone()
        };
        Self {
            with_kinds: cell.ordinary(arguments.history, &settings),
            without_kinds: cell.ordinary(arguments.history, &without),
        }
    }

    /// The evidence, used in that one of `WAYS`.
    fn rule(&self, mut settings: Settings, way: usize) -> Ours {
        match way {
            2 | 3 => settings.maximum_signatures = 0,
            4 => settings.tolerated_ratio = 2.0,
            _ => {}
        }
        let ordinary = match way {
            1 | 3 => Ordinary::default(),
            2 => self.without_kinds.clone(),
            _ => self.with_kinds.clone(),
        };
        Ours::knowing(settings, ordinary)
    }
}

impl Display for Learnt {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        for ordinary in [&self.with_kinds, &self.without_kinds] {
            let calm = if ordinary.calm { "calm" } else { "unsure" };
            let settles = match ordinary.settles {
                None => "may settle",
                Some(true) => "settles",
                Some(false) => "steady",
            };
            let ratio = ordinary.ratio.unwrap_or_default();
            write!(to, " ({calm}, {settles}, {ratio:.2})")?;
        }
        Ok(())
    }
}
