//! The journal looked after: read through, copied, and used although a part of it is damaged.

use crate::environment::{TestEnvironment, Version};
use rusqlite::Connection;

/// Changes an event of a run behind scap's back.
fn damage(shop: &TestEnvironment, run: u32) {
    let journal = Connection::open(shop.path("state/journal.db")).unwrap();
    let changed = journal.execute(
        "UPDATE events SET at = at + 1 WHERE run = ?1 AND seq = 3",
        [run],
    );
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn a_journal_is_read_through_and_what_is_damaged_is_named() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.have("v2");
    shop.scap(&["journal", "verify"])
        .exits(0)
        .says(&["sound 2 runs with", "all is as it was written"]);
    damage(&shop, 1);
    shop.scap(&["journal", "verify"]).exits(1).says(&[
        "damaged event 3 of run 1 is not what was written",
        "Hint: restore it from a backup",
    ]);
    let said = shop
        .scap(&["journal", "verify", "--format", "json"])
        .exits(1);
    let found: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(found["runs"], 2);
    assert_eq!(found["damages"][0]["run"], 1);
    assert_eq!(found["damages"][0]["event"], 3);
}

#[test]
fn a_damaged_run_keeps_no_other_from_being_shown_or_begun() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    shop.have("v2");
    damage(&shop, 2);
    shop.scap(&["show", "2"]).exits(1).complains(&[
        "event 3 of run 2 is not what was written",
        "`scap journal verify`",
    ]);
    shop.scap(&["show", "1"]).exits(0);
    shop.scap(&["runs"]).exits(0);
    shop.scap(&["status"]).exits(0).says(&["web1"]);
    shop.commit(&Version::good("v3"));
    shop.deploy().exits(0);
    assert_eq!(shop.versions(), ["v3", "v3", "v3"]);
}

#[test]
fn a_backup_is_a_journal_and_never_overwrites() {
    let shop = TestEnvironment::new();
    shop.have("v1");
    std::fs::create_dir(shop.path("restored")).unwrap();
    let (copy, restored) = (shop.path("restored/journal.db"), shop.path("restored"));
    let copy = copy.to_str().unwrap();
    shop.scap(&["journal", "backup", copy])
        .exits(0)
        .says(&["sound 1 runs with"]);
    shop.scap(&["journal", "backup", copy])
        .exits(1)
        .complains(&["backup", "could not be written", "exists"]);
    shop.have("v2");
    let listed = shop
        .bare()
        .arg("runs")
        .arg("--state-dir")
        .arg(restored)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("v1") || listed.contains("shop"), "{listed}");
    assert_eq!(listed.matches("succeeded").count(), 1, "{listed}");
}
