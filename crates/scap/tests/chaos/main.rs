//! The real binary, killed at points of its way and again while it recovers, over hosts and a cluster that keep a ledger.
//!
//! `SCAP_CHAOS_KILLS=1500` kills as often as that, else a few times. A kill that fails is tried again alone with
//! `SCAP_CHAOS_ONLY='shop: upgrade/by-runner/sync-7-children/seen-3'`, as its failure says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod by_runner;
mod checks;
mod cluster;
mod fakes;
mod ledger;
mod place;
mod plot;
mod processes;
mod scenario;
mod service;
mod tally;
mod trial;
mod victim;
mod world;

use place::Place;
use plot::{Plot, Whole};
use scenario::{SCENARIOS, Scenario};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use tally::Tally;
use trial::Story;

const FEWER: usize = 24;
/// Most of a trial is waiting for a dead runner's lease.
const SIDE_BY_SIDE: usize = 8;

#[test]
fn whoever_is_killed_all_runs_end_as_if_nobody_had_been() {
    need_strace();
    let bare = Place::bare();
    let only = std::env::var("SCAP_CHAOS_ONLY").ok();
    let only: Option<Plot> = only.map(|text| text.parse().unwrap());
    let kills = std::env::var("SCAP_CHAOS_KILLS").map_or(FEWER, |text| text.parse().unwrap());
    // Where each is killed once only, how long it is need not be known so well.
    let all = only.is_none() && kills > SCENARIOS.len();
    let wholes = play_wholes(&bare, |scenario| {
        let wanted = only
            .as_ref()
            .map_or(&SCENARIOS[..], |plot| std::slice::from_ref(plot.scenario));
        all || wanted.iter().any(|it| it.comes_after(scenario.name))
    });
    let is_sample = only.is_none();
    let plots = only.map_or_else(|| plot::draw(&wholes, kills), |plot| vec![plot]);
    let (plots, tally) = (
        Mutex::new(VecDeque::from(plots)),
        Mutex::new(Tally::default()),
    );
    side_by_side(|| {
        loop {
            let next = plots.lock().unwrap().pop_front();
            let Some(plot) = next else { return };
            let template = template(&wholes, &bare, plot.scenario);
            let story = trial::play(&plot, template);
            assert_sound(&story, &plot);
            let mut tally = tally.lock().unwrap();
            tally.add(&story);
            if tally.ends_chapter() {
                println!("{tally}");
            }
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally}");
    if is_sample {
        tally.assert_enough(kills);
    }
    if all {
        tally.assert_in_time();
    }
}

/// Scenarios left alone, those that come after others in turn; by their names.
fn play_wholes(
    bare: &Place,
    is_wanted: impl Fn(&Scenario) -> bool,
) -> BTreeMap<&'static str, Whole> {
    let mut wholes = BTreeMap::new();
    let mut waiting: Vec<&'static Scenario> = SCENARIOS.iter().collect();
    waiting.retain(|scenario| is_wanted(scenario));
    while !waiting.is_empty() {
        let is_next = |scenario: &&Scenario| {
            scenario
                .after
                .is_none_or(|after| wholes.contains_key(after))
        };
        let (turn, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_next);
        let (queue, played) = (Mutex::new(turn), Mutex::new(Vec::new()));
        side_by_side(|| {
            loop {
                let next = queue.lock().unwrap().pop();
                let Some(scenario) = next else { return };
                let story = trial::play_whole(scenario, template(&wholes, bare, scenario));
                let plot = Plot {
                    scenario,
                    by_runner: false,
                    kills: Vec::new(),
                };
                assert_sound(&story, &plot);
                played
                    .lock()
                    .unwrap()
                    .push((scenario.name, Whole::of(story)));
            }
        });
        wholes.extend(played.into_inner().unwrap());
        waiting = later;
    }
    wholes
}

fn template<'a>(
    wholes: &'a BTreeMap<&'static str, Whole>,
    bare: &'a Place,
    scenario: &Scenario,
) -> &'a Place {
    scenario.after.map_or(bare, |after| &wholes[after].place)
}

fn assert_sound(story: &Story, plot: &Plot) {
    if let Err(broken) = checks::hold(story) {
        panic!(
            "{plot}: {broken}\nreplay it with SCAP_CHAOS_ONLY='{plot}'\n{}",
            story.told()
        );
    }
}

/// The first failure counts, and the others come to their end first.
fn side_by_side(work: impl Fn() + Sync) {
    let results: Vec<_> = std::thread::scope(|scope| {
        let begin = |_| scope.spawn(|| catch_unwind(AssertUnwindSafe(&work)));
        let workers: Vec<_> = (0..SIDE_BY_SIDE).map(begin).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    if let Some(failure) = results.into_iter().find_map(Result::err) {
        resume_unwind(failure);
    }
}

#[expect(clippy::disallowed_methods, reason = "a test looks for what it needs")]
fn need_strace() {
    let traced = std::process::Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .status();
    let works = traced.is_ok_and(|status| status.success());
    assert!(
        works,
        "strace is needed, and must be allowed to trace: `apt-get install strace`"
    );
}
