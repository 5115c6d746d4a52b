//! Tests that run on a host itself: commands of its NRPE configuration, and scripts of what is deployed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use scap_plan::Warning;

use super::*;

/// Says its second word, and exits with its first.
const SAY: &str = "#!/bin/sh\necho\necho \"$2\"\nexit \"$1\"\n";
const COMMANDS: &str = r"
command[fine]=/plugins/say 0 'DISK OK - 40 % free|free=40'
command[warned]=/plugins/say 1 'DISK WARNING - 9 % free|free=9'
command[critical]=/plugins/say 2 '2 % free'
command[unknown]=/plugins/say 3 ''
command[odd]=/plugins/say 4 'what is this'
command[machine]=/bin/true
command[absent]=/plugins/none
command[shell]=/plugins/say 0 fine | cat
";

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A host where a revision is deployed, with plugins of its own.
async fn world(last: u8) -> World {
    let world = World::new(serve(last).await);
    let host = world.folder.path().join("hosts/web1");
    write(&host.join("etc/nagios/nrpe.d/shop.cfg"), COMMANDS);
    write(
        &host.join("etc/nagios/nrpe.d/notes.txt"),
        "command[fine]=/bin/false",
    );
    write(&host.join("plugins/say"), SAY);
    let revision = format!("shop-cache/revs/{}", "0".repeat(40));
    let scripts = host.join("srv").join(&revision).join("scap/scripts");
    let asks = "#!/bin/sh\ntest -d \"$SCAP_REV_PATH\" && test -L \"$SCAP_FINAL_PATH\" && test \"$SCAP_HOST\" = web1\n";
    write(&scripts.join("warm/up.sh"), asks);
    write(
        &scripts.join("fail.sh"),
        "#!/bin/sh\necho no cart; exit 7\n",
    );
    symlink(&revision, host.join("srv/shop")).unwrap();
    world
}

fn nrpe(command: &str, warning: Warning) -> TestKind {
    TestKind::Nrpe {
        command: command.to_owned(),
        warning,
    }
}

#[tokio::test]
async fn commands_of_nrpe_say_how_they_stand() {
    let world = world(30).await;
    let cases = [
        ("fine", Warning::Fails, "", ""),
        ("warned", Warning::Passes, "", "DISK WARNING - 9 % free"),
        ("warned", Warning::Fails, "DISK WARNING - 9 % free", ""),
        ("critical", Warning::Passes, "CRITICAL: 2 % free", ""),
        (
            "unknown",
            Warning::Passes,
            "UNKNOWN: the command said nothing",
            "",
        ),
        (
            "odd",
            Warning::Passes,
            "UNKNOWN: the command exited with code 4; its last output: what is this",
            "",
        ),
        ("machine", Warning::Passes, "", ""),
        (
            "absent",
            Warning::Passes,
            "no program `/plugins/none` in",
            "",
        ),
        (
            "shell",
            Warning::Passes,
            "the command `shell` at /etc/nagios/nrpe.d/shop.cfg:9 needs a shell, which commands are not given",
            "",
        ),
        (
            "dsk",
            Warning::Passes,
            "no file defines the command `dsk` (known: absent, critical, fine, machine, odd, shell, unknown, warned)",
            "",
        ),
    ];
    let kinds = cases.map(|(command, warning, ..)| nrpe(command, warning));
    let reports = world.reports(kinds.to_vec(), 0).await;
    for ((command, _, failure, remark), report) in cases.into_iter().zip(reports) {
        let said = report.failure.unwrap_or_default();
        assert!(said.starts_with(failure), "{command}: {said}");
        assert_eq!(said.is_empty(), failure.is_empty(), "{command}: {said}");
        assert_eq!(report.remark.unwrap_or_default(), remark, "{command}");
        assert_eq!(report.instance, "web1");
    }
}

#[tokio::test]
async fn a_command_that_hangs_is_unknown() {
    let world = world(31).await;
    let config = world
        .folder
        .path()
        .join("hosts/web1/etc/nagios/nrpe.d/slow.cfg");
    write(&config, "command[slow]=/bin/sleep 600\n");
    let timeout = Period::try_from("100ms".to_owned()).unwrap();
    let test = Test::new("slow", timeout, nrpe("slow", Warning::Passes));
    let reports = world.checks.tests(&world.plan, &[test], &[StepId(0)]).await;
    let expected = "UNKNOWN: the command took too long and was stopped";
    assert_eq!(reports[0].failure.as_deref(), Some(expected));
}

#[tokio::test]
async fn nrpe_is_looked_for_where_the_repository_says() {
    let mut world = world(32).await;
    let said = |reports: Vec<TestReport>| reports[0].failure.clone().unwrap_or_default();
    let StepKind::HostGroup(group) = &mut world.plan.steps[0].kind else {
        panic!("the first step is a group of hosts");
    };
    group.nrpe_directory = Some("/etc/nrpe.d".to_owned());
    let config = world.folder.path().join("hosts/web1/etc/nrpe.d/shop.cfg");
    let ask =
        async |world: &World| said(world.reports(vec![nrpe("fine", Warning::Fails)], 0).await);
    let missing = ask(&world).await;
    assert!(missing.starts_with("cannot read `"), "{missing}");
    write(&config, "command[fine]=/bin/true\n");
    assert_eq!(ask(&world).await, "");
}

#[tokio::test]
async fn scripts_of_the_deployed_revision_must_exit_with_0() {
    let world = world(33).await;
    let script = |script: &str| TestKind::Script {
        script: script.to_owned(),
    };
    let kinds = ["warm/up.sh", "fail.sh", "none.sh"].map(script);
    let failures = world.failures(kinds.to_vec(), 0).await;
    let failed = "the script exited with code 7; its last output: no cart";
    assert_eq!(failures[..2], ["", failed]);
    assert!(
        failures[2].starts_with("no program `./none.sh` in"),
        "{failures:?}"
    );
}

#[tokio::test]
async fn a_release_has_no_host_to_run_anything_on() {
    let world = world(34).await;
    let kinds = vec![nrpe("fine", Warning::Passes)];
    assert_eq!(world.failures(kinds, 1).await, ["a release is no host"]);
}
