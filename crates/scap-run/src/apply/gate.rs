//! Events of a gate.

use super::{IllegalEvent, illegal};
use crate::evidence::{Evidence, Verdict};
use crate::{Event, GateState, RunState, Sent, UnixMillis, past};
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

    fn gate_without_examples(
        &mut self,
        wave: WaveId,
        gate: usize,
    ) -> Result<&mut GateState, IllegalEvent> {
        let found = self.gates.get_mut(wave.0);
        let found = found.and_then(|gates| gates.get_mut(gate));
        match found {
            Some(state) if state.verdict.is_some() && state.examples.is_none() => Ok(state),
            Some(_) => illegal("examples", "the gate has not concluded, or has them"),
            None => illegal("examples", "the plan has no such gate"),
        }
    }

    pub(super) fn apply_to_gate(
        &mut self,
        at: UnixMillis,
        event: &Event,
    ) -> Result<(), IllegalEvent> {
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
                let past = past::of_this_run(self, *wave, *gate);
                let state = self.gate_mut(*wave, *gate)?;
                let Some(evidence) = &mut state.evidence else {
                    return illegal("a tick", "the gate is none of evidence");
                };
                if let Some((past, kinds)) = past {
                    evidence.remember(past, kinds);
                }
                evidence.vote(tick);
                state.ticks.push(tick.clone());
                state.times.push(at);
                state.curve.push(evidence.log_e());
                state.missing.clone_from(missing);
            }
            Event::OtherRunsSeen { wave, gate, runs } => {
                let state = self.gate_mut(*wave, *gate)?;
                if state.evidence.is_none() {
                    return illegal("a look at other runs", "the gate is none of evidence");
                }
                state.others = Some(runs.clone());
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
                state.concluded = Some(at);
            }
            Event::ExamplesFound {
                wave,
                gate,
                examples,
                missing,
            } => {
                let state = self.gate_without_examples(*wave, *gate)?;
                state.examples = Some(examples.clone());
                state.missing_examples.clone_from(missing);
            }
            _ => illegal("this event", "it is none of a gate")?,
        }
        Ok(())
    }
}

impl GateState {
    pub(super) fn new(gate: &Gate) -> Result<Self, IllegalEvent> {
        let evidence = match gate {
            Gate::Evidence(evidence) => match Evidence::of_gate(evidence) {
                Ok(empty) => Some(empty),
                Err(error) => return illegal("a plan with this gate", error.to_string()),
            },
            _ => None,
        };
        Ok(Self {
            evidence,
            ..Self::default()
        })
    }

    /// Who is told to go on in spite of a concern has dealt with it: only what comes later counts.
    pub(super) fn hold_on(&mut self) {
        let verdict = self.verdict.take();
        self.round += 1;
        if verdict == Some(Verdict::Concern) {
            self.evidence = self.evidence.as_ref().map(Evidence::afresh);
            self.ticks.clear();
            self.times.clear();
            self.curve.clear();
            self.others = None;
            self.sent = Sent::default();
        }
    }
}
