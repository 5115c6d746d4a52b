//! Deployments in the demo's shape through the real driver, on simulated time: six hosts, one of them the canary.

use crate::delays::{self, Judged};
use crate::plan::{self, step};
use crate::world::{options, world};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, Poisson};
use scap_execute::Driver;
use scap_journal::Journal;
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, Evidence, Exposition, Gate, Ordinary,
    Origin, Period, StepId,
};
use scap_run::{Event, InstanceCounters, Snapshot};
use std::error::Error;
use std::io::Write;
use std::sync::Mutex;
use tokio::time::Instant;

const HOSTS: usize = 6;
const REQUESTS_PER_SECOND: f64 = 660.0;
/// Share of requests that fail in every version.
const ORDINARY_ERRORS: f64 = 0.001;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Share of the canary's requests that fail anew
    #[arg(long, default_value_t = 0.0)]
    fault: f64,
    #[arg(long, default_value_t = 2000)]
    rollouts: u64,
    #[arg(long, default_value_t = 0)]
    first_seed: u64,
}

pub(crate) fn bench(out: &mut impl Write, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let seeds = arguments.first_seed..arguments.first_seed + arguments.rollouts;
    let judged = seeds
        .map(|seed| rollout(seed, arguments.fault))
        .collect::<Result<Vec<Judged>, _>>()?;
    writeln!(
        out,
        "{} rollouts, new errors {}",
        arguments.rollouts, arguments.fault
    )?;
    delays::print(out, &judged)
}

fn rollout(seed: u64, fault: f64) -> Result<Judged, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(async {
        let journal = Journal::in_memory()?;
        let traffic = Mutex::new((Traffic::new(seed, fault), Instant::now()));
        let world = world(move |steps| {
            let (traffic, last) = &mut *traffic.lock().expect("no look panics");
            traffic.pass(last.elapsed().as_secs_f64());
            *last = Instant::now();
            traffic.snapshot(steps)
        });
        let driver = Driver::create(journal.clone(), &created(), "new", world, options())?;
        let run = driver.run();
        driver.carry_out(std::future::pending()).await?;
        Ok(delays::judged(&journal, run)?.expect("every rollout is judged"))
    })
}

/// The demo's run: the canary, its evidence, then all others.
pub(crate) fn created() -> Event {
    let hosts: Vec<String> = (1..=HOSTS).map(|host| format!("shop{host}")).collect();
    let settings = CountersSettings {
        minimum_hold: Period::from_secs(8),
        maximum_hold: Period::from_secs(60),
        ..CountersSettings::default()
    };
    let evidence = Gate::Evidence(Evidence {
        counters: Counters {
            name: "errors".to_owned(),
            source: CountersSource::Exposition(Exposition {
                port: None,
                path: "/metrics".to_owned(),
                requests: "shop_requests_total".to_owned(),
                errors: "shop_errors_total".to_owned(),
                signature: Some("signature".to_owned()),
            }),
            settings,
            mode: CheckMode::Blocking,
            origin: Origin::Team,
            is_shared: false,
        },
        canary: vec![StepId(0)],
        control: vec![StepId(1)],
        ordinary: Ordinary::default(),
        watch: None,
        load: None,
    });
    plan::created(vec![
        (vec![step("canary".to_owned(), &hosts[..1])], vec![evidence]),
        (vec![step("default".to_owned(), &hosts[1..])], Vec::new()),
    ])
}

/// The requests of all hosts: Poisson, each failing by itself.
pub(crate) struct Traffic {
    random: ChaCha8Rng,
    fault: f64,
    hosts: [InstanceCounters; HOSTS],
}

impl Traffic {
    /// `fault`: the share of the canary's requests that fail anew.
    pub(crate) fn new(seed: u64, fault: f64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            fault,
            hosts: Default::default(),
        }
    }

    pub(crate) fn pass(&mut self, seconds: f64) {
        #[expect(clippy::cast_precision_loss, reason = "six")]
        let mean = REQUESTS_PER_SECOND / HOSTS as f64 * seconds;
        // The distribution is not defined at 0.
        let Ok(arrivals) = Poisson::new(mean) else {
            return;
        };
        for (place, host) in self.hosts.iter_mut().enumerate() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a Poisson count is whole and small"
            )]
            let requests = arrivals.sample(&mut self.random) as u64;
            let fault = if place == 0 { self.fault } else { 0.0 };
            host.requests += requests;
            for (signature, share) in [("SoldOut", ORDINARY_ERRORS), ("EmptyBasket", fault)] {
                let failing = Binomial::new(requests, share).expect("a probability");
                let failed = failing.sample(&mut self.random);
                host.errors += failed;
                *host.signatures.entry(signature.to_owned()).or_default() += failed;
            }
        }
    }

    /// The counters of the hosts of the steps: the first step is the canary, the other all other hosts.
    pub(crate) fn snapshot(&self, steps: &[StepId]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (place, host) in self.hosts.iter().enumerate() {
            if steps.contains(&StepId(place.min(1))) {
                let name = format!("shop{}", place + 1);
                snapshot.instances.insert(name, host.clone());
            }
        }
        snapshot
    }
}
