//! The hosts engine with real git repositories, real programs and real ports, and what goes wrong with them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "hosts/repository.rs"]
mod repository;
#[path = "hosts/world.rs"]
mod world;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use scap_engines::engines::Engines;
use scap_plan::{HostObservation, Observation, Period};
use scap_run::{Engine, Expectation, FailureKind, Inspect, Standing, Stop, standing};
use world::{HOSTS, World, host, seen, until};

const LINK: &str = "srv/deployment/shop";
const REVISIONS: &str = "srv/deployment/shop-cache/revs";
const DUE: &str = "srv/deployment/shop-cache/restart-due";

fn observed(observation: Observation) -> Vec<HostObservation> {
    match observation {
        Observation::HostGroup { hosts } => hosts.into_values().collect(),
        Observation::Release(_) => panic!("hosts were observed"),
    }
}

#[tokio::test]
async fn a_revision_is_promoted_on_all_hosts_restarted_and_read_back() {
    let mut world = World::new();
    let revision = world.plan_version("v1");
    world.act().await.unwrap();
    for name in HOSTS {
        assert_eq!(world.version_on(name).as_deref(), Some("v1"));
        let target = fs::read_link(world.on(name, LINK)).unwrap();
        assert_eq!(
            target.to_str(),
            Some(format!("shop-cache/revs/{revision}").as_str())
        );
        assert_eq!(world.revisions_on(name), [revision.as_str()]);
        assert!(!world.on(name, DUE).exists());
    }
    assert_eq!(world.restarts(), ["web1 v1", "web2 v1", "web3 v1"]);
    let readback = world.verify(Expectation::Planned).await.unwrap();
    assert_eq!(readback.summary, format!("{} on 3 hosts", &revision[..12]));
    assert_eq!(readback.stragglers, []);
    let expected = vec![seen(Some(&revision)); 3];
    assert_eq!(observed(world.observe().await.unwrap()), expected);
    let lines = world.progress.0.lock().unwrap();
    assert!(lines.contains(&"0/3 web1, web2, web3 to fetch".to_owned()));
    assert!(lines.contains(&"3/3 ".to_owned()), "{lines:?}");
}

#[tokio::test]
async fn doing_it_twice_is_doing_it_once() {
    let mut world = World::new();
    world.plan_version("v1");
    world.act().await.unwrap();
    world.attempt = 2;
    world.act().await.unwrap();
    assert_eq!(world.restarts(), ["web1 v1", "web2 v1", "web3 v1"]);
}

#[tokio::test]
async fn undo_brings_back_what_ran_before_without_moving_data() {
    let mut world = World::new();
    let old = world.have_version("v1").await;
    let folder = |world: &World| {
        fs::metadata(world.on("web1", REVISIONS).join(&old))
            .unwrap()
            .ino()
    };
    let inode = folder(&world);
    world.plan_version("v2");
    world.act().await.unwrap();
    // Nothing may be needed from where revisions come from.
    fs::remove_dir_all(world.path("shop")).unwrap();
    world.undo().await.unwrap();
    world.undo().await.unwrap();
    let readback = world.verify(Expectation::Restored).await.unwrap();
    assert_eq!(readback.summary, format!("{} on 3 hosts", &old[..12]));
    assert_eq!(folder(&world), inode);
    let restarts = [
        "web1 v1", "web1 v2", "web2 v1", "web2 v2", "web3 v1", "web3 v2",
    ];
    assert_eq!(world.restarts(), restarts);
    let failure = world.verify(Expectation::Planned).await.unwrap_err();
    assert!(failure.causes[0].starts_with(&format!("web1: {} is deployed, not", &old[..12])));
}

