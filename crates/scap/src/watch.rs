//! Follows a run until it ends: a live terminal, plain lines, or JSON, fed by the journal like any other reader.

use crate::ask;
use crate::clock::now;
use crate::context::Context;
use crate::control::Control;
use crate::control::verb::{FindMending, LeaveRequest, ListRuns, ReadEvents, ReadProgress};
use crate::keys::{self, Pressed};
use crate::trouble::Trouble;
use crate::usual;
use crate::view::live::{LiveTerminal, View};
use crate::view::{plain, question, summary};
use jiff::tz::Offset;
use scap_journal::{Cursor, Recorded, Request};
use scap_plan::{Gate, Plan, Wave};
use scap_run::{AbortKind, RunId, RunState};
use std::io::Write;
use std::time::Duration;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One reader of one run.
pub(crate) struct Watch<'a> {
    context: &'a Context,
    control: &'a Control,
    cursor: Cursor,
    state: RunState,
    face: Face,
}

/// How a reader wants to see the run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// By the person who began it: live on a terminal.
    Beside,
    /// Line by line.
    Lines,
}

/// How the run is shown.
enum Face {
    Live {
        terminal: Box<LiveTerminal>,
        expected: Option<Duration>,
    },
    Plain(plain::Teller),
    Json,
}

impl<'a> Watch<'a> {
    /// Begins at the run's first event.
    pub(crate) async fn begin(
        context: &'a Context,
        run: RunId,
        manner: Manner,
    ) -> Result<Self, Trouble> {
        let control = context.control().await?;
        let cursor = Cursor::start(run);
        let (events, cursor) = control.ask(ReadEvents { cursor }).await?;
        let created = events
            .first()
            .ok_or(scap_journal::JournalError::NoSuchRun(run))?;
        let state = created.begin(run)?;
        let face = face(context, control, &state, manner).await?;
        let mut watch = Self {
            context,
            control,
            cursor,
            state,
            face,
        };
        watch.show_event(created)?;
        watch.take(&events[1..])?;
        Ok(watch)
    }

    /// Shows everything that happens until the run has ended or is stuck, or `is_over` says that nobody carries it on.
    pub(crate) async fn until_end(
        mut self,
        is_over: impl AsyncFn() -> bool,
    ) -> Result<RunState, Trouble> {
        loop {
            // Asked before the last look, so that nothing that was written before the end is missed.
            let over = is_over().await;
            self.look().await?;
            if over || self.state.is_over() {
                break;
            }
            self.draw().await?;
            self.take_keys().await?;
            tokio::time::sleep(LOOK).await;
        }
        self.finish().await
    }

    /// Takes in what was written since the last look, event by event, so that each is shown with the state it led to.
    async fn look(&mut self) -> Result<(), Trouble> {
        loop {
            let cursor = self.cursor;
            let (events, cursor) = self.control.ask(ReadEvents { cursor }).await?;
            if events.is_empty() {
                return Ok(());
            }
            self.take(&events)?;
            self.cursor = cursor;
        }
    }

    fn take(&mut self, events: &[Recorded]) -> Result<(), Trouble> {
        for recorded in events {
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

    async fn draw(&mut self) -> Result<(), Trouble> {
        if let Face::Live { terminal, expected } = &mut self.face {
            let run = self.state.run;
            let seen = self.control.ask(ReadProgress { run }).await?;
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

    async fn take_keys(&mut self) -> Result<(), Trouble> {
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
                let run = self.state.run;
                self.control.ask(LeaveRequest { run, request }).await?;
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
            let run = self.state.run;
            let mending = self.control.ask(FindMending { run }).await?;
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

async fn face(
    context: &Context,
    control: &Control,
    state: &RunState,
    manner: Manner,
) -> Result<Face, Trouble> {
    if context.is_json() {
        return Ok(Face::Json);
    }
    let plain = || Face::Plain(plain::Teller::new(Offset::UTC));
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if manner == Manner::Lines || is_dumb || !ask::is_possible(context) {
        return Ok(plain());
    }
    // One that cannot do it gets lines.
    let Ok(terminal) = LiveTerminal::open(context.colors(&std::io::stdout())) else {
        return Ok(plain());
    };
    Ok(Face::Live {
        terminal: Box::new(terminal),
        expected: expected(control, state).await?,
    })
}

/// How long the last successful runs of the same service took, their median; at least as long as its checks must hold it.
async fn expected(control: &Control, state: &RunState) -> Result<Option<Duration>, Trouble> {
    let service = Some(state.plan.service.to_string());
    let limit = usual::RUNS;
    let former = control.ask(ListRuns { service, limit }).await?;
    let median = usual::milliseconds(&former.runs);
    Ok(median.map(|median| Duration::from_millis(median).max(shortest(&state.plan))))
}

/// How long the gates take at the least.
fn shortest(plan: &Plan) -> Duration {
    let of_wave = |wave: &Wave| {
        let (watches, others): (Vec<&Gate>, _) =
            wave.gates.iter().partition(|gate| gate.is_watch());
        let beside = watches.into_iter().map(shortest_hold).max();
        let others: Duration = others.into_iter().map(shortest_hold).sum();
        others.max(beside.unwrap_or_default())
    };
    plan.waves.iter().map(of_wave).sum()
}

fn shortest_hold(gate: &Gate) -> Duration {
    match gate {
        Gate::Evidence(evidence) if gate.is_watch() => evidence.longest_hold().duration(),
        Gate::Evidence(evidence) => evidence.counters.settings.minimum_hold.duration(),
        Gate::Bake { period } => period.duration(),
        Gate::Tests { .. } => Duration::ZERO,
    }
}
