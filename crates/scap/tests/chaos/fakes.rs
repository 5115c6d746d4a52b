//! The fakes behave as what they stand for, and doubled effects are seen.

use crate::cluster::{Change, Cluster};
use crate::ledger::{Ledger, Mark};
use crate::plot::Plot;

fn upgrade(tag: &str) -> Change {
    Change::Upgrade {
        release: "main".to_owned(),
        tag: tag.to_owned(),
    }
}

fn rollback(to: u32) -> Change {
    Change::Rollback {
        release: "main".to_owned(),
        to,
    }
}

fn do_all(cluster: &mut Cluster, change: &Change) {
    cluster.begin(change).unwrap();
    cluster.finish(change);
}

fn statuses(cluster: &Cluster) -> Vec<&str> {
    let revisions = cluster.releases["main"].iter();
    revisions.map(|it| it.status.as_str()).collect()
}

#[test]
fn a_change_that_was_cut_off_is_pending_and_refuses_the_next_until_it_is_rolled_back() {
    let mut cluster = Cluster::default();
    do_all(&mut cluster, &upgrade("1"));
    cluster.begin(&upgrade("2")).unwrap();
    assert_eq!(statuses(&cluster), ["deployed", "pending-upgrade"]);
    assert_eq!(
        (cluster.deployed("main"), cluster.serving("main")),
        (None, Some("2"))
    );
    assert!(cluster.begin(&upgrade("2")).is_err());
    do_all(&mut cluster, &rollback(1));
    do_all(&mut cluster, &upgrade("2"));
    assert_eq!(
        statuses(&cluster),
        ["superseded", "pending-upgrade", "superseded", "deployed"]
    );
    assert_eq!(cluster.serving("main"), Some("2"));
}

#[test]
fn what_is_there_already_is_needless() {
    let mut cluster = Cluster::default();
    do_all(&mut cluster, &upgrade("1"));
    assert!(cluster.has(&upgrade("1")) && cluster.has(&rollback(1)));
    cluster.begin(&upgrade("2")).unwrap();
    assert!(!cluster.has(&upgrade("2")) && !cluster.has(&rollback(1)));
    cluster.fail(&upgrade("2"));
    assert!(!cluster.has(&rollback(1)));
}

#[test]
fn a_restart_is_doubled_if_nothing_came_between() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::new(&folder.path().join("ledger"));
    let (there, back) = ("restart web1 v2", "restart web1 v1");
    for (mark, effect, is_doubled) in [
        (Mark::Cut, there, false),
        (Mark::Done, there, true),
        (Mark::Done, "restart web2 v2", true),
        (Mark::Done, back, false),
        (Mark::Failed, there, false),
    ] {
        ledger.note(mark, effect, false);
        assert_eq!(ledger.was_last_done("web1", there), is_doubled, "{ledger}");
    }
}

#[test]
fn a_plot_reads_as_it_is_told() {
    for text in [
        "shop: upgrade",
        "page: abort/write-61-children",
        "shop: stop/by-runner/seen-3/sync-7-children",
    ] {
        let plot: Plot = text.parse().unwrap();
        assert_eq!(plot.to_string(), text);
    }
    assert!("shop: stop/seen".parse::<Plot>().is_err());
    assert!("shop: stop/heard-3".parse::<Plot>().is_err());
}
