//! Which symbol, word and colour a state has.

use super::style::{
    ASKING, DONE, FAILED, GATE_JUDGING, GATE_PASSED, GATE_WAITING, GOING_ON, Mark, PAUSED, STOPPED,
    Tone, UNDONE, WAITING, WARNING,
};
use scap_plan::WaveId;
use scap_run::evidence::Verdict;
use scap_run::{Outcome, Phase, RunState, Severity, StepStatus, TestReport};

pub(super) fn step(status: StepStatus) -> Mark {
    let (symbol, word, tone) = match status {
        StepStatus::Waiting => (WAITING, "waiting", Tone::Dim),
        StepStatus::Started => (GOING_ON, "going on", Tone::Accent),
        StepStatus::Interrupted => (PAUSED, "interrupted", Tone::Warning),
        StepStatus::Acted => (GOING_ON, "reading back", Tone::Accent),
        StepStatus::Succeeded => (DONE, "done", Tone::Good),
        StepStatus::Failed => (FAILED, "failed", Tone::Bad),
        StepStatus::Undoing => (GOING_ON, "undoing", Tone::Warning),
        StepStatus::UndoInterrupted => (PAUSED, "undo interrupted", Tone::Warning),
        StepStatus::Undone => (UNDONE, "undone", Tone::Warning),
        StepStatus::UndoFailed => (FAILED, "undo failed", Tone::Bad),
    };
    Mark::new(symbol, word, tone)
}

/// A wave by its steps: the one that needs attention most speaks for all.
pub(crate) fn wave(state: &RunState, wave: WaveId) -> Mark {
    const LOUDEST_FIRST: [StepStatus; 8] = [
        StepStatus::UndoFailed,
        StepStatus::Failed,
        StepStatus::UndoInterrupted,
        StepStatus::Undoing,
        StepStatus::Interrupted,
        StepStatus::Started,
        StepStatus::Acted,
        StepStatus::Undone,
    ];
    let statuses: Vec<StepStatus> = state
        .plan
        .wave(wave)
        .steps
        .iter()
        .map(|step| state.status(*step))
        .collect();
    let all = |status| statuses.iter().all(|other| *other == status);
    let loudest = LOUDEST_FIRST
        .into_iter()
        .find(|status| statuses.contains(status));
    match loudest {
        Some(status) => step(status),
        None if all(StepStatus::Succeeded) => step(StepStatus::Succeeded),
        None if all(StepStatus::Waiting) => step(StepStatus::Waiting),
        None => step(StepStatus::Started),
    }
}

pub(crate) fn gate(state: &RunState, wave: WaveId, gate: usize) -> Mark {
    let is_open = state.is_gate_open(wave, gate);
    match state.gates[wave.0][gate].verdict {
        Some(verdict) if state.is_shadow(wave, gate) => shadow(verdict),
        Some(verdict) if is_open && verdict != Verdict::Pass => {
            Mark::new(GATE_PASSED, "let through", Tone::Warning)
        }
        Some(concluded) => verdict(concluded),
        None if is_judging(state, wave, gate) => Mark::new(GATE_JUDGING, "judging", Tone::Accent),
        None => Mark::new(GATE_WAITING, "waiting", Tone::Dim),
    }
}

/// Whether it is the turn of this gate.
fn is_judging(state: &RunState, wave: WaveId, gate: usize) -> bool {
    let turning_back = state.undo.is_some() || state.abort.is_some() || state.outcome.is_some();
    let mut steps = state.plan.wave(wave).steps.iter();
    let mut earlier = 0..gate;
    let is_beside = |gate| state.is_shadow(wave, gate) || state.is_watch(wave, gate);
    !turning_back
        && state.current_wave() == Some(wave)
        && steps.all(|step| state.status(*step) == StepStatus::Succeeded)
        && (is_beside(gate)
            || earlier.all(|gate| is_beside(gate) || state.is_gate_open(wave, gate)))
}

/// A test on an instance.
pub(super) fn test(report: &TestReport) -> Mark {
    if report.failure.is_none() {
        match report.remark {
            None => Mark::new(DONE, "passed", Tone::Good),
            Some(_) => Mark::new(WARNING, "passed", Tone::Warning),
        }
    } else if report.blocks() {
        Mark::new(FAILED, "failed", Tone::Bad)
    } else {
        Mark::new(WARNING, "failed", Tone::Warning)
    }
}

pub(super) fn verdict(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Pass => Mark::new(GATE_PASSED, "passed", Tone::Good),
        Verdict::Fail => Mark::new(FAILED, "failed", Tone::Bad),
        Verdict::Inconclusive => Mark::new(GATE_PASSED, "inconclusive", Tone::Warning),
        Verdict::Concern => Mark::new(ASKING, "of concern", Tone::Warning),
        Verdict::NoData => Mark::new(ASKING, "without data", Tone::Warning),
    }
}

/// What would have followed, had the check not been in shadow.
pub(super) fn shadow(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Pass => Mark::new(GATE_PASSED, "would have passed", Tone::Good),
        Verdict::Fail => Mark::new(GATE_PASSED, "would have rolled back", Tone::Warning),
        Verdict::Inconclusive => Mark::new(GATE_PASSED, "would have let through", Tone::Dim),
        Verdict::NoData | Verdict::Concern => {
            Mark::new(GATE_PASSED, "would have asked", Tone::Warning)
        }
    }
}

/// A run: how it ended, or else where it is.
pub(crate) fn run(phase: Phase, outcome: Option<Outcome>) -> Mark {
    let (symbol, word, tone) = match (outcome, phase) {
        (Some(outcome), _) => return self::outcome(outcome),
        (None, Phase::Planned) => (ASKING, "waits for a yes", Tone::Accent),
        (None, Phase::Preparing) => (GOING_ON, "preparing", Tone::Accent),
        (None, Phase::Deploying) => (GOING_ON, "deploying", Tone::Accent),
        (None, Phase::Judging) => (GATE_JUDGING, "judging", Tone::Accent),
        (None, Phase::Asking) => (ASKING, "waits for an answer", Tone::Warning),
        (None, Phase::Frozen) => (PAUSED, "frozen", Tone::Warning),
        (None, Phase::Stopping) => (GOING_ON, "stopping", Tone::Warning),
        (None, Phase::RollingBack) => (UNDONE, "rolling back", Tone::Warning),
        (None, Phase::Stuck) => (FAILED, "stuck", Tone::Bad),
        (None, Phase::Finished) => (DONE, "finished", Tone::Plain),
    };
    Mark::new(symbol, word, tone)
}

fn outcome(outcome: Outcome) -> Mark {
    let (symbol, tone) = match outcome {
        Outcome::Succeeded => (DONE, Tone::Good),
        Outcome::SucceededWithStragglers => (DONE, Tone::Warning),
        Outcome::RolledBack => (UNDONE, Tone::Warning),
        Outcome::Stopped => (STOPPED, Tone::Warning),
        Outcome::Cancelled => (WAITING, Tone::Dim),
        Outcome::Refused => (FAILED, Tone::Bad),
    };
    Mark::new(symbol, outcome.words(), tone)
}

pub(super) fn severity(severity: Severity) -> Mark {
    match severity {
        Severity::Error => Mark::new(FAILED, "error", Tone::Bad),
        Severity::Warning => Mark::new(WARNING, "warning", Tone::Warning),
    }
}
