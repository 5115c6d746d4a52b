//! One deployment from its beginning to its end, through as many kills as there are.

use crate::place::Place;
use crate::plot::Plot;
use crate::scenario::{Deed, Scenario};
use crate::victim::{End, Fate, Kill, Victim, until};
use scap_journal::{Journal, Recorded, Request};
use scap_run::{Event, RunId, RunState, UnixMillis};
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What happened, from all sides.
pub(crate) struct Story {
    pub(crate) scenario: &'static Scenario,
    pub(crate) place: Place,
    /// Of the kills that were meant, those that met somebody.
    pub(crate) hits: Vec<Kill>,
    /// Each scap that carried the run on, in turn.
    pub(crate) ends: Vec<End>,
    /// The command of the person for whom runners did so.
    pub(crate) person: Option<End>,
    pub(crate) beside: Option<End>,
    pub(crate) run: Option<RunId>,
    pub(crate) events: Vec<Recorded>,
    pub(crate) state: Option<RunState>,
    pub(crate) recoveries: Vec<Recovery>,
}

/// How long nobody carried a run on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recovery {
    pub(crate) since_kill: Duration,
    /// Since its lease ran out.
    pub(crate) since_lease: Duration,
}

/// A run's numbers when it is left alone.
pub(crate) struct Counts {
    pub(crate) events: usize,
    pub(crate) writes: usize,
    pub(crate) syncs: usize,
}

pub(crate) struct Trial<'a> {
    pub(crate) scenario: &'static Scenario,
    pub(crate) place: &'a Place,
    /// The newest run before this trial.
    before: Option<RunId>,
}

/// Plays a scenario in a copy of `template`, killing whoever carries its run out.
pub(crate) fn play(plot: &Plot, template: &Place) -> Story {
    let fates: Vec<Fate> = plot.kills.iter().map(|kill| Fate::Killed(*kill)).collect();
    let place = template.copy(plot.scenario);
    if plot.by_runner {
        place.leave_runs_to_a_runner();
    }
    tell(plot.scenario, place, &fates, plot.by_runner)
}

/// Plays a scenario to its end and counts its writes.
pub(crate) fn play_whole(scenario: &'static Scenario, template: &Place) -> Story {
    tell(scenario, template.copy(scenario), &[Fate::Counted], false)
}

fn tell(scenario: &'static Scenario, place: Place, fates: &[Fate], by_runner: bool) -> Story {
    let before = place.journal().and_then(|journal| newest(&journal));
    let trial = Trial {
        scenario,
        place: &place,
        before,
    };
    let over = AtomicBool::new(false);
    let (ends, person, beside) = std::thread::scope(|scope| {
        scope.spawn(|| trial.act_as_a_person(&over));
        let beside = scope.spawn(|| trial.run_beside(&over));
        let (ends, person) = if by_runner {
            let (ends, person) = trial.carry_out_by_runners(fates);
            (ends, Some(person))
        } else {
            (trial.carry_out(fates), None)
        };
        over.store(true, Ordering::SeqCst);
        (ends, person, beside.join().unwrap())
    });
    let run = place.journal().and_then(|journal| trial.run(&journal));
    let (state, events) = match run {
        Some(run) => trial.read(run),
        None => (None, Vec::new()),
    };
    let met = fates
        .iter()
        .zip(&ends)
        .filter(|(_, end)| end.code.is_none());
    let hits = met.filter_map(|(fate, _)| match fate {
        Fate::Killed(kill) => Some(*kill),
        _ => None,
    });
    Story {
        scenario,
        hits: hits.collect(),
        recoveries: recoveries(&ends, &events),
        place,
        ends,
        person,
        beside,
        run,
        events,
        state,
    }
}

fn newest(journal: &Journal) -> Option<RunId> {
    let runs = journal.runs(None, 1).unwrap();
    runs.runs.first().map(|summary| summary.run)
}

/// From each kill to the word of who took the run over, unless that one was killed before it could say so.
fn recoveries(ends: &[End], events: &[Recorded]) -> Vec<Recovery> {
    let resumed = events
        .iter()
        .filter(|it| matches!(it.event, Event::RunResumed { .. }));
    let resumed: Vec<UnixMillis> = resumed.map(|it| it.at).collect();
    let after = |pair: &[End]| {
        let [killed, next] = pair else { return None };
        let is_theirs = |at: &&UnixMillis| (killed.at..=next.at).contains(*at);
        let at = *resumed.iter().find(is_theirs)?;
        let since = |from: UnixMillis| Duration::from_millis(from.until(at));
        Some(Recovery {
            since_kill: since(killed.at),
            since_lease: since(killed.lease_until?.max(killed.at)),
        })
    };
    ends.windows(2).filter_map(after).collect()
}

