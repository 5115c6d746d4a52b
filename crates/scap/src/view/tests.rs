//! Pages as people read them, in plain text.

use super::page::{Colors, Page};
use super::stories::Story;
use super::{explain, findings, locks, plan, runs, stories, summary};
use crate::mending::{BadFiles, Mending};
use crate::queries;
use insta::assert_snapshot;
use scap_engines::sources::git::Commit;
use scap_journal::{FreezeOrder, Lock, RunSummary};
use scap_plan::{Gate, Quarantine, RollbackPolicy, StageName, StepId};
use scap_run::{Finding, Outcome, Phase, RunId, UnixMillis};

pub(super) const WIDTH: usize = 80;
pub(super) const NOW: UnixMillis = UnixMillis(1_772_360_000_000);

pub(super) fn text(page: &Page) -> String {
    let mut written = Vec::new();
    page.write(&mut written, Colors::None).unwrap();
    let text = String::from_utf8(written).unwrap();
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_plan_says_what_happens_and_why() {
    let mut releases = stories::mathoid();
    releases.steps[2].needs = vec![StepId(1)];
    let plans = [
        ("plan_of_hosts", stories::shop(RollbackPolicy::Automatic)),
        ("plan_of_releases", releases),
        ("plan_with_a_watch", stories::of_concern().state.plan),
    ];
    for (name, plan) in plans {
        let digest = plan.digest();
        let text = text(&plan::page(&plan, WIDTH)).replace(&digest[..12], "DIGEST");
        assert_snapshot!(name, text);
    }
}

#[test]
fn what_mends_several_findings_stands_once_below_them() {
    let command =
        "service `store` brings it: scap deploy-service store-of-the-functions --environment eqiad";
    let findings = [
        Finding::error("ConfigMap `a` is missing", command),
        Finding::error("Secret `b` is missing", command),
        Finding::warning("cannot see namespace `shop`"),
    ];
    assert_eq!(
        text(&findings::page(&findings, 60)),
        "\
Preflight
  ✗ error: ConfigMap `a` is missing
  ✗ error: Secret `b` is missing
    Hint: service `store` brings it: scap deploy-service
          store-of-the-functions --environment eqiad
  ! warning: cannot see namespace `shop`"
    );
    assert_eq!(
        text(&findings::page(&[], 60)),
        "Preflight\n  nothing stands against it"
    );
}

#[test]
fn hooks_that_are_left_out_are_shown_once_a_helmfile() {
    let commands = vec!["helmfile_log_sal".to_owned(), "touch".to_owned()];
    let left_out = [("services/shop".to_owned(), commands)].into();
    assert_eq!(
        text(&plan::hooks(&left_out, 80)),
        "  hooks     left out: helmfile_log_sal; touch (services/shop)"
    );
}

#[test]
fn a_plan_says_on_what_terms_tests_run() {
    let mut plan = stories::shop(RollbackPolicy::Automatic);
    let Gate::Tests { tests } = &mut plan.waves[0].gates[0] else {
        panic!("the first gate is one of tests");
    };
    tests[0].retries = 2;
    tests[0].scope.stages = vec![StageName::new("CANARY").unwrap()];
    tests[1].after = vec!["health".to_owned()];
    tests[1].quarantine = Some(Quarantine {
        reason: "T123: slow at midnight".to_owned(),
        until: Some("2026-12-31".to_owned().try_into().unwrap()),
    });
    assert_eq!(
        super::words::gate(&plan.waves[0].gates[0], &plan),
        "tests: health (only in stage CANARY; at most 3 attempts), \
         home (after health; in quarantine until 2026-12-31: T123: slow at midnight)"
    );
}

#[test]
fn a_plan_fits_the_width() {
    for plan in [stories::shop(RollbackPolicy::Never), stories::mathoid()] {
        for width in [60, 80, 120] {
            let text = text(&plan::page(&plan, width));
            let widest = text
                .lines()
                .max_by_key(|line| line.chars().count())
                .unwrap();
            assert!(widest.chars().count() <= width, "{width}: {widest}");
        }
    }
}

#[test]
fn a_summary_says_how_it_ended_and_what_comes_next() {
    let ends = [
        ("summary_succeeded", stories::succeeded()),
        ("summary_with_stragglers", stories::with_stragglers()),
        ("summary_rolled_back", stories::rolled_back()),
        ("summary_stuck", stories::stuck()),
        ("summary_refused", stories::refused()),
        ("summary_asking", stories::asking()),
        ("summary_shadowed", stories::shadowed()),
        ("summary_of_concern", stories::of_concern()),
    ];
    for (name, story) in ends {
        assert_snapshot!(
            name,
            text(&summary::page(
                &story.state,
                &Mending::default(),
                story.now,
                WIDTH
            ))
        );
    }
}

fn explained(story: &Story, mending: &Mending) -> Page {
    let queries = queries::of_run(&story.state, None);
    explain::page(&story.state, mending, &queries, WIDTH)
}

#[test]
fn an_explanation_shows_the_figures() {
    let runs = [
        ("explain_rolled_back", stories::rolled_back()),
        ("explain_stuck", stories::stuck()),
        ("explain_refused", stories::refused()),
        ("explain_test_failed", stories::test_failed()),
        ("explain_succeeded", stories::succeeded()),
        ("explain_shadowed", stories::shadowed()),
        ("explain_of_concern", stories::of_concern()),
    ];
    for (name, story) in runs {
        assert_snapshot!(name, text(&explained(&story, &Mending::default())));
    }
}

#[test]
fn an_explanation_fits_the_width() {
    for story in [
        stories::rolled_back(),
        stories::with_stragglers(),
        stories::stuck(),
        stories::shadowed(),
        stories::refused(),
        stories::mathoid_waiting(),
    ] {
        for width in [60, 80, 120] {
            let queries = queries::of_run(&story.state, None);
            let page = explain::page(&story.state, &Mending::default(), &queries, width);
            // Commands and addresses are copied.
            let is_whole = |line: &&str| line.contains("https://") || line.contains("    ssh ");
            let text = text(&page);
            for line in text.lines().filter(|line| !is_whole(line)) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn after_an_undo_it_is_said_what_mends_the_files() {
    let story = stories::rolled_back_without_tests();
    let mending = Mending {
        barred_by: Some(story.state.run),
        files: Some(BadFiles {
            service: "shop".to_owned(),
            bad_tag: "2026-03-04-101010-production".to_owned(),
            good_tag: "2026-03-01-101010-production".to_owned(),
            commit: Commit {
                id: "3f2c91a0b7d2e4c6f8a0b1c2d3e4f5a6b7c8d9e0".to_owned(),
                subject: "shop: bump to 2026-03-04-101010-production".to_owned(),
            },
        }),
    };
    let page = summary::page(&story.state, &mending, story.now, WIDTH);
    assert_snapshot!("summary_to_mend", text(&page));
    let explained = text(&explained(&story, &mending));
    let lines: Vec<&str> = explained.lines().take(8).collect();
    assert_snapshot!("explain_to_mend", lines.join("\n"));
    assert!(!explained.contains("After the undo"), "{explained}");
}

pub(crate) fn run(number: i64, minutes_ago: i64, outcome: Option<Outcome>) -> RunSummary {
    let created = UnixMillis(NOW.0 - minutes_ago * 60_000);
    RunSummary {
        run: RunId(number),
        service: "shop".to_owned(),
        person: "ada".to_owned(),
        version: "3f2c91a0b7d2".to_owned(),
        digest: "b3".to_owned(),
        created,
        changed: created.after(72_000),
        phase: if outcome.is_some() {
            Phase::Finished
        } else {
            Phase::Judging
        },
        outcome,
        epoch: 1,
        holder: None,
        lease_until: UnixMillis(NOW.0 + if number == 14 { 5_000 } else { -1 }),
    }
}

#[test]
fn runs_are_lines_of_a_table() {
    let runs = [
        run(14, 0, None),
        run(13, 5, None),
        run(12, 60 * 3, Some(Outcome::RolledBack)),
        run(11, 60 * 24 * 2, Some(Outcome::SucceededWithStragglers)),
        run(10, 60 * 24 * 400, Some(Outcome::Refused)),
    ];
    assert_snapshot!(text(&runs::page(&runs, NOW, WIDTH)), @r"
    run  when          service  version       who  took  state
    14   just now      shop     3f2c91a0b7d2  ada  0:00  ◈ judging
    13   5 min ago     shop     3f2c91a0b7d2  ada  5:00  ‖ interrupted
    12   3 h ago       shop     3f2c91a0b7d2  ada  1:12  ↩ rolled back
    11   2 days ago    shop     3f2c91a0b7d2  ada  1:12  ● succeeded with stragglers
    10   400 days ago  shop     3f2c91a0b7d2  ada  1:12  ✗ refused
    Hint: run 13 is carried out by nobody: `scap resume 13` goes on with it
    ");
    assert_snapshot!(text(&runs::page(&[], NOW, WIDTH)), @r"no runs yet");
}

#[test]
fn locks_name_holder_reason_and_queue() {
    let lock = |key: &str, run, reason: Option<&str>, waiting: &[i64]| Lock {
        key: key.to_owned(),
        run,
        person: "ada".to_owned(),
        reason: reason.map(str::to_owned),
        since: UnixMillis(NOW.0 - 240_000),
        waiting: waiting.iter().map(|run| RunId(*run)).collect(),
    };
    let locks = [
        lock("hosts/shop/canary", Some(RunId(12)), None, &[13, 14]),
        lock(
            "release/eqiad/mathoid",
            None,
            Some("network maintenance"),
            &[],
        ),
    ];
    let freeze = FreezeOrder {
        person: "grace".to_owned(),
        reason: "the network is being worked on".to_owned(),
        since: UnixMillis(NOW.0 - 5_000),
        until: Some(UnixMillis(NOW.0 + 3_600_000)),
    };
    assert_snapshot!(text(&locks::page(&locks, Some(&freeze), NOW, WIDTH)), @r"
    ‖ frozen by grace 5 s ago: the network is being worked on (ends in 1:00:00)
    lock               held by        since      waiting         why
    hosts/shop/canary  run 12 of ada  4 min ago  run 13, run 14
    release/…/mathoid  ada            4 min ago                  network maintenance
    ");
    assert_snapshot!(text(&locks::page(&[], None, NOW, WIDTH)), @r"no locks are held");
}
