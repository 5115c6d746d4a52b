//! Evidence while it is gathered: two looks at the counters a tick apart give one event.

mod load;

use crate::context::Context;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use load::Sender;
use scap_plan::{Evidence, Gate, WaveId};
use scap_run::{Event, Snapshot};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// One second: instances are asked directly, so nothing is gained by waiting longer.
const TICK: Duration = Duration::from_secs(1);

/// A watch looks at all instances of a service, and has the time.
const WATCH_TICK: Duration = Duration::from_secs(5);

struct Look {
    at: Instant,
    canary: Snapshot,
    control: Snapshot,
}

struct Gatherer {
    context: Context,
    wave: WaveId,
    gate: usize,
    interval: Interval,
    last: Option<Look>,
    sender: Option<Sender>,
    /// What happened too.
    next: Option<Event>,
}

/// An event a tick, for as long as somebody reads them.
pub(crate) fn gather(context: Context, wave: WaveId, gate: usize) -> BoxStream<'static, Event> {
    let is_watch = context.gate(wave, gate).is_watch();
    let mut interval = tokio::time::interval(if is_watch { WATCH_TICK } else { TICK });
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let gatherer = Gatherer {
        sender: Sender::new(&context, wave, gate),
        next: None,
        context,
        wave,
        gate,
        interval,
        last: None,
    };
    stream::unfold(gatherer, |mut gatherer| async move {
        let event = gatherer.next().await?;
        Some((event, gatherer))
    })
    .boxed()
}

impl Gatherer {
    async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.next.take() {
            return Some(event);
        }
        loop {
            self.interval.tick().await;
            let look = self.look().await?;
            let previous = self.last.replace(look);
            // The first look only says where the counters stand.
            if let (Some(before), Some(now)) = (previous, &self.last) {
                let recorded = self.event(&before, now);
                return Some(self.after_load(recorded));
            }
        }
    }

    /// What comes first: what was sent during the tick, or the tick.
    fn after_load(&mut self, recorded: Event) -> Event {
        let (Some(sender), Event::EvidenceRecorded { tick, .. }) = (&mut self.sender, &recorded)
        else {
            return recorded;
        };
        let sent = sender.attend(tick);
        if sent.is_nothing() {
            return recorded;
        }
        self.next = Some(recorded);
        let (wave, gate) = (self.wave, self.gate);
        Event::LoadSent { wave, gate, sent }
    }

    async fn look(&self) -> Option<Look> {
        let Gate::Evidence(Evidence {
            counters,
            canary,
            control,
            ..
        }) = self.context.gate(self.wave, self.gate)
        else {
            return None;
        };
        let (plan, check) = (&self.context.plan, &self.context.world.check);
        let sides = (
            check.counters(plan, counters, canary),
            check.counters(plan, counters, control),
        );
        let (canary, control) = futures::join!(sides.0, sides.1);
        Some(Look {
            at: Instant::now(),
            canary,
            control,
        })
    }

    fn event(&self, before: &Look, now: &Look) -> Event {
        let milliseconds = u32::try_from((now.at - before.at).as_millis()).unwrap_or(u32::MAX);
        let tick = Snapshot::tick(
            (&before.canary, &now.canary),
            (&before.control, &now.control),
            milliseconds,
        );
        let unread = now.canary.missing.iter().chain(&now.control.missing);
        let missing = unread
            .map(|(instance, why)| format!("{instance}: {why}"))
            .collect();
        Event::EvidenceRecorded {
            wave: self.wave,
            gate: self.gate,
            tick,
            missing,
        }
    }
}
