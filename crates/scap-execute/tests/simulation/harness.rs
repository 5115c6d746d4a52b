//! Carries a fleet of runs out from its beginning to its end.

use crate::fleet::{Crash, Fleet};
use crate::people;
use crate::runner;
use crate::scenario::Scenario;
use crate::shared::Shared;
use crate::story::Story;
use scap_journal::{Cursor, Lock, Reply, RequestId};
use std::sync::Arc;

/// A single run; its runner dies at each of the appends in turn, which count anew each time.
pub(crate) fn simulate(scenario: &Scenario, crashes: &[Crash]) -> Story {
    let mut stories = simulate_all(&Fleet::of(scenario, crashes));
    stories.pop().expect("there is one run")
}

/// A story for each run.
pub(crate) fn simulate_all(fleet: &Fleet) -> Vec<Story> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(fleet))
}

async fn play(fleet: &Fleet) -> Vec<Story> {
    let shared = Arc::new(Shared::new(fleet.clone()));
    let people: Vec<_> = (0..fleet.runs.len())
        .map(|run| tokio::spawn(people::act(Arc::clone(&shared), run)))
        .collect();
    let runners: Vec<_> = (0..fleet.runners.len())
        .map(|place| tokio::spawn(runner::live(Arc::clone(&shared), place)))
        .collect();
    for runner in runners {
        runner.await.expect("a runner does not panic");
    }
    let mut stories = Vec::new();
    for (run, people) in people.into_iter().enumerate() {
        let asked = people.await.expect("people do not panic");
        stories.push(story(&shared, run, &asked).await);
    }
    stories
}

async fn story(shared: &Shared, run: usize, asked: &[RequestId]) -> Story {
    let (id, journal) = (shared.runs[run], &shared.journal);
    let targets = shared.worlds[run].at_last().await;
    let (state, _) = journal.fold(id).unwrap();
    let events = journal.events(&mut Cursor::start(id), u32::MAX).unwrap();
    let locks = journal.locks().unwrap();
    let is_ours = |lock: &&Lock| lock.run == Some(id);
    let replies: Vec<Reply> = asked
        .iter()
        .map(|id| journal.reply_to(*id).unwrap())
        .collect();
    let answered = |reply: &Reply| replies.iter().filter(|it| *it == reply).count();
    let world = shared.worlds[run].targets();
    Story {
        scenario: shared.fleet.runs[run].clone(),
        locks_left: locks.iter().filter(is_ours).count(),
        granted_requests: answered(&Reply::Granted),
        unanswered_requests: answered(&Reply::Waiting),
        violations: world.violations.clone(),
        late_programs: shared
            .ended(run)
            .map_or(0, |ended| world.running_after(ended)),
        calm: shared.calm(run),
        budget: shared.fleet.budget(),
        events,
        state,
        targets,
    }
}
