//! Past runs as people read them.

use super::*;
use crate::view::tests::{WIDTH, run, text};
use insta::assert_snapshot;
use scap_run::{Outcome, RunId};

fn judgement(verdict: Verdict, seconds: u64, errors: u64) -> Judgement {
    Judgement {
        verdict,
        after_milliseconds: seconds * 1_000,
        errors,
        why: "as it is".to_owned(),
    }
}

fn replayed(
    number: i64,
    (then, now): (Option<Judgement>, Rejudged),
    called: Called,
) -> ReplayedRun {
    let outcome = match called {
        Called::Good => Outcome::Succeeded,
        Called::Bad => Outcome::RolledBack,
        Called::Neither => Outcome::Stopped,
    };
    let replay = Replay {
        wave: "canary".to_owned(),
        check: "errors".to_owned(),
        was_shadow: number == 11,
        then,
        now,
        called,
    };
    ReplayedRun {
        summary: run(number, 60 * (20 - number), Some(outcome)),
        replays: vec![replay],
    }
}

#[test]
fn each_gate_has_a_line_and_each_check_a_score() {
    let passed = || Some(judgement(Verdict::Pass, 32, 0));
    let failed = || Some(judgement(Verdict::Fail, 12, 4));
    let now = |judgement: Option<Judgement>| judgement.map_or(Rejudged::TicksEnd, Rejudged::Judged);
    let other = Rejudged::NotComparable {
        why: "it is declared no more".to_owned(),
    };
    let replayed = ReplayedRuns {
        runs: vec![
            replayed(15, (passed(), now(passed())), Called::Good),
            replayed(14, (passed(), now(failed())), Called::Good),
            replayed(13, (failed(), now(passed())), Called::Bad),
            replayed(12, (failed(), now(None)), Called::Bad),
            replayed(11, (failed(), now(failed())), Called::Good),
            replayed(10, (None, now(failed())), Called::Neither),
            replayed(9, (passed(), other), Called::Good),
        ],
        damaged: vec![RunId(8)],
    };
    assert_snapshot!(text(&page(&replayed, 100)));
    let none = ReplayedRuns {
        runs: Vec::new(),
        damaged: Vec::new(),
    };
    assert_snapshot!(text(&page(&none, WIDTH)), @"no evidence was gathered in these runs");
}
