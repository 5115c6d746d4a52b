//! How long the evidence takes to catch a fault, what the fault costs until then, and how often a healthy rollout alarms.

use std::io::{Result, Write, stdout};

use clap::Parser;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use scap_run::evidence::{Evidence, Settings};

#[path = "../tests/evidence/streams.rs"]
mod streams;

use streams::{FAULT, Stream};

/// Seeded rollouts through the real evidence.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 200.0)]
    requests_per_second: f64,
    #[arg(long, default_value_t = 0.05)]
    canary_share: f64,
    /// Error lines per request that are there anyway.
    #[arg(long, default_value_t = 0.001)]
    base_error_rate: f64,
    /// Mean lines that one cause writes; 1 has no clusters.
    #[arg(long, default_value_t = 1.0)]
    lines_per_cause: f64,
    /// Share of the canary's requests that fail anew.
    #[arg(long, default_value_t = 0.1)]
    fault: f64,
    /// Healthy time before the fault begins.
    #[arg(long, default_value_t = 0)]
    onset_seconds: u32,
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..))]
    tick_milliseconds: u32,
    /// How old counts are before they are complete.
    #[arg(long, default_value_t = 10_000)]
    lag_milliseconds: u32,
    /// From the alarm until the canary is out of the traffic.
    #[arg(long, default_value_t = 2000)]
    undo_milliseconds: u32,
    /// The longest that a rollout is watched.
    #[arg(long, default_value_t = 600)]
    longest_seconds: u32,
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    rollouts: u64,
}

/// What happened until the alarm.
struct Caught {
    ticks_since_onset: u32,
    bad_requests: u64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let outcomes: Vec<_> = (0..arguments.rollouts)
        .map(|seed| arguments.rollout(seed, arguments.fault))
        .collect();
    let caught: Vec<&Caught> = outcomes.iter().flatten().collect();
    let mut delays: Vec<f64> = caught.iter().map(|it| arguments.delay(it)).collect();
    let mut bad: Vec<f64> = caught.iter().map(|it| arguments.bad(it)).collect();
    let false_alarms = (0..arguments.rollouts)
        .filter(|seed| arguments.rollout(!seed, 0.0).is_some())
        .count();
    let rollouts = arguments.rollouts;
    let mut out = stdout().lock();
    writeln!(out, "caught           {} of {rollouts}", delays.len())?;
    print(&mut out, "delay, s        ", &mut delays)?;
    print(&mut out, "bad requests    ", &mut bad)?;
    writeln!(out, "false alarms     {false_alarms} of {rollouts}")
}

impl Arguments {
    fn stream(&self, fault: f64) -> Stream {
        Stream {
            requests_per_second: self.requests_per_second,
            canary_share: self.canary_share,
            base_error_rate: self.base_error_rate,
            canary_ratio: 1.0,
            lines_per_cause: self.lines_per_cause,
            one_offs_per_second: 0.0,
            fault,
            tick_milliseconds: self.tick_milliseconds,
        }
    }

    /// One rollout; none when there is no alarm. An alarm before the onset counts as one at the onset.
    fn rollout(&self, seed: u64, fault: f64) -> Option<Caught> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut evidence = Evidence::new(Settings::default()).expect("the defaults are valid");
        let (healthy, faulty) = (self.stream(0.0), self.stream(fault));
        let onset = self.onset_seconds * 1000 / self.tick_milliseconds;
        let mut bad_requests = 0;
        for at in 0..self.longest_seconds * 1000 / self.tick_milliseconds {
            let stream = if at < onset { &healthy } else { &faulty };
            let tick = stream.tick(&mut random);
            let fault = tick.signatures.iter().find(|kind| kind.signature == FAULT);
            bad_requests += fault.map_or(0, |kind| kind.canary);
            evidence.vote(&tick);
            if evidence.is_alarming() {
                return Some(Caught {
                    ticks_since_onset: (at + 1).saturating_sub(onset),
                    bad_requests,
                });
            }
        }
        None
    }

    /// Seconds from the onset of the fault to the alarm.
    fn delay(&self, caught: &Caught) -> f64 {
        let milliseconds = caught.ticks_since_onset * self.tick_milliseconds;
        f64::from(milliseconds + self.lag_milliseconds) / 1000.0
    }

    /// Requests that failed until the canary was out of the traffic; those after the last tick in their mean.
    fn bad(&self, caught: &Caught) -> f64 {
        let rest = f64::from(self.lag_milliseconds + self.undo_milliseconds) / 1000.0;
        let rate = self.requests_per_second * self.canary_share * self.fault;
        f64::from(u32::try_from(caught.bad_requests).unwrap_or(u32::MAX)) + rate * rest
    }
}

fn print(out: &mut impl Write, what: &str, values: &mut [f64]) -> Result<()> {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return writeln!(out, "{what} none");
    };
    let [median, p90] = [values[last / 2], values[last * 9 / 10]];
    let worst = values[last];
    writeln!(
        out,
        "{what} median {median:.1}, p90 {p90:.1}, worst {worst:.1}"
    )
}
