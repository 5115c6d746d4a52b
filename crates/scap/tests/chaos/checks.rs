//! What must hold of every story, however often and wherever its scap was killed.

use crate::by_runner;
use crate::cluster::Change;
use crate::ledger::Mark;
use crate::place::HOSTS;
use crate::processes;
use crate::trial::Story;
use crate::world::RELEASES;
use scap_plan::{HostName, Observation, StepId, StepKind};
use scap_run::{Outcome, StepStatus};
use serde_json::Value;

type Check = fn(&Story) -> Result<(), String>;

const CHECKS: [(&str, Check); 7] = [
    ("no event is lost", no_event_is_lost),
    ("no effect is doubled", no_effect_is_doubled),
    ("the end is the one of an unharmed run", the_end_is_as_ever),
    ("the exit code says how it ended", the_exit_code_fits),
    ("the world is what the journal says", the_world_is_as_told),
    ("nothing is held by a run that has ended", nothing_is_held),
    ("nothing is left running", nothing_is_left),
];

/// The first check that fails, and why.
pub(crate) fn hold(story: &Story) -> Result<(), String> {
    CHECKS.iter().try_for_each(|(name, check)| {
        check(story).map_err(|why| format!("`{name}` does not hold: {why}"))
    })
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

/// Reading the events back has checked their chain already.
fn no_event_is_lost(story: &Story) -> Result<(), String> {
    let stored = story
        .events
        .iter()
        .map(|it| serde_json::to_value(it).unwrap());
    let stored: Vec<Value> = stored.collect();
    for event in story.acknowledged() {
        ensure(stored.contains(&event), || {
            format!("{event} was seen and is gone")
        })?;
    }
    Ok(())
}

fn no_effect_is_doubled(story: &Story) -> Result<(), String> {
    let state = story.place.world.state();
    let needless = state.ledger.entries.iter().find(|it| it.is_needless);
    if let Some(entry) = needless {
        return Err(format!("`{}` was begun again, and was there", entry.effect));
    }
    for release in RELEASES {
        let upgrade = format!("upgrade {release} to {}", story.scenario.tag);
        let times = state.ledger.count(Mark::Done, &upgrade);
        ensure(times <= 1, || format!("`{upgrade}` was done {times} times"))?;
    }
    Ok(())
}

fn the_end_is_as_ever(story: &Story) -> Result<(), String> {
    let Some(state) = &story.state else {
        // Killed before there was a run.
        return ensure(story.ends[0].code.is_none(), || {
            "there is no run".to_owned()
        });
    };
    let expected = Some(story.scenario.end);
    ensure(state.outcome == expected, || {
        let stuck = state.stuck.as_ref().map(|stuck| &stuck.why);
        format!("it is {:?} ({stuck:?}), not {expected:?}", state.outcome)
    })?;
    let other = story
        .beside
        .as_ref()
        .is_some_and(|other| other.code != Some(0));
    ensure(!other, || "the other run did not succeed".to_owned())
}

fn the_exit_code_fits(story: &Story) -> Result<(), String> {
    let told = story.person.as_ref().or(story.ends.last());
    let Some(code) = told.and_then(|end| end.code) else {
        return Ok(());
    };
    if story.person.as_ref().is_some_and(by_runner::is_unanswered) {
        return Ok(());
    }
    let expected = match story.scenario.end {
        Outcome::Succeeded | Outcome::SucceededWithStragglers => 0,
        Outcome::Refused => 1,
        Outcome::RolledBack => 3,
        Outcome::Cancelled => 5,
        Outcome::Stopped => 6,
    };
    ensure(code == expected, || format!("it is {code}, not {expected}"))
}

fn the_world_is_as_told(story: &Story) -> Result<(), String> {
    let Some(state) = &story.state else {
        let untouched = story.place.world.state().ledger.entries.is_empty();
        return ensure(untouched || story.beside.is_some(), || {
            "without a run".to_owned()
        });
    };
    // What it says next is the other run's.
    if story
        .beside
        .as_ref()
        .is_some_and(|_| story.scenario.command.contains(&"v2"))
    {
        return HOSTS
            .iter()
            .try_for_each(|host| host_runs(story, host, Some("v3")));
    }
    for id in state.plan.step_ids() {
        let step = state.step(id);
        let status = state.status(id);
        match &step.kind {
            StepKind::HostGroup(group) => {
                for host in &group.hosts {
                    let wanted = match status {
                        StepStatus::Succeeded => Some(group.revision.clone()),
                        _ => before_on_host(story, id, host),
                    };
                    if is_settled(story, id, host.as_str()) {
                        let wanted = wanted.map(|commit| story.place.world.name(&commit));
                        host_runs(story, host.as_str(), wanted.as_deref())?;
                    }
                }
            }
            StepKind::Release(release) => {
                let name = release.release.as_ref().unwrap().as_str();
                release_runs(story, id, name)?;
            }
        }
    }
    Ok(())
}

/// Whether the journal says what a host runs: not of a straggler, nor of a step that was stopped in the middle.
fn is_settled(story: &Story, id: StepId, host: &str) -> bool {
    let state = story.state.as_ref().unwrap();
    let status = state.status(id);
    let is_straggler = state.stragglers().any(|it| it.name == host);
    let is_certain = matches!(
        status,
        StepStatus::Waiting | StepStatus::Succeeded | StepStatus::Undone
    );
    is_certain && !is_straggler
}

fn before_on_host(story: &Story, id: StepId, host: &HostName) -> Option<String> {
    match &story.state.as_ref()?.step(id).before {
        Some(Observation::HostGroup { hosts }) => hosts.get(host)?.revision.clone(),
        _ => None,
    }
}

/// Its files, its service, and no restart that is due.
fn host_runs(story: &Story, host: &str, wanted: Option<&str>) -> Result<(), String> {
    let wanted = wanted.unwrap_or("nothing");
    let deployed = story.place.deployed(host);
    let running = story.place.world.state().running.get(host).cloned();
    let running = running.unwrap_or_else(|| "nothing".to_owned());
    ensure(deployed == wanted && running == wanted, || {
        format!("{host} has {deployed} and runs {running}, not {wanted}")
    })?;
    ensure(!story.place.restart_is_due(host), || {
        format!("{host} has a restart due")
    })
}

/// helm's history, and the pods that serve.
fn release_runs(story: &Story, id: StepId, release: &str) -> Result<(), String> {
    let state = story.state.as_ref().unwrap();
    let wanted = match (
        state.status(id),
        &state.step(id).before,
        &state.step(id).kind,
    ) {
        (StepStatus::Succeeded, _, StepKind::Release(step)) => match &step.restores {
            Some(_) => Some("1".to_owned()),
            None => Some(story.scenario.tag.to_owned()),
        },
        (_, Some(Observation::Release(before)), _) => {
            let image = before.images.first();
            image.map(|image| image.rsplit(':').next().unwrap().to_owned())
        }
        _ => None,
    };
    let world = story.place.world.state();
    let deployed = world.cluster.deployed(release).map(str::to_owned);
    let serving = world.cluster.serving(release).map(str::to_owned);
    ensure(deployed == wanted && serving == wanted, || {
        format!("helm says {deployed:?} of {release}, its pods serve {serving:?}, not {wanted:?}")
    })?;
    let change = Change::Uninstall {
        release: release.to_owned(),
    };
    ensure(wanted.is_some() || world.cluster.has(&change), || {
        format!("{release} has left something behind")
    })
}

fn nothing_is_held(story: &Story) -> Result<(), String> {
    let Some(journal) = story.place.journal() else {
        return Ok(());
    };
    let locks = journal.locks().unwrap();
    ensure(locks.is_empty(), || format!("{locks:?}"))?;
    let Some(run) = story.run else { return Ok(()) };
    let summary = journal.run(run).unwrap();
    let outcome = story.state.as_ref().and_then(|state| state.outcome);
    ensure(
        summary.holder.is_none() && summary.outcome == outcome,
        || format!("{summary:?}"),
    )?;
    let waiting = journal.pending_requests(run).unwrap();
    let was_cut_off = story.ends.last().unwrap().code.is_none();
    ensure(waiting.is_empty() || was_cut_off, || format!("{waiting:?}"))
}

fn nothing_is_left(story: &Story) -> Result<(), String> {
    let left = processes::left_of(&story.place.path(""));
    ensure(left.is_empty(), || format!("{left:?}"))
}
