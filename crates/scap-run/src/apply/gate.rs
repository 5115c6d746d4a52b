//! Events of a gate.

use super::{IllegalEvent, illegal};
use crate::evidence::Evidence;
use crate::{Event, GateState, RunState, Sent};
use scap_plan::{Gate, WaveId};

impl RunState {
    fn gate_mut(&mut self, wave: WaveId, gate: usize) -> Result<&mut GateState, IllegalEvent> {
        let found = self
            .gates
            .get_mut(wave.0)
            .and_then(|gates| gates.get_mut(gate));
        match found {
            Some(state) if state.verdict.is_none() => Ok(state),
            Some(_) => illegal("news of a gate", "it has concluded"),
            None => illegal("news of a gate", "the plan has no such gate"),
        }
    }

    pub(super) fn apply_to_gate(&mut self, event: &Event) -> Result<(), IllegalEvent> {
        match event {
            Event::TestsFinished {
                wave,
                gate,
                reports,
            } => {
                self.gate_mut(*wave, *gate)?.reports = Some(reports.clone());
            }
            Event::EvidenceRecorded {
                wave,
                gate,
                tick,
                missing,
            } => {
                let state = self.gate_mut(*wave, *gate)?;
                let Some(evidence) = &mut state.evidence else {
                    return illegal("a tick", "the gate is none of evidence");
                };
                evidence.vote(tick);
                state.ticks.push(tick.clone());
                state.curve.push(evidence.log_e());
                state.missing.clone_from(missing);
            }
            Event::LoadSent { wave, gate, sent } => {
                let state = self.gate_mut(*wave, *gate)?;
                if state.evidence.is_none() {
                    return illegal("a load", "the gate is none of evidence");
                }
                state.sent.add(*sent);
            }
            Event::GateConcluded {
                wave,
                gate,
                verdict,
                why,
            } => {
                let state = self.gate_mut(*wave, *gate)?;
                state.verdict = Some(*verdict);
                state.why = Some(why.clone());
            }
            _ => illegal("this event", "it is none of a gate")?,
        }
        Ok(())
    }
}

impl GateState {
    pub(super) fn new(gate: &Gate) -> Result<Self, IllegalEvent> {
        let evidence = match gate {
            Gate::Evidence(evidence) => {
                match Evidence::of(&evidence.counters, evidence.ordinary.clone()) {
                    Ok(empty) => Some(empty),
                    Err(error) => return illegal("a plan with this gate", error.to_string()),
                }
            }
            _ => None,
        };
        Ok(Self {
            verdict: None,
            why: None,
            reports: None,
            evidence,
            ticks: Vec::new(),
            curve: Vec::new(),
            missing: Vec::new(),
            sent: Sent::default(),
            round: 0,
        })
    }
}
