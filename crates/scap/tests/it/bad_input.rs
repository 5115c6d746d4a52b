//! Wrong input of every kind: its own message, the exit code that fits, and nothing is changed.

mod cases;

use crate::environment::{HOSTS, TestEnvironment, Version};
use cases::{CASES, Case};
use rusqlite::Connection;
use std::fs;

#[test]
fn every_wrong_input_is_refused_before_anything_is_changed() {
    for case in CASES {
        let shop = TestEnvironment::new();
        shop.commit(&Version::good("v1"));
        (case.change)(&shop);
        let said = shop.scap(case.arguments);
        let Case { name, .. } = case;
        assert_eq!(said.code, Some(case.code), "{name}: {said}");
        assert_eq!(said.stdout, "", "{name}");
        for part in case.stderr {
            assert!(
                said.stderr.contains(part),
                "{name}: `{part}` is not on stderr: {said}"
            );
        }
        let is_harmless = |c: char| c == '\n' || !c.is_control();
        assert!(
            said.stderr.chars().all(is_harmless),
            "{name}: {:?}",
            said.stderr
        );
        assert_untouched(&shop, name);
    }
}

#[test]
fn what_preflight_forbids_is_refused_and_nothing_is_changed() {
    let shop = TestEnvironment::new();
    shop.add("shop/scap/targets", "web4\nweb5\n");
    shop.commit(&Version::good("v1"));
    let said = shop.deploy().exits(1);
    insta::assert_snapshot!(said.seen());
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
    assert_eq!(shop.restarts(), [""; 0]);
    assert_eq!(shop.outcomes(), [(1, Some("refused".to_owned()))]);
}

#[test]
fn without_any_configuration_the_places_are_named() {
    let shop = TestEnvironment::new();
    let output = shop.bare().args(["plan", "shop"]).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(
        complaint.contains("there is no configuration"),
        "{complaint}"
    );
    assert!(complaint.contains("--config or SCAP_CONFIG"), "{complaint}");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_refused() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    // Root may write anywhere but below a file.
    shop.write("state", "a file");
    shop.deploy().exits(1).complains(&[
        "folder `",
        "state` of the journal could not be made",
        "`--state-dir DIR` or SCAP_STATE_DIR names another folder",
    ]);
    assert_eq!(fs::read_to_string(shop.path("state")).unwrap(), "a file");
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
}

#[test]
fn a_journal_from_a_newer_version_is_left_alone() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    journal(&shop)
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let deploy = ["deploy-service", "shop", "--yes"];
    for arguments in [
        &deploy[..],
        &["runs"],
        &["show", "1"],
        &["resume", "1"],
        &["freeze", "now"],
        &["rollback", "1"],
    ] {
        shop.scap(arguments).exits(1).complains(&[
            "journal is of version 99, and this scap knows versions up to 5",
            "nothing was changed",
        ]);
    }
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.restarts(), [""; 0]);
    assert_eq!(number_of_runs(&shop), 1);
}

#[test]
fn a_journal_that_is_no_database_is_left_alone() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::good("v1"));
    shop.write(
        "state/journal.db",
        "not a database, but long enough to be taken for one".repeat(100),
    );
    shop.deploy()
        .exits(1)
        .complains(&["journal.db` could not be opened"]);
    assert_eq!(shop.versions(), ["nothing", "nothing", "nothing"]);
}

#[test]
fn a_corrupted_row_stops_everything_that_would_trust_it() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    // One letter, in JSON that still reads well.
    let flip = "UPDATE events SET body = replace(body, 'web2', 'web3') WHERE run = 1 AND seq = 0";
    assert_eq!(journal(&shop).execute(flip, []).unwrap(), 1);
    for arguments in [
        ["show", "1"],
        ["log", "1"],
        ["explain", "1"],
        ["rollback", "1"],
        ["rollback", "shop"],
        ["resume", "1"],
    ] {
        shop.scap(&[&arguments[..], &["--yes"]].concat())
            .exits(1)
            .complains(&[
                "event 0 of run 1 is not what was written",
                "restore it from a backup",
            ]);
    }
    assert_eq!(shop.versions(), ["v1", "v1", "v1"]);
    assert_eq!(shop.restarts(), [""; 0]);
    assert_eq!(number_of_runs(&shop), 1);
}

#[test]
fn a_flipped_byte_of_a_run_that_was_killed_is_not_resumed() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.commit(&Version::good("v2"));
    shop.deploy_up_to_the_canary("v2").kill();
    shop.release("web1");
    // Another first byte whatever it was: one link in 256 begins with 00.
    let flip = "UPDATE events SET link = CAST(iif(substr(link, 1, 1) = X'00', X'01', X'00') || substr(link, 2) AS BLOB) \
                WHERE run = 2 AND seq = 2";
    assert_eq!(journal(&shop).execute(flip, []).unwrap(), 1);
    shop.scap(&["resume", "2"])
        .exits(1)
        .complains(&["event 2 of run 2 is not what was written"]);
    assert_eq!(shop.versions()[1..], ["v1", "v1"]);
    // Nobody is let in who would build upon it.
    shop.deploy().exits(1).says(&["is locked by run 2"]);
}

/// Hosts are as empty as they were, and no run was begun.
fn assert_untouched(shop: &TestEnvironment, name: &str) {
    for host in HOSTS {
        let mut entries = fs::read_dir(shop.path("hosts").join(host)).unwrap();
        assert!(entries.next().is_none(), "{name}: something is on {host}");
    }
    if shop.path("state/journal.db").exists() {
        assert_eq!(number_of_runs(shop), 0, "{name}");
    }
}

fn number_of_runs(shop: &TestEnvironment) -> u32 {
    journal(shop)
        .query_row("SELECT count(*) FROM runs", [], |row| row.get(0))
        .unwrap()
}

fn journal(shop: &TestEnvironment) -> Connection {
    Connection::open(shop.path("state/journal.db")).unwrap()
}
