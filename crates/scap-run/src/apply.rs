//! The one place where an event changes a run, used live and by every recovery, view and replay.

mod gate;
mod question;
mod step;
mod undo;

use crate::state::{Freeze, Stuck};
use crate::{
    Abort, AbortKind, Cause, Event, GateState, Outcome, RunId, RunState, StepState, StepStatus,
    Undo, UnixMillis,
};
use scap_plan::{Gate, Observation, Plan};

/// An event that cannot happen in this state: it is never stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot happen now: {why}")]
pub struct IllegalEvent {
    pub what: &'static str,
    pub why: String,
}

fn illegal<T>(what: &'static str, why: impl Into<String>) -> Result<T, IllegalEvent> {
    Err(IllegalEvent {
        what,
        why: why.into(),
    })
}

fn ensure(condition: bool, what: &'static str, why: &str) -> Result<(), IllegalEvent> {
    if condition {
        Ok(())
    } else {
        illegal(what, why)
    }
}

/// Whether every step and wave that the plan names is there, so that nothing has to look twice.
fn ensure_whole(plan: &Plan) -> Result<(), IllegalEvent> {
    let of_gate = |gate: &Gate| match gate {
        Gate::Evidence(evidence) => [&evidence.canary[..], &evidence.control].concat(),
        Gate::Tests { .. } | Gate::Bake { .. } => Vec::new(),
    };
    let of_waves = plan.waves.iter().flat_map(|wave| {
        let of_gates = wave.gates.iter().flat_map(of_gate);
        wave.steps.iter().copied().chain(of_gates)
    });
    let needed = plan
        .steps
        .iter()
        .flat_map(|step| step.needs.iter().copied());
    match of_waves
        .chain(needed)
        .find(|step| step.0 >= plan.steps.len())
    {
        Some(step) => illegal("this plan", format!("it has no step {step}")),
        None => Ok(()),
    }
}

impl RunState {
    /// Whether something can have come from a step or gate: the plan has it, and it is no shadow.
    fn ensure_known(&self, what: &'static str, cause: Cause) -> Result<(), IllegalEvent> {
        let is_known = match cause {
            Cause::Step { step } => step.0 < self.steps.len(),
            Cause::Gate { wave, gate } => self
                .gates
                .get(wave.0)
                .is_some_and(|gates| gate < gates.len()),
            Cause::Abort => true,
        };
        ensure(is_known, what, "the plan has no such step or gate")?;
        let is_shadow = matches!(cause, Cause::Gate { wave, gate } if self.is_shadow(wave, gate));
        ensure(!is_shadow, what, "nothing follows from a shadow")
    }

    /// The state after a run's first event.
    pub fn create(run: RunId, at: UnixMillis, event: &Event) -> Result<Self, IllegalEvent> {
        let Event::RunCreated {
            plan,
            person,
            reason,
            approved,
        } = event
        else {
            return illegal("this event", "a run begins with its creation");
        };
        ensure_whole(plan)?;
        let gates = plan.waves.iter().map(|wave| {
            wave.gates
                .iter()
                .map(GateState::new)
                .collect::<Result<_, _>>()
        });
        Ok(Self {
            run,
            plan: (**plan).clone(),
            person: person.clone(),
            reason: reason.clone(),
            created: at,
            changed: at,
            approved: *approved,
            seen_again: false,
            locked: false,
            findings: None,
            steps: vec![StepState::default(); plan.steps.len()],
            gates: gates.collect::<Result<_, _>>()?,
            questions: Vec::new(),
            timers: std::collections::BTreeMap::new(),
            abort: None,
            frozen: None,
            undo: None,
            stuck: None,
            outcome: None,
            finished_by: None,
            resumed: 0,
        })
    }

    /// Takes one event in, or leaves the state as it was and says why the event cannot be.
    pub fn apply(&mut self, at: UnixMillis, event: &Event) -> Result<(), IllegalEvent> {
        ensure(
            self.outcome.is_none(),
            "another event",
            "the run has finished",
        )?;
        let resuming = matches!(event, Event::RunResumed { .. });
        ensure(
            self.stuck.is_none() || resuming,
            "this event",
            "the run is stuck until somebody resumes it",
        )?;
        match event {
            Event::RunCreated { .. } => illegal("a creation", "the run exists")?,
            Event::StepStarted { .. }
            | Event::StepActed { .. }
            | Event::StepSucceeded { .. }
            | Event::StepFailed { .. }
            | Event::StepFell { .. }
            | Event::StepObserved { .. } => self.apply_to_step(at, event)?,
            Event::StepUndoStarted { .. }
            | Event::StepUndone { .. }
            | Event::StepUndoFailed { .. } => {
                self.apply_to_undo(at, event)?;
            }
            Event::TestsFinished { .. }
            | Event::EvidenceRecorded { .. }
            | Event::LoadSent { .. }
            | Event::OtherRunsSeen { .. }
            | Event::GateConcluded { .. }
            | Event::ExamplesFound { .. } => {
                self.apply_to_gate(at, event)?;
            }
            Event::TimerStarted { .. }
            | Event::TimerFired { .. }
            | Event::QuestionAsked { .. }
            | Event::QuestionAnswered { .. } => self.apply_to_question(event)?,
            _ => self.apply_to_run(event)?,
        }
        self.changed = at;
        Ok(())
    }

