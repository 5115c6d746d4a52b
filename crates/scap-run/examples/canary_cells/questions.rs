//! What healthy deployments ask of people where there is little traffic, and what a look at the evidence costs.

use crate::Arguments;
use crate::cells::Cell;
use crate::streams::number;
use crate::world::{Fault, Level, Noise};
use scap_run::evidence::{Evidence, Settings, Verdict};
use std::hint::black_box;
use std::io::{Result, Write};
use std::time::{Duration, Instant};

const REQUESTS_PER_SECOND: [f64; 4] = [1.0, 5.0, 20.0, 200.0];
const LONGEST_HOLD_SECONDS: usize = 600;
const SHARE: f64 = 0.05;
const SERVICES: u32 = 50;

/// How each level of traffic ends: promoted early, after the longest hold, or asked, as nobody can tell.
pub(crate) fn table(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    for requests_per_second in REQUESTS_PER_SECOND {
        let level = Level {
            name: "",
            requests_per_second,
            base_error_rate: 0.001,
            faults: [0.0; 3],
        };
        let cell = arguments.cell(level, Noise::Production, Fault::NONE);
        let ends = cell.ends(LONGEST_HOLD_SECONDS, SHARE);
        let part = |verdict| {
            let count = ends.iter().filter(|it| it.0 == verdict).count();
            number(count as u64) / number(cell.rollouts) * 100.0
        };
        let mut excluded: Vec<f64> = ends.iter().filter_map(|it| it.1).collect();
        excluded.sort_by(f64::total_cmp);
        let excluded = excluded.get(excluded.len() / 2);
        writeln!(
            out,
            "{requests_per_second:5} requests/s: {:5.1} % promoted early, {:5.1} % after the longest hold, {:5.1} asked of 100, {:.2} undone; smallest fault excluded {:.2} %",
            part(Verdict::Pass),
            part(Verdict::Inconclusive),
            part(Verdict::NoData),
            part(Verdict::Fail),
            excluded.map_or(f64::NAN, |share| share * 100.0),
        )?;
    }
    cost(arguments, out)
}

impl Cell {
    /// The verdict of each healthy rollout, at the latest after so long, and the smallest fault that it excludes.
    fn ends(&self, longest_seconds: usize, share: f64) -> Vec<(Verdict, Option<f64>)> {
        self.all(|seed| {
            let (mut world, mut random) = self.world(!seed, Fault::NONE);
            let mut evidence = Evidence::new(Settings::default()).expect("valid defaults");
            for at in 0..longest_seconds / self.tick_seconds as usize {
                evidence.vote(&world.observe(&mut random, at, share).0);
                if let Some(verdict) = evidence.verdict(false) {
                    return (verdict, evidence.smallest_fault_excluded());
                }
            }
            let verdict = evidence.verdict(true).expect("there is one at last");
            (verdict, evidence.smallest_fault_excluded())
        })
    }
}

/// A vote with all kinds in it, after ten minutes and after an hour; then one for each of many services.
fn cost(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    let [_, _, high] = crate::world::LEVELS;
    let cell = arguments.cell(high, Noise::Production, Fault::NONE);
    let (mut world, mut random) = cell.world(0, Fault::NONE);
    let ticks: Vec<_> = (0..600)
        .map(|at| world.observe(&mut random, at, SHARE).0)
        .collect();
    let mut evidence = Evidence::new(Settings::default()).expect("valid defaults");
    let mut round = || {
        let began = Instant::now();
        for tick in &ticks {
            evidence.vote(black_box(tick));
        }
        began.elapsed() / 600
    };
    round();
    let young = round();
    for _ in 0..3 {
        round();
    }
    let old: Duration = round();
    writeln!(
        out,
        "a vote: {young:?} after ten minutes, {old:?} after an hour ({:.2} times); {SERVICES} services: {:?} a tick",
        old.as_secs_f64() / young.as_secs_f64(),
        old * SERVICES
    )
}
