//! Past runs judged again: the ticks that were recorded, by the checks of today.

use crate::evidence::{Evidence, SettingsError, Tick, Verdict};
use crate::{Cause, GateState, Outcome, RunState};
use scap_plan::Counters;
use serde::{Deserialize, Serialize};

/// A gate of evidence of a past run: what it said then, and what it would say now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    pub wave: String,
    pub check: String,
    /// Whether nothing followed from it then.
    pub was_shadow: bool,
    /// None when the run turned back or ended before it spoke.
    pub then: Option<Judgement>,
    pub now: Rejudged,
    pub called: Called,
}

/// What a gate of evidence said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub verdict: Verdict,
    /// From the first tick on.
    pub after_milliseconds: u64,
    /// The canary's, until then.
    pub errors: u64,
    pub why: String,
}

/// What the recorded ticks amount to now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rejudged", rename_all = "snake_case")]
pub enum Rejudged {
    Judged(Judgement),
    /// It would have gone on gathering when then it had spoken, or the run had ended.
    TicksEnd,
    /// What was counted then is not what is counted now, or nobody counts any more.
    NotComparable {
        why: String,
    },
}

/// What the run as a whole made of the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Called {
    /// It was deployed everywhere: all gates let it through, or a person did.
    Good,
    /// It was taken back: a gate spoke against it, it fell over, or a person wished it.
    Bad,
    /// The run ended otherwise, or has not ended.
    Neither,
}

/// How often a check was right about versions that were called good or bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Versions called good that it speaks against.
    pub false_alarms: u64,
    /// Versions called bad that it speaks against.
    pub caught: u64,
    /// Versions called bad that it lets through.
    pub missed: u64,
    /// Versions called good that it lets through.
    pub let_through: u64,
    /// Versions of either kind for which it has no data.
    pub without_data: u64,
}

/// Judges all gates of evidence again that have ticks. `declared` gives the check of a name as it is now, or says why there
/// is none.
pub fn replay(
    state: &RunState,
    declared: impl Fn(&str) -> Result<Counters, String>,
) -> Result<Vec<Replay>, SettingsError> {
    let gates = state.evidence_gates();
    let counted = gates.filter(|(_, _, progress)| !progress.ticks.is_empty());
    let replays = counted.map(|((wave, _), evidence, progress)| {
        let then = &evidence.counters;
        Ok(Replay {
            wave: state.plan.wave(wave).name.clone(),
            check: then.name.clone(),
            was_shadow: evidence.is_shadow(),
            then: judgement(progress),
            now: rejudged(progress, evidence, declared(&then.name))?,
            called: called(state),
        })
    });
    replays.collect()
}

fn judgement(progress: &GateState) -> Option<Judgement> {
    let evidence = progress.evidence.as_ref()?;
    Some(Judgement {
        verdict: progress.verdict?,
        after_milliseconds: evidence.elapsed_milliseconds(),
        errors: evidence.canary().errors,
        why: progress.why.clone()?,
    })
}

fn rejudged(
    progress: &GateState,
    planned: &scap_plan::Evidence,
    declared: Result<Counters, String>,
) -> Result<Rejudged, SettingsError> {
    let then = &planned.counters;
    let now = match declared {
        Ok(now) if now.source == then.source => now,
        Ok(_) => {
            let why = "its source or queries are others now, and ticks say nothing of those";
            return Ok(Rejudged::NotComparable {
                why: why.to_owned(),
            });
        }
        Err(why) => return Ok(Rejudged::NotComparable { why }),
    };
    let now = scap_plan::Evidence {
        counters: now,
        ..planned.clone()
    };
    let was_held = match progress.verdict {
        Some(Verdict::Inconclusive | Verdict::NoData) => true,
        Some(Verdict::Concern) => planned.watch.is_none(),
        Some(Verdict::Pass) => planned.watch.is_some(),
        _ => false,
    };
    let hold = Hold {
        // A person who said "hold on" would say so again.
        longest_milliseconds: now
            .longest_hold()
            .milliseconds()
            .saturating_mul(u64::from(progress.round) + 1),
        ends_with_the_ticks: was_held && now.longest_hold() <= planned.longest_hold(),
    };
    let mut evidence = Evidence::of_gate(&now)?;
    if let Some(was) = &progress.evidence {
        evidence.remember_as(was);
    }
    let judged = judge(evidence, &progress.ticks, hold);

    Ok(judged.map_or(Rejudged::TicksEnd, Rejudged::Judged))
}

#[derive(Clone, Copy)]
struct Hold {
    longest_milliseconds: u64,
    /// Then the timer had fired, a look or two after the last tick.
    ends_with_the_ticks: bool,
}

/// What is said first; nothing if the ticks end before.
fn judge(mut evidence: Evidence, ticks: &[Tick], hold: Hold) -> Option<Judgement> {
    for (index, tick) in ticks.iter().enumerate() {
        evidence.vote(tick);
        let is_last = hold.ends_with_the_ticks && index + 1 == ticks.len();
        let is_held = is_last || evidence.elapsed_milliseconds() >= hold.longest_milliseconds;
        if let Some(verdict) = evidence.verdict(is_held) {
            return Some(Judgement {
                verdict,
                after_milliseconds: evidence.elapsed_milliseconds(),
                errors: evidence.canary().errors,
                why: evidence.explain(is_held, &ticks[..=index]).to_string(),
            });
        }
    }
    None
}

fn called(state: &RunState) -> Called {
    let by_a_person = state
        .undo
        .as_ref()
        .is_some_and(|undo| undo.cause == Cause::Abort);
    match state.outcome {
        Some(outcome) if outcome.is_success() => Called::Good,
        Some(Outcome::RolledBack) if by_a_person || state.has_proved_bad() => Called::Bad,
        _ => Called::Neither,
    }
}

impl Replay {
    /// What it says now, if it can be told.
    pub fn now(&self) -> Option<&Judgement> {
        match &self.now {
            Rejudged::Judged(judgement) => Some(judgement),
            Rejudged::TicksEnd | Rejudged::NotComparable { .. } => None,
        }
    }
}

impl Score {
    /// Takes in what was said of a version.
    pub fn add(&mut self, said: Option<&Judgement>, called: Called) {
        let Some(said) = said else {
            return;
        };
        let counted = match (called, said.verdict) {
            (Called::Neither, _) => return,
            (_, Verdict::NoData) => &mut self.without_data,
            (Called::Good, Verdict::Fail | Verdict::Concern) => &mut self.false_alarms,
            (Called::Bad, Verdict::Fail | Verdict::Concern) => &mut self.caught,
            (Called::Good, _) => &mut self.let_through,
            (Called::Bad, _) => &mut self.missed,
        };
        *counted += 1;
    }
}