#[tokio::test]
async fn undo_of_a_first_deployment_takes_the_symlink_away_and_the_service_must_stop() {
    let mut world = World::new();
    world.plan_version("v1");
    world.act().await.unwrap();
    // Its restart command fails now, as there is nothing to start.
    for name in HOSTS {
        fs::write(world.on(name, "broken"), "").unwrap();
    }
    world.undo().await.unwrap();
    assert!(world.on("web1", LINK).symlink_metadata().is_err());
    assert_eq!(world.restarts().len(), 6);
    world.group.service_timeout = Period::from_secs(0);
    let failure = world.verify(Expectation::Restored).await.unwrap_err();
    assert!(
        failure.causes[0].contains("still accepts connections"),
        "{failure:?}"
    );
    world.listeners.clear();
    world.group.service_timeout = Period::from_secs(60);
    let readback = world.verify(Expectation::Restored).await.unwrap();
    assert_eq!(readback.summary, "nothing on 3 hosts");
}

#[tokio::test]
async fn hosts_that_were_not_changed_are_left_alone_by_undo() {
    let mut world = World::new();
    world.have_version("v1").await;
    world.plan_version("v2");
    world.undo().await.unwrap();
    assert_eq!(world.restarts(), [""; 0]);
    world.verify(Expectation::Restored).await.unwrap();
}

#[tokio::test]
async fn undo_to_a_revision_that_is_gone_fails_and_says_what_to_type() {
    let mut world = World::new();
    let old = world.have_version("v1").await;
    world.plan_version("v2");
    world.act().await.unwrap();
    fs::remove_file(
        world
            .on("web2", REVISIONS)
            .join(&old)
            .join(".scap-complete"),
    )
    .unwrap();
    let failure = world.undo().await.unwrap_err();
    assert_eq!(
        failure.message,
        "1 of 3 hosts of `default` could not be put back"
    );
    let cause = format!("web2: revision {} is missing or incomplete in", &old[..12]);
    assert!(failure.causes[0].starts_with(&cause), "{failure:?}");
    assert_eq!(world.version_on("web2").as_deref(), Some("v2"));
    type_in(&failure.commands);
    assert_eq!(world.version_on("web2").as_deref(), Some("v1"));
    world.verify(Expectation::Restored).await.unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "a person's shell is what the commands are for"
)]
fn type_in(commands: &[String]) {
    let script = commands.join("\n");
    let output = std::process::Command::new("/bin/sh")
        .args(["-e", "-c", &script])
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}\n{output:?}");
}

#[tokio::test]
async fn a_failed_restart_names_the_host_and_what_the_command_said() {
    let mut world = World::new();
    world.plan_version("v1");
    fs::write(world.on("web2", "broken"), "").unwrap();
    let failure = world.act().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert_eq!(
        failure.message,
        "1 of 3 hosts of `default` could not be changed"
    );
    let cause = "web2: restart command exited with code 3; its last output: cannot bind";
    assert_eq!(failure.causes, [cause]);
    assert!(
        failure
            .commands
            .iter()
            .any(|command| command.contains("SCAP_HOST=web2"))
    );
}

#[tokio::test]
async fn within_the_limit_a_failed_host_becomes_a_straggler() {
    let mut world = World::new();
    world.group.failure_limit = 1;
    world.plan_version("v1");
    fs::write(world.on("web2", "broken"), "").unwrap();
    world.act().await.unwrap();
    let readback = world.verify(Expectation::Planned).await.unwrap();
    assert!(readback.summary.ends_with(" on 2 hosts"), "{readback:?}");
    let stragglers: Vec<_> = readback
        .stragglers
        .iter()
        .map(|s| (s.name.as_str(), s.why.as_str()))
        .collect();
    assert_eq!(
        stragglers,
        [("web2", "the restart after the last change was not finished")]
    );
}

#[tokio::test]
async fn nothing_is_promoted_anywhere_when_too_many_hosts_cannot_get_the_revision() {
    let mut world = World::new();
    world.have_version("v1").await;
    world.plan_version("v2");
    let cache = world.on("web3", "srv/deployment/shop-cache/cache");
    fs::remove_dir_all(&cache).unwrap();
    fs::write(&cache, "in the way").unwrap();
    let failure = world.act().await.unwrap_err();
    assert!(
        failure.causes[0].starts_with("web3: git init exited with code"),
        "{failure:?}"
    );
    assert_eq!(
        HOSTS.map(|name| world.version_on(name)),
        [(); 3].map(|()| Some("v1".to_owned()))
    );
    assert_eq!(world.restarts(), [""; 0]);
    world.undo().await.unwrap();
    world.verify(Expectation::Restored).await.unwrap();
}

