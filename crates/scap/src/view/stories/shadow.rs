//! A story with a check in shadow.

use super::*;
use scap_plan::CheckMode;

/// A good canary that a check in shadow would have rolled back.
pub(crate) fn shadowed() -> Story {
    let mut plan = shop(RollbackPolicy::Automatic);
    let Gate::Evidence(mut slow) = plan.waves[0].gates[ERRORS].clone() else {
        unreachable!("the second gate of the shop is evidence")
    };
    slow.counters.name = "slow".to_owned();
    slow.counters.mode = CheckMode::Shadow;
    plan.waves[0].gates.push(Gate::Evidence(slow));
    let in_shadow = |second| {
        let (later, mut event) = tick(second, 3);
        if let Event::EvidenceRecorded { gate, .. } = &mut event {
            *gate = ERRORS + 1;
        }
        (later, event)
    };
    let why = "errors grew 22-fold against the control (18 in 606 requests; 1 in 3,054)";
    let prepared = Story::of(plan).then([
        (200, Event::LocksAcquired),
        (
            900,
            Event::PreflightFinished {
                findings: Vec::new(),
            },
        ),
    ]);
    changed(prepared, CANARY, "3f2c91a0b7d2 on 1 host", Vec::new())
        .then([
            (300, tests(FIRST, reports("shop1", None))),
            (5, concluded(FIRST, TESTS, Verdict::Pass, "2 tests passed")),
        ])
        .then((0..6).map(in_shadow))
        .then([(5, concluded(FIRST, ERRORS + 1, Verdict::Fail, why))])
        .then((6..20).map(|second| tick(second, 0)))
}