    fn apply_to_run(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::TargetsSeen { before } => self.see_targets(before)?,
            Event::LocksAcquired => {
                ensure(
                    self.approved && !self.locked,
                    "taking locks",
                    "the plan is not approved, or they are held",
                )?;
                self.locked = true;
            }
            Event::LocksRefused { findings } => {
                ensure(
                    !self.locked && self.findings.is_none(),
                    "a refusal of locks",
                    "they are held",
                )?;
                self.findings = Some(findings.clone());
            }
            Event::PreflightFinished { findings } => {
                ensure(
                    self.locked && self.findings.is_none(),
                    "preflight",
                    "it needs the locks, and runs once",
                )?;
                self.findings = Some(findings.clone());
            }
            Event::AbortRequested { kind, by, reason } => {
                self.request_abort(*kind, by, reason.as_ref())?;
            }
            Event::HandedOver { to, .. } => {
                let is_theirs = self.person == *to;
                ensure(!is_theirs, "handing over", "the run is theirs already")?;
                self.person.clone_from(to);
            }
            Event::FinishRequested { by } => {
                ensure(
                    self.is_only_watched(),
                    "finishing",
                    "it is not everywhere, or waits for more than the end of its watch",
                )?;
                self.finished_by = Some(by.clone());
            }
            Event::FreezeBegan { by, reason } => {
                self.frozen = Some(Freeze {
                    by: by.clone(),
                    reason: reason.clone(),
                });
            }
            Event::FreezeEnded => self.frozen = None,
            Event::UndoStarted { cause } => {
                ensure(self.undo.is_none(), "an undo", "it has started")?;
                let going_on = self.steps.iter().any(|step| step.status.is_going_on());
                ensure(!going_on, "an undo", "a step is still going on")?;
                self.ensure_known("an undo", *cause)?;
                self.undo = Some(Undo {
                    cause: *cause,
                    checked: None,
                });
            }
            Event::UndoChecked { reports } => {
                ensure(
                    self.touched().next().is_none(),
                    "checking the undo",
                    "not everything is undone",
                )?;
                match &mut self.undo {
                    Some(undo) => undo.checked = Some(reports.clone()),
                    None => illegal("checking the undo", "there is none")?,
                }
            }
            Event::RunStuck { why, commands } => {
                self.stuck = Some(Stuck {
                    why: why.clone(),
                    commands: commands.clone(),
                });
            }
            Event::RunResumed { .. } => self.resume(),
            Event::RunFinished { outcome } => self.finish(*outcome)?,
            _ => illegal("this event", "it is none of the run's own")?,
        }
        Ok(())
    }

    fn see_targets(&mut self, before: &[Option<Observation>]) -> Result<(), IllegalEvent> {
        let is_in_time = !self.approved && self.questions.is_empty();
        ensure(
            is_in_time,
            "a look at the targets",
            "the plan was shown already",
        )?;
        let is_whole = before.len() == self.plan.steps.len();
        ensure(
            is_whole,
            "a look at the targets",
            "the plan has other steps",
        )?;
        for (step, seen) in self.plan.steps.iter_mut().zip(before) {
            if let Some(seen) = seen {
                step.before = Some(seen.clone());
            }
        }
        self.seen_again = true;
        Ok(())
    }

    fn request_abort(
        &mut self,
        kind: AbortKind,
        by: &str,
        reason: Option<&String>,
    ) -> Result<(), IllegalEvent> {
        let undoing = self.undo.is_some() && kind == AbortKind::Undo;
        ensure(!undoing, "an abort", "the run is rolling back already")?;
        self.abort = Some(Abort {
            kind,
            by: by.to_owned(),
            reason: reason.cloned(),
        });
        Ok(())
    }

    /// What a dead runner was doing is interrupted; what had failed to be undone may be tried again.
    fn resume(&mut self) {
        let stuck = self.stuck.take().is_some();
        for step in &mut self.steps {
            step.status = match step.status {
                StepStatus::Started => StepStatus::Interrupted,
                StepStatus::Undoing | StepStatus::UndoFailed => StepStatus::UndoInterrupted,
                // A person may have made it visible again.
                StepStatus::Failed if stuck && step.is_unobservable() => StepStatus::Interrupted,
                other => other,
            };
            if step.status == StepStatus::UndoInterrupted && stuck {
                // Attempts go on counting: a program has its number in its name and is run once only.
                step.forgiven_undo_attempts = step.undo_attempt;
            }
        }
        if stuck && let Some(undo) = &mut self.undo {
            undo.checked = None;
        }
        self.resumed += 1;
    }

    fn finish(&mut self, outcome: Outcome) -> Result<(), IllegalEvent> {
        let going_on = self.steps.iter().any(|step| step.status.is_going_on());
        ensure(!going_on, "the end", "a step is still going on")?;
        let untouched = self.touched().next().is_none();
        let fits = match outcome {
            Outcome::Succeeded => {
                self.undo.is_none()
                    && self.current_wave().is_none()
                    && self.stragglers().next().is_none()
            }
            Outcome::SucceededWithStragglers => {
                self.undo.is_none() && self.current_wave().is_none()
            }
            Outcome::RolledBack => {
                self.undo
                    .as_ref()
                    .is_some_and(|undo| undo.checked.is_some())
                    && untouched
            }
            Outcome::Stopped => true,
            Outcome::Cancelled | Outcome::Refused => untouched && self.undo.is_none(),
        };
        ensure(fits, "this end", "the steps say otherwise")?;
        self.outcome = Some(outcome);
        Ok(())
    }
}
