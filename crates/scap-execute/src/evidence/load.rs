//! Requests of scap's own, for as long as evidence is gathered of a service without traffic.

use crate::context::Context;
use scap_plan::{Gate, Load, Plan, StepId, WaveId};
use scap_run::evidence::Tick;
use scap_run::{Check, Sent, Work};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;

/// Has a gate's load sent while it is needed. Dropped, it sends nothing more.
pub(super) struct Sender {
    sides: Arc<Sides>,
    traffic: Traffic,
    /// One task, or none.
    sending: JoinSet<()>,
}

/// What is sent, and to whom.
struct Sides {
    check: Arc<dyn Check>,
    plan: Arc<Plan>,
    load: Load,
    canary: Side,
    control: Side,
}

struct Side {
    steps: Vec<StepId>,
    /// Requests of ours since the last tick.
    answered: AtomicU64,
}

/// Requests of all ticks.
#[derive(Default)]
struct Traffic {
    canary: u64,
    control: u64,
    sent: Sent,
    milliseconds: u64,
}

impl Sender {
    /// Nothing where the gate has no load.
    pub(super) fn new(context: &Context, wave: WaveId, gate: usize) -> Option<Self> {
        let Gate::Evidence(evidence) = context.gate(wave, gate) else {
            return None;
        };
        let sides = Sides {
            check: Arc::clone(&context.world.check),
            plan: Arc::clone(&context.plan),
            load: evidence.load.clone()?,
            canary: Side::new(&evidence.canary),
            control: Side::new(&evidence.control),
        };
        Some(Self {
            sides: Arc::new(sides),
            traffic: Traffic::default(),
            sending: JoinSet::new(),
        })
    }

    /// Begins or ends by what there was up to this tick; gives what was sent during it.
    pub(super) fn attend(&mut self, tick: &Tick) -> Sent {
        let sent = self.sides.take_answered();
        self.traffic.add(tick, sent);
        let load = &self.sides.load;
        let is_wanted = load.always || self.traffic.is_below(load.requests_per_second);
        match (is_wanted, self.sending.is_empty()) {
            (true, true) => {
                let sides = Arc::clone(&self.sides);
                self.sending.spawn(async move { sides.send().await });
            }
            (false, false) => self.sending = JoinSet::new(),
            _ => {}
        }
        sent
    }
}

impl Sides {
    async fn send(&self) {
        futures::join!(self.send_to(&self.canary), self.send_to(&self.control));
    }

    fn send_to<'a>(&'a self, side: &'a Side) -> Work<'a, ()> {
        let Side { steps, answered } = side;
        self.check.load(&self.plan, &self.load, steps, answered)
    }

    fn take_answered(&self) -> Sent {
        let take = |side: &Side| side.answered.swap(0, Ordering::Relaxed);
        Sent {
            canary: take(&self.canary),
            control: take(&self.control),
        }
    }
}

impl Side {
    fn new(steps: &[StepId]) -> Self {
        Self {
            steps: steps.to_vec(),
            answered: AtomicU64::new(0),
        }
    }
}

impl Traffic {
    fn add(&mut self, tick: &Tick, sent: Sent) {
        self.canary = self.canary.saturating_add(tick.canary.requests);
        self.control = self.control.saturating_add(tick.control.requests);
        self.sent.add(sent);
        self.milliseconds = self.milliseconds.saturating_add(tick.milliseconds.into());
    }

    /// Whether a side has had fewer requests a second of others. All ticks count together: stores are late.
    fn is_below(&self, requests_per_second: u32) -> bool {
        let of_others = [
            self.canary.saturating_sub(self.sent.canary),
            self.control.saturating_sub(self.sent.control),
        ];
        let least = of_others.into_iter().min().unwrap_or_default();
        let wanted = self.milliseconds.saturating_mul(requests_per_second.into());
        least.saturating_mul(1000) < wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scap_run::evidence::Counts;

    #[test]
    fn traffic_of_others_is_what_we_did_not_send() {
        // Requests of the canary, of the control, sent to each, in so many seconds; whether it is too little at 5 a second.
        let cases = [
            ("nothing yet", (0, 0), 0, 1, true),
            ("ours alone", (50, 50), 50, 10, true),
            ("ours, seen late", (0, 0), 50, 10, true),
            ("a readiness probe each second", (60, 60), 50, 10, true),
            ("the control's alone", (50, 9_000), 50, 10, true),
            ("enough of others", (100, 9_050), 50, 10, false),
            ("enough before we began", (50, 50), 0, 10, false),
        ];
        for (what, (canary, control), sent, seconds, expected) in cases {
            let requests = |requests| Counts {
                requests,
                errors: 0,
            };
            let tick = Tick {
                canary: requests(canary),
                control: requests(control),
                milliseconds: seconds * 1_000,
                ..Tick::default()
            };
            let sent = Sent {
                canary: sent,
                control: sent,
            };
            let mut traffic = Traffic::default();
            traffic.add(&tick, sent);
            assert_eq!(traffic.is_below(5), expected, "{what}");
        }
    }
}