impl Trial<'_> {
    /// The run that whoever is killed carries out.
    fn run(&self, journal: &Journal) -> Option<RunId> {
        let runs = journal.runs(None, 10).unwrap().runs.into_iter();
        let mut new = runs.filter(|summary| Some(summary.run) > self.before);
        let wanted = self.place.arguments(self.scenario.command);
        let commit = wanted.iter().find(|word| word.len() == 40);
        let found = match (&self.scenario.beside, commit) {
            (Some(_), Some(commit)) => new.find(|it| commit.starts_with(&it.version)),
            _ => new.next(),
        };
        found.map(|summary| summary.run)
    }

    fn read(&self, run: RunId) -> (Option<RunState>, Vec<Recorded>) {
        let journal = self.place.journal().unwrap();
        let (state, _) = journal.fold(run).unwrap();
        let mut cursor = scap_journal::Cursor::start(run);
        (Some(state), journal.events(&mut cursor, u32::MAX).unwrap())
    }

    pub(crate) fn known_events(&self) -> usize {
        let journal = self.place.journal();
        let run = journal.as_ref().and_then(|journal| self.run(journal));
        run.map_or(0, |run| self.read(run).1.len())
    }

    /// All who carry the run on, one after the other.
    fn carry_out(&self, fates: &[Fate]) -> Vec<End> {
        if self.is_second() {
            until("the other run holds its locks", || {
                self.holds_locks(|run| run.is_some())
            });
        }
        let mut fates = fates.iter().copied();
        let first = fates.next().unwrap_or(Fate::Unharmed);
        let victim = Victim::begin(self.place, "scap-0", self.scenario.command, first);
        let mut ends = vec![self.see(victim, 0)];
        while ends.last().unwrap().code.is_none() {
            let Some(run) = self.unfinished() else { break };
            let fate = fates.next().unwrap_or(Fate::Unharmed);
            let (label, known) = (format!("scap-{}", ends.len()), self.known_events());
            let again = ["resume", &run.to_string()];
            ends.push(self.see(Victim::begin(self.place, &label, &again, fate), known));
        }
        ends
    }

    /// The other scap, which comes first, or once the one that is killed has its locks, or will never have any.
    fn run_beside(&self, over: &AtomicBool) -> Option<End> {
        let beside = self.scenario.beside.as_ref()?;
        if !beside.is_first {
            let ours = |run| run == self.place.journal().and_then(|journal| self.run(&journal));
            until("it is the other's turn", || {
                over.load(Ordering::SeqCst) || self.holds_locks(|run| run.is_some() && ours(run))
            });
        }
        let other = Victim::begin(self.place, "beside", beside.command, Fate::Unharmed);
        Some(other.end(|_| None, 0))
    }

    fn is_second(&self) -> bool {
        self.scenario.beside.as_ref().is_some_and(|it| it.is_first)
    }

    /// Whether locks are held, by a run of this kind.
    fn holds_locks(&self, kind: impl Fn(Option<RunId>) -> bool) -> bool {
        let locks = self.place.journal().map(|journal| journal.locks().unwrap());
        locks.is_some_and(|locks| locks.iter().any(|lock| kind(lock.run)))
    }

    pub(crate) fn see(&self, victim: Victim, known: usize) -> End {
        let mut end = victim.end(|journal| self.run(journal), known);
        let journal = self.place.journal();
        let lease =
            journal.and_then(|journal| Some(journal.run(self.run(&journal)?).unwrap().lease_until));
        end.lease_until = lease;
        end
    }

    /// The run, if it was begun and should go on.
    pub(crate) fn unfinished(&self) -> Option<RunId> {
        let journal = self.place.journal()?;
        let run = self.run(&journal)?;
        journal.run(run).unwrap().outcome.is_none().then_some(run)
    }

    fn act_as_a_person(&self, over: &AtomicBool) {
        let Some(deed) = &self.scenario.person else {
            return;
        };
        while !over.load(Ordering::SeqCst) {
            if let Some((run, request)) = self.asked(deed) {
                let journal = self.place.journal().unwrap();
                let now = crate::victim::now();
                journal.ask(run, "ada", &request, now).unwrap();
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What a person asks of which run, once they can.
    fn asked(&self, deed: &Deed) -> Option<(RunId, Request)> {
        use crate::ledger::Mark::Begun;
        if let Deed::Abort(_, effect) = deed
            && self.place.world.state().ledger.count(Begun, effect) == 0
        {
            return None;
        }
        let journal = self.place.journal()?;
        let run = self.run(&journal)?;
        let request = match deed {
            Deed::Abort(kind, _) => Request::Abort {
                kind: *kind,
                reason: None,
            },
            Deed::Answer(choice) => Request::Answer {
                question: journal.fold(run).unwrap().0.open_question()?.id,
                choice: *choice,
            },
        };
        Some((run, request))
    }
}

impl Story {
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            events: self.events.len(),
            writes: self.ends[0].writes,
            syncs: self.ends[0].syncs,
        }
    }

    /// The events that somebody was told of before a kill: as lines of scap, or by reading the journal.
    pub(crate) fn acknowledged(&self) -> impl Iterator<Item = Value> {
        let lines = self.ends.iter().chain(&self.person).flat_map(|end| {
            // A line without its end was never said.
            let whole = end.stdout.rsplit_once('\n').map_or("", |(whole, _)| whole);
            whole
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
        });
        let seen = self.ends.iter().flat_map(|end| &end.seen);
        seen.map(|recorded| serde_json::to_value(recorded).unwrap())
            .chain(lines)
    }

    fn all_ends(&self) -> impl Iterator<Item = &End> {
        self.ends.iter().chain(&self.person).chain(&self.beside)
    }

    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for Recorded { seq, at, event } in &self.events {
            let event: String = serde_json::to_string(event)
                .unwrap()
                .chars()
                .take(300)
                .collect();
            let since = at.0 - self.events[0].at.0;
            writeln!(text, "{seq:>4} {since:>8} ms  {event}").unwrap();
        }
        for (number, end) in self.all_ends().enumerate() {
            let End {
                code,
                stdout,
                stderr,
                ..
            } = end;
            let shown = if code.is_none() { "" } else { stdout.as_str() };
            let shown: Vec<String> = shown
                .lines()
                .map(|line| line.chars().take(200).collect())
                .collect();
            writeln!(text, "scap {number}: {code:?} {stderr}{}", shown.join("\n")).unwrap();
        }
        writeln!(text, "{}", self.place.world.state().ledger).unwrap();
        writeln!(text, "{:?}", self.place.world.state().cluster.releases).unwrap();
        text
    }
}
