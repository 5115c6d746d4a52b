//! Follows a run until it ends: a live terminal, plain lines, or JSON, fed by the journal like any other reader.

use crate::clock::now;
use crate::context::Context;
use crate::keys::{self, Pressed};
use crate::mending::Mending;
use crate::trouble::Trouble;
use crate::view::live::{LiveTerminal, View};
use crate::view::progress::ProgressBoard;
use crate::view::{plain, question, summary};
use crate::{ask, person, requests};
use jiff::tz::Offset;
use scap_journal::{Cursor, Journal, Recorded, Request};
use scap_plan::{Gate, Plan};
use scap_run::{AbortKind, RunId, RunState};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One reader of one run.
pub(crate) struct Watch<'a> {
    context: &'a Context,
    journal: Journal,
    cursor: Cursor,
    state: RunState,
    face: Face,
}

/// How a reader wants to see the run.
pub(crate) enum Manner {
    /// Beside the run itself, which this process carries out: live on a terminal.
    Beside(Arc<ProgressBoard>),
    /// Line by line.
    Lines,
}

/// How the run is shown.
enum Face {
    Live {
        terminal: Box<LiveTerminal>,
        board: Arc<ProgressBoard>,
        expected: Option<Duration>,
    },
    Plain(plain::Teller),
    Json,
}

impl<'a> Watch<'a> {
    /// Begins at the run's first event.
    pub(crate) fn begin(
        context: &'a Context,
        journal: &Journal,
        run: RunId,
        manner: Manner,
    ) -> Result<Self, Trouble> {
        let mut cursor = Cursor::start(run);
        let created = journal.events(&mut cursor, 1)?;
        let created = created
            .first()
            .ok_or(scap_journal::JournalError::NoSuchRun(run))?;
        let state = created.begin(run)?;
        let face = face(context, journal, &state, manner)?;
        let mut watch = Self {
            context,
            journal: journal.clone(),
            cursor,
            state,
            face,
        };
        watch.show_event(created)?;
        Ok(watch)
    }

    /// Shows everything that happens until the run has ended or is stuck, or `is_over` says that nobody carries it on.
    pub(crate) async fn until_end(
        mut self,
        is_over: impl Fn() -> bool,
    ) -> Result<RunState, Trouble> {
        loop {
            // Asked before the last look, so that nothing that was written before the end is missed.
            let over = is_over();
            self.look()?;
            if over || self.state.is_over() {
                break;
            }
            self.draw()?;
            self.take_keys()?;
            tokio::time::sleep(LOOK).await;
        }
        self.finish().await
    }

    /// Takes in what was written since the last look, event by event, so that each is shown with the state it led to.
    fn look(&mut self) -> Result<(), Trouble> {
        let events = self.journal.events(&mut self.cursor, u32::MAX)?;
        for recorded in &events {
            recorded.apply_to(&mut self.state)?;
            self.show_event(recorded)?;
        }
        Ok(())
    }

    fn show_event(&mut self, recorded: &Recorded) -> Result<(), Trouble> {
        match &mut self.face {
            Face::Live { .. } => Ok(()),
            Face::Plain(teller) => {
                if let Some(line) = teller.line(recorded, &self.state) {
                    writeln!(std::io::stdout(), "{line}")?;
                }
                Ok(())
            }
            Face::Json => Context::print_json_line(recorded),
        }
    }

    fn draw(&mut self) -> Result<(), Trouble> {
        if let Face::Live {
            terminal,
            board,
            expected,
            ..
        } = &mut self.face
        {
            let seen = board.seen();
            let view = View {
                state: &self.state,
                now: now(),
                seen: &seen,
                expected: *expected,
            };
            terminal.draw(&view)?;
        }
        Ok(())
    }

    fn take_keys(&mut self) -> Result<(), Trouble> {
        if !matches!(self.face, Face::Live { .. }) {
            return Ok(());
        }
        for pressed in keys::pressed()? {
            let request = match pressed {
                Pressed::Interrupt => Some(Request::Abort {
                    kind: self.abort_kind(),
                    reason: Some("Ctrl-C".to_owned()),
                }),
                Pressed::Key(key) => self.answer(key),
            };
            if let Some(request) = request {
                requests::leave(&self.journal, self.state.run, &person::name(), &request)?;
            }
        }
        Ok(())
    }

    /// The first Ctrl-C puts everything back; one while that is going on stops it.
    fn abort_kind(&self) -> AbortKind {
        if self.state.undo.is_some() || self.state.abort.is_some() {
            AbortKind::Stop
        } else {
            AbortKind::Undo
        }
    }

    fn answer(&self, key: char) -> Option<Request> {
        let open = self.state.open_question()?;
        let choice = question::choice(open, key)?;
        Some(Request::Answer {
            question: open.id,
            choice,
        })
    }

    /// Leaves the terminal as it was, and says how the run ended.
    async fn finish(self) -> Result<RunState, Trouble> {
        let is_json = matches!(self.face, Face::Json);
        drop(self.face);
        if !is_json {
            let mending = Mending::of(self.context, &self.state).await;
            self.context.print(&summary::page(
                &self.state,
                &mending,
                now(),
                Context::width(),
            ))?;
        }
        Ok(self.state)
    }
}

fn face(
    context: &Context,
    journal: &Journal,
    state: &RunState,
    manner: Manner,
) -> Result<Face, Trouble> {
    if context.is_json() {
        return Ok(Face::Json);
    }
    let plain = || Face::Plain(plain::Teller::new(Offset::UTC));
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let Manner::Beside(board) = manner else {
        return Ok(plain());
    };
    if is_dumb || !ask::is_possible(context) {
        return Ok(plain());
    }
    // One that cannot do it gets lines.
    let Ok(terminal) = LiveTerminal::open(context.colors(&std::io::stdout())) else {
        return Ok(plain());
    };
    Ok(Face::Live {
        terminal: Box::new(terminal),
        board,
        expected: expected(journal, state)?,
    })
}

/// How long the last successful runs of the same service took, their median; at least as long as its checks must hold it.
fn expected(journal: &Journal, state: &RunState) -> Result<Option<Duration>, Trouble> {
    let runs = journal.runs(Some(state.plan.service.as_str()), 20)?;
    let mut took: Vec<u64> = runs
        .iter()
        .filter(|run| run.outcome == Some(scap_run::Outcome::Succeeded))
        .map(|run| run.created.until(run.changed))
        .collect();
    took.sort_unstable();
    let median = took.get(took.len() / 2).copied();
    Ok(median.map(|median| Duration::from_millis(median).max(shortest(&state.plan))))
}

/// How long the gates take at the least.
fn shortest(plan: &Plan) -> Duration {
    let gates = plan.waves.iter().flat_map(|wave| &wave.gates);
    let holds = gates.map(|gate| match gate {
        Gate::Evidence(evidence) => evidence.counters.settings.minimum_hold.duration(),
        Gate::Bake { period } => period.duration(),
        Gate::Tests { .. } => Duration::ZERO,
    });
    holds.sum()
}
