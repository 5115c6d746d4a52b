//! A run that `scap runner` carries out for a person, however often the runner is killed.

use crate::trial::Trial;
use crate::victim::{End, Fate, Victim, until};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a person is told whose question was cut off, or who had nobody to ask.
const UNANSWERED: [&str; 3] = [
    "the runner has gone away",
    "none answers on",
    "the plan is not known any more",
];

impl Trial<'_> {
    /// The runners one after the other, and the person's command; once that and the run have ended, no runner is needed.
    pub(crate) fn carry_out_by_runners(&self, fates: &[Fate]) -> (Vec<End>, End) {
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let person = scope.spawn(|| {
                let told = self.ask_the_runner();
                until("the run ends", || self.unfinished().is_none());
                over.store(true, Ordering::SeqCst);
                told
            });
            let mut fates = fates.iter().copied();
            let mut ends: Vec<End> = Vec::new();
            while ends.last().is_none_or(|end| end.code.is_none()) {
                let fate = fates.next().unwrap_or(Fate::Unharmed);
                let (label, known) = (format!("scap-{}", ends.len()), self.known_events());
                let runner = Victim::begin(self.place, &label, &["runner"], fate);
                ends.push(self.see(runner.asked_to_stop_when(&over), known));
            }
            (ends, person.join().unwrap())
        })
    }

    fn ask_the_runner(&self) -> End {
        let socket = self.place.path("state/cli.sock");
        until("a runner answers", || UnixStream::connect(&socket).is_ok());
        let command = self.scenario.command;
        Victim::begin(self.place, "person", command, Fate::Unharmed).end(|_| None, 0)
    }
}

/// Whether a person was told that nobody knows what became of their question.
pub(crate) fn is_unanswered(person: &End) -> bool {
    person.code == Some(1) && UNANSWERED.iter().any(|it| person.stderr.contains(it))
}
