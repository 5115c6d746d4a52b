//! Events of a gate.

use super::{IllegalEvent, illegal};
use crate::evidence::{Counted, Evidence, Settings, SettingsError};
use crate::{Event, GateState, RunState};
use scap_plan::{Counters, Gate, Period, WaveId};

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
            Gate::Evidence(evidence) => match weigh(&evidence.counters) {
                Ok(empty) => Some(empty.knowing(evidence.ordinary.clone())),
                Err(error) => return illegal("a plan with this gate", error.to_string()),
            },
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
            round: 0,
        })
    }
}

fn weigh(counters: &Counters) -> Result<Evidence, SettingsError> {
    let settings = &counters.settings;
    let counted = if counters.source.counts_slow_requests() {
        Counted::SlowRequests
    } else {
        Counted::Errors
    };
    Evidence::new(Settings {
        false_alarm_rate: settings.false_alarm_rate,
        tolerated_ratio: settings.tolerated_ratio,
        error_budget: settings.error_budget,
        minimum_requests: settings.minimum_requests,
        minimum_hold_milliseconds: settings.minimum_hold.milliseconds(),
        warm_up_milliseconds: settings.warm_up.map_or(0, Period::milliseconds),
        burst_milliseconds: settings.burst.map_or(0, Period::milliseconds),
        counted,
        ..Settings::default()
    })
}
