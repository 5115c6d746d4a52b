//! Events of the stories, each with how long after the one before it happens.

use super::{ERRORS, FIRST, TESTS};
use scap_plan::{StepId, WaveId};
use scap_run::evidence::{Counts, SignatureCounts, Tick, Verdict};
use scap_run::{ErrorExample, Event, TestReport, UnixMillis};

pub(super) fn started(step: StepId) -> (u64, Event) {
    (10, Event::StepStarted { step, attempt: 1 })
}

/// A second in which both sides serve and the canary fails so often.
pub(super) fn tick(second: u64, canary: u64) -> (u64, Event) {
    let control = u64::from(second.is_multiple_of(10));
    let count = |signature: &str, canary, control| SignatureCounts {
        signature: signature.to_owned(),
        canary,
        control,
    };
    let tick = Tick {
        canary: Counts {
            requests: 101,
            errors: canary,
        },
        control: Counts {
            requests: 509,
            errors: control,
        },
        signatures: vec![
            count("TypeError: cart is null at checkout", canary, 0),
            count("Timeout: search", 0, control),
        ],
        milliseconds: 1_000,
    };
    let event = Event::EvidenceRecorded {
        wave: FIRST,
        gate: ERRORS,
        tick,
        missing: Vec::new(),
    };
    (1_000, event)
}

pub(super) fn tests(wave: WaveId, reports: Vec<TestReport>) -> Event {
    Event::TestsFinished {
        wave,
        gate: TESTS,
        reports,
    }
}

pub(super) fn reports(instance: &str, home: Option<&str>) -> Vec<TestReport> {
    let report = |test: &str, failure: Option<&str>| TestReport {
        test: test.to_owned(),
        instance: instance.to_owned(),
        failure: failure.map(str::to_owned),
        ..TestReport::default()
    };
    vec![report("health", None), report("home", home)]
}

pub(super) fn concluded(wave: WaveId, gate: usize, verdict: Verdict, why: &str) -> Event {
    let why = why.to_owned();
    Event::GateConcluded {
        wave,
        gate,
        verdict,
        why,
    }
}

/// What an error of the canary looks like.
pub(super) fn example(at: UnixMillis) -> Event {
    let text = "TypeError: cart is null at checkout (order 4711, \u{1b}[31mcustomer\u{1b}[0m ada) in /srv/shop/checkout.js:214";
    let kind = "TypeError: cart is null at checkout";
    Event::ExamplesFound {
        wave: FIRST,
        gate: ERRORS,
        examples: vec![ErrorExample::new(kind, "shop1", Some(at), text)],
        missing: None,
    }
}
