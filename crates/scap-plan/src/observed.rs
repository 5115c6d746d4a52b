//! The plan with what runs now at each step's target: what undo restores, and what a canary can be compared with.

use crate::{Gate, Observation, Plan, StepId};

impl Plan {
    /// Takes in what was seen at each step's target, in the order of the steps. Evidence is left out where nothing runs
    /// yet that a canary could be compared with, and its first step says so.
    #[must_use]
    pub fn observed(mut self, seen: impl IntoIterator<Item = Observation>) -> Self {
        for (step, observation) in self.steps.iter_mut().zip(seen) {
            step.before = Some(observation);
        }
        for index in 0..self.waves.len() {
            let wave = &self.waves[index];
            let is_blind = |gate: &Gate| match gate {
                Gate::Evidence(evidence) => {
                    let mut control = evidence.control.iter();
                    evidence.watch.is_none() && control.all(|step| self.is_known_empty(*step))
                }
                _ => false,
            };
            let kept: Vec<Gate> = wave
                .gates
                .iter()
                .filter(|gate| !is_blind(gate))
                .cloned()
                .collect();
            if kept.len() < wave.gates.len() {
                let first = wave.steps[0];
                self.waves[index].gates = kept;
                self.steps[first.0]
                    .reason
                    .push_str("; no evidence: nothing runs yet that it could be compared with");
            }
        }
        self
    }

    /// Whether it was seen that nothing runs at the step's target.
    fn is_known_empty(&self, step: StepId) -> bool {
        let before = self.step(step).before.as_ref();
        before.is_some_and(Observation::is_nothing)
    }
}