#[tokio::test]
async fn a_host_whose_folder_cannot_be_written_is_named_with_the_path() {
    let mut world = World::new();
    world.plan_version("v1");
    // Root may write to folders that are read-only, so a file is where a folder belongs.
    fs::write(world.on("web1", "srv"), "").unwrap();
    let failure = world.act().await.unwrap_err();
    assert!(
        failure.causes[0].starts_with("web1: cannot create `"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_port_that_never_opens_fails_the_read_back() {
    let mut world = World::new();
    world.group.service_timeout = Period::from_secs(0);
    world.plan_version("v1");
    world.act().await.unwrap();
    let address = world.listeners.remove(1).local_addr().unwrap();
    let failure = world.verify(Expectation::Planned).await.unwrap_err();
    let cause = format!("web2: no connection to {address} within 0s: Connection refused");
    assert!(failure.causes[0].starts_with(&cause), "{failure:?}");
}

#[tokio::test]
async fn what_a_kill_left_before_the_marker_is_never_used_and_made_again() {
    let mut world = World::new();
    world.have_version("v1").await;
    let revision = world.plan_version("v2");
    let half = world.on("web1", REVISIONS).join(&revision);
    let unfinished = world
        .on("web1", REVISIONS)
        .join(format!("{revision}.tmp-40-0-1"));
    let of_somebody = world.on("web1", REVISIONS).join("notes");
    for folder in [&half, &unfinished, &of_somebody] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("version"), "half\n").unwrap();
        fs::write(folder.join("left-behind"), "").unwrap();
    }
    fs::write(unfinished.with_extension("tmp-40-0-1.index"), "").unwrap();
    world.act().await.unwrap();
    assert_eq!(world.version_on("web1").as_deref(), Some("v2"));
    assert!(!half.join("left-behind").exists());
    assert!(of_somebody.join("left-behind").exists());
    let mut expected = vec![
        "notes".to_owned(),
        revision,
        world.before[&host("web1")].revision.clone().unwrap(),
    ];
    expected.sort();
    assert_eq!(world.revisions_on("web1"), expected);
}

#[tokio::test]
async fn a_kill_between_promotion_and_restart_is_seen_and_made_good() {
    let mut world = World::new();
    let old = world.have_version("v1").await;
    world.plan_version("v2");
    world.act().await.unwrap();
    for name in HOSTS {
        fs::write(world.on(name, DUE), "").unwrap();
    }
    fs::write(world.path("restarts"), "").unwrap();
    let observation = world.observe().await.unwrap();
    assert_eq!(standing(&world.step(), &observation), Standing::Unfinished);
    world.attempt += 1;
    world.act().await.unwrap();
    assert_eq!(world.restarts(), ["web1 v2", "web2 v2", "web3 v2"]);
    let observation = world.observe().await.unwrap();
    assert_eq!(standing(&world.step(), &observation), Standing::Done);
    assert_eq!(world.before[&host("web1")], seen(Some(&old)));
}

#[tokio::test]
async fn a_program_that_outlived_its_runner_is_waited_for() {
    let mut world = World::new();
    world.plan_version("v1");
    // It says that it runs and waits until the test lets it go on.
    let script = r#"cd "$SCAP_HOST_ROOT"; touch running; until test -e ../../go; do sleep 0.01; done; touch ended"#;
    world.group.restart_command[2] = script.to_owned();
    {
        let act = world.act();
        let running = until(|| HOSTS.iter().all(|name| world.on(name, "running").exists()));
        tokio::select! {
            result = act => panic!("it ended before it was let go: {result:?}"),
            () = running => {}
        }
    }
    let (observation, ()) = tokio::join!(world.observe(), async {
        fs::write(world.path("go"), "").unwrap();
    });
    assert!(HOSTS.iter().all(|name| world.on(name, "ended").exists()));
    assert_eq!(
        standing(&world.step(), &observation.unwrap()),
        Standing::Done
    );
    world.verify(Expectation::Planned).await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_what_runs_and_begins_nothing() {
    let mut world = World::new();
    world.have_version("v1").await;
    world.plan_version("v2");
    world.group.restart_command[2] =
        r#"touch "$SCAP_HOST_ROOT/running"; exec sleep 600"#.to_owned();
    let (stopper, asked) = Stop::new();
    let planned = world.step();
    let (result, ()) = tokio::join!(world.engine.act(world.order(&planned, asked)), async {
        until(|| HOSTS.iter().all(|name| world.on(name, "running").exists())).await;
        stopper.ask();
    });
    let failure = result.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Stopped);
    assert!(HOSTS.iter().all(|name| world.on(name, DUE).exists()));
    // The way back restarts, since nobody knows what runs.
    world.group.restart_command[2] = r#"touch "$SCAP_HOST_ROOT/restarted""#.to_owned();
    world.undo().await.unwrap();
    assert!(
        HOSTS
            .iter()
            .all(|name| world.on(name, "restarted").exists())
    );
    world.verify(Expectation::Restored).await.unwrap();

    let (stopper, asked) = Stop::new();
    stopper.ask();
    let failure = world
        .engine
        .act(world.order(&planned, asked))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Stopped);
    assert_eq!(world.version_on("web1").as_deref(), Some("v1"));
}

