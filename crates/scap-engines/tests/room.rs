//! A disk that has no room for a run is found before anything is changed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use scap_engines::Room;
use scap_plan::{Plan, Policy, ServiceName};
use scap_run::{Finding, Inspect, Severity};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

#[test]
fn a_disk_with_little_room_forbids_a_run() {
    let folder = tempfile::tempdir().unwrap();
    if !mount(folder.path(), "size=32m") {
        println!("not tried: nothing may be mounted here");
        return;
    }
    let [finding] = &look(folder.path())[..] else {
        panic!("it was not seen")
    };
    assert_eq!(finding.severity, Severity::Error);
    assert!(
        finding.message.contains("32 MiB free"),
        "{}",
        finding.message
    );
    assert!(finding.hint.as_ref().unwrap().contains("--state-dir"));
    assert!(mount(folder.path(), "remount,size=128m"));
    assert_eq!(look(folder.path()), []);
    assert!(
        program("umount")
            .arg(folder.path())
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_disk_that_cannot_be_looked_at_is_said() {
    let findings = look(Path::new("/no/such/folder"));
    assert_eq!(findings[0].severity, Severity::Warning);
}

fn look(folder: &Path) -> Vec<Finding> {
    let plan = Plan {
        service: ServiceName::new("shop").unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps: Vec::new(),
        waves: Vec::new(),
        unchanged: Vec::new(),
        policy: Policy::default(),
        links: BTreeMap::new(),
    };
    let room = Room::new(folder.to_owned());
    futures::executor::block_on(room.preflight(&plan))
}

fn mount(folder: &Path, options: &str) -> bool {
    let mounted = program("mount")
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(folder)
        .status();
    mounted.is_ok_and(|status| status.success())
}

#[expect(clippy::disallowed_methods, reason = "a small disk is mounted")]
fn program(name: &str) -> Command {
    Command::new(name)
}
