//! What decides on a rollout, tick by tick, and how a rollout goes under it.

use crate::world::World;
use rand_chacha::ChaCha8Rng;
use scap_run::evidence::Tick;

/// How old counts are before they are complete, and how long the way back takes, whatever the rule.
pub(crate) const LAG_SECONDS: u32 = 10;
pub(crate) const ROLLBACK_SECONDS: u32 = 20;

/// Sends a share of the requests to the canary, and says when to stop.
pub(crate) trait Rule {
    /// The canary's share from now on.
    fn share(&self, elapsed_seconds: u32) -> f64;

    /// Takes in a tick that ends now; whether the rollout is to be undone.
    fn is_stopped(&mut self, tick: &Tick, elapsed_seconds: u32, random: &mut ChaCha8Rng) -> bool;

    /// When everything runs the new version, if nothing is found.
    fn promoted_seconds(&self) -> u32;

    /// How long it looks, at least up to the promotion.
    fn watched_seconds(&self) -> u32 {
        900
    }
}

/// How a rollout went.
pub(crate) struct Rollout {
    /// When it was stopped.
    pub(crate) alarm_seconds: Option<u32>,
    /// Requests that failed for the fault, up to the end of the undo, else up to the promotion.
    pub(crate) failed: u64,
}

/// Plays a world through under a rule.
pub(crate) fn play(world: &mut World, rule: &mut dyn Rule, random: &mut ChaCha8Rng) -> Rollout {
    let (mut alarm, mut failed, mut failed_early) = (None, 0, 0);
    for at in 0..world.ticks() {
        let began = world.seconds(at);
        let end = alarm.map_or(rule.watched_seconds(), |alarm: u32| {
            alarm + LAG_SECONDS + ROLLBACK_SECONDS
        });
        if began >= end.min(rule.watched_seconds()) {
            break;
        }
        let (tick, failing) = world.observe(random, at, rule.share(began));
        failed += failing;
        if began < rule.promoted_seconds() {
            failed_early = failed;
        }
        let ended = world.seconds(at + 1);
        if alarm.is_none() && rule.is_stopped(&tick, ended, random) {
            alarm = Some(ended);
        }
    }
    Rollout {
        alarm_seconds: alarm,
        failed: alarm.map_or(failed_early, |_| failed),
    }
}