#[tokio::test]
async fn old_revisions_go_but_never_those_that_are_needed_or_not_ours() {
    let mut world = World::new();
    world.group.kept_revisions = 2;
    let first = world.have_version("v1").await;
    fs::create_dir(world.on("web1", REVISIONS).join("of-somebody")).unwrap();
    let second = world.have_version("v2").await;
    let third = world.have_version("v3").await;
    let mut expected = vec!["of-somebody".to_owned(), second, third.clone()];
    expected.sort();
    assert_eq!(world.revisions_on("web1"), expected);
    assert!(!world.on("web1", REVISIONS).join(first).exists());
    world.group.kept_revisions = 0;
    let fourth = world.plan_version("v4");
    world.act().await.unwrap();
    let mut expected = vec!["of-somebody".to_owned(), third, fourth];
    expected.sort();
    assert_eq!(world.revisions_on("web1"), expected);
}

#[tokio::test]
async fn what_somebody_put_in_place_of_the_symlink_stays() {
    let mut world = World::new();
    world.plan_version("v1");
    fs::create_dir_all(world.on("web1", LINK).join("precious")).unwrap();
    fs::create_dir_all(world.on("web2", "srv/deployment")).unwrap();
    symlink("/opt/elsewhere", world.on("web2", LINK)).unwrap();
    let failure = world.act().await.unwrap_err();
    assert!(
        failure.causes[0].contains("where a symlink to a revision belongs"),
        "{failure:?}"
    );
    assert!(failure.causes[1].contains("points at `/opt/elsewhere`, which is no revision"));
    assert!(world.on("web1", LINK).join("precious").exists());
    assert!(fs::read_link(world.on("web2", LINK)).is_ok());
}

#[tokio::test]
async fn hosts_of_which_none_can_be_seen_are_unobservable() {
    let mut world = World::new();
    world.plan_version("v1");
    fs::remove_dir_all(world.on("web1", "")).unwrap();
    let some = observed(world.observe().await.unwrap());
    assert!(
        some[0]
            .unreachable
            .as_ref()
            .is_some_and(|why| why.contains("cannot be read"))
    );
    fs::remove_dir_all(world.path("hosts")).unwrap();
    let none = world.observe().await.unwrap_err();
    assert_eq!(none.kind, FailureKind::Unobservable);
    let none = world.verify(Expectation::Planned).await.unwrap_err();
    assert_eq!(none.kind, FailureKind::Unobservable);
}

#[tokio::test]
async fn preflight_is_silent_when_all_is_well() {
    let mut world = World::new();
    world.plan_version("v1");
    assert_eq!(world.preflight().await, [""; 0]);
    world.have_version("v2").await;
    world.plan_version("v3");
    assert_eq!(world.preflight().await, [""; 0]);
}

#[tokio::test]
async fn preflight_names_all_that_stands_against_the_plan_at_once() {
    let mut world = World::new();
    let old = world.have_version("v1").await;
    let new = world.plan_version("v2");
    fs::write(world.path("shop/version"), "changed\n").unwrap();
    fs::write(world.path("shop/new file"), "").unwrap();
    fs::remove_file(
        world
            .on("web1", REVISIONS)
            .join(&old)
            .join(".scap-complete"),
    )
    .unwrap();
    let other = new.replace(|c: char| c.is_ascii_alphabetic(), "0");
    fs::remove_file(world.on("web2", LINK)).unwrap();
    symlink(format!("shop-cache/revs/{other}"), world.on("web2", LINK)).unwrap();
    fs::remove_dir_all(world.on("web3", "")).unwrap();
    world.group.hosts.push(host("web4"));
    world.group.restart_command[0] = "no-such-program".to_owned();
    let findings = world.preflight().await;
    let (old, other) = (&old[..12], &other[..12]);
    let restart = "cannot restart the service: no program `no-such-program` in";
    let revisions = "/srv/deployment/shop-cache/revs`";
    let mut versions = [old, other];
    versions.sort_unstable();
    let expected = [
        "Warning: `/shop` has changes that are not committed and will not be deployed: version, new file".to_owned(),
        format!("Error: web1: it could not be brought back: revision {old} is missing or incomplete in `/hosts/web1{revisions}"),
        format!("Error: web1: {restart}"),
        format!("Error: web2: {other} is deployed, not {old}, since the plan was made"),
        format!("Error: web2: it could not be brought back: revision {other} is missing or incomplete in `/hosts/web2{revisions}"),
        format!("Error: web2: {restart}"),
        "Error: web3: its folder `/hosts/web3` cannot be read: No such file or directory (os error 2)".to_owned(),
        "Error: web4: no host `web4` in the inventory".to_owned(),
        format!("Warning: hosts of `default` are on different versions: {}", versions.join(", ")),
    ];
    assert_eq!(findings.len(), expected.len(), "{findings:#?}");
    for (found, expected) in findings.iter().zip(&expected) {
        assert!(
            found.starts_with(expected.as_str()),
            "{found}\nis not\n{expected}"
        );
    }
}

#[tokio::test]
async fn preflight_refuses_a_repository_that_cannot_give_the_revision() {
    let mut world = World::new();
    world.plan_version("v1");
    world.group.revision = "0123456789".repeat(4);
    let findings = world.preflight().await;
    assert_eq!(
        findings,
        [format!(
            "Error: there is no commit `{}` in `/shop`",
            world.group.revision
        )]
    );
    for (repository, expected) in [
        ("relative", "must be an absolute path"),
        ("/etc", "is no git repository"),
    ] {
        world.group.repository = repository.to_owned();
        let findings = world.preflight().await;
        assert!(
            findings[0].starts_with(&format!("Error: `{repository}` {expected}")),
            "{findings:?}"
        );
    }
}

#[tokio::test]
async fn steps_go_to_the_engine_of_their_kind_and_without_one_are_refused() {
    let mut world = World::new();
    world.plan_version("v1");
    let (step, plan) = (world.step(), world.plan());
    let order = || world.order(&step, Stop::never());
    let mut engines = Engines::default();
    let findings = engines.preflight(&plan).await;
    assert_eq!(findings.len(), 1);
    let message = "cannot deploy default (3 hosts): no hosts are configured";
    assert_eq!(findings[0].message, message);
    assert_eq!(engines.act(order()).await.unwrap_err().message, message);
    engines.hosts = Some(Box::new(world.engine.clone()));
    assert_eq!(engines.preflight(&plan).await, []);
    engines.act(order()).await.unwrap();
    engines.verify(order(), Expectation::Planned).await.unwrap();
    engines.undo(order()).await.unwrap();
    let observed = engines.observe(order()).await.unwrap();
    assert_eq!(observed.version(), "nothing");
}
