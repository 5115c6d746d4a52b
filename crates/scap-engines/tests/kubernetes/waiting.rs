//! How pods and hooks are waited for, with an API server that closes every watch when anything changes.

use std::time::Duration;

use scap_run::{Engine, Expectation, FailureKind, InstanceState};

use crate::api::{READY, Scene};
use crate::faked::{Fake, canary};
use crate::place::absent;

#[tokio::test]
async fn pods_are_waited_for_though_every_watch_closes() {
    let fake = Fake::new().await;
    fake.api.store(7, "deployed", "1");
    let step = canary(&fake.observe().await);
    fake.api.store(7, "superseded", "1");
    fake.api.store(8, "deployed", "2");
    let stale = Scene {
        observed: false,
        ..READY
    };
    let two = Scene {
        available: 2,
        ..READY
    };
    fake.api.show(&[stale, two, READY]);
    let readback = fake.verify(&step, Expectation::Planned).await.unwrap();
    assert_eq!(readback.summary, "revision 8, shop:2, 3 of 3 pods ready");
    let ready = fake.place.said.ready.lock().unwrap().clone();
    assert_eq!(
        ready.last().map(String::as_str),
        Some("3 of 3 "),
        "nothing is waited for any more"
    );
    let unready = "2 of 3 deployment `web`: pod `web-1` is not ready yet".to_owned();
    assert!(ready.contains(&unready), "{ready:?}");
    let instances = fake.place.said.instances.lock().unwrap().clone();
    let instances = instances
        .iter()
        .map(|it| (it.name.as_str(), it.state, it.why.clone()));
    let expected = [("web-1", InstanceState::Starting, None)];
    assert_eq!(instances.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_somebody_else_does_meanwhile_is_recognised() {
    let fake = Fake::new().await;
    fake.api.store(8, "deployed", "2");
    let other = Scene { tag: "3", ..READY };
    fake.api.show(&[other]);
    let step = canary(&absent());
    let said =
        "somebody else has changed canary in eqiad (shellbox) while its pods were waited for";
    let image = fake.verify(&step, Expectation::Planned).await.unwrap_err();
    assert_eq!(image.message, said);
    assert_eq!(
        image.causes,
        [
            "container `main` of deployment `web` is to run `registry.example/repos/shop:3`, not `registry.example/repos/shop:2`"
        ]
    );
    let two = Scene {
        available: 2,
        ..READY
    };
    fake.api.show(&[two]);
    let overtake = async {
        while fake
            .place
            .said
            .ready
            .lock()
            .unwrap()
            .last()
            .is_none_or(|ready| !ready.starts_with('2'))
        {
            tokio::task::yield_now().await;
        }
        fake.api.store(9, "pending-upgrade", "3");
    };
    let (overtaken, ()) = tokio::join!(fake.verify(&step, Expectation::Planned), overtake);
    let overtaken = overtaken.unwrap_err();
    assert_eq!(overtaken.message, said);
    assert_eq!(overtaken.causes, ["revision 9 is pending-upgrade"]);
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let fake = Fake::new().await;
    fake.api.store_in(Some("other"), 1, "deployed", "2");
    fake.api.forbid(&["/other/deployments", "/other/events"]);
    let step = canary(&absent());
    let blind = fake.verify(&step, Expectation::Planned).await.unwrap_err();
    assert_eq!(blind.kind, FailureKind::Unobservable);
    assert_eq!(blind.causes, ["the server says Forbidden"]);
    assert_eq!(
        blind.hints,
        [
            "the kubeconfig's user needs the right to list and watch deployments.apps in namespace `other`"
        ]
    );
    assert!(
        blind.commands[0].starts_with(
            "kubectl auth can-i watch deployments.apps --namespace other --kubeconfig "
        )
    );
    let lines = fake.place.said.lines.lock().unwrap().clone();
    let told =
        "no right to watch events in namespace `other`: less can be said about pods that fail";
    assert!(lines.iter().any(|line| line == told), "{lines:?}");
}

#[tokio::test]
async fn pods_that_fall_over_after_they_were_ready_are_told() {
    let fake = Fake::new().await;
    fake.api.store(8, "deployed", "2");
    let step = canary(&absent());
    // What was started again before it was watched says nothing.
    let before = Scene {
        ended: Some("2026-03-01T00:00:10Z"),
        ..READY
    };
    fake.api.show(&[before]);
    // Again and again, and ever more seldom: nobody can tell when everything is watched.
    let falls = async {
        for restarts in 5.. {
            tokio::time::sleep(Duration::from_secs(1 << (restarts - 5))).await;
            fake.api.show(&[Scene { restarts, ..before }]);
        }
    };
    let watch = fake.place.engine.watch(fake.place.order(&step, 1));
    let fallen = tokio::select! {
        fallen = watch => fallen,
        () = falls => unreachable!("it falls for ever"),
    };
    assert_eq!(
        fallen.message,
        "`web-1` of canary in eqiad (shellbox) was started again"
    );
}

#[tokio::test]
async fn a_hook_that_fails_is_told_while_helm_still_waits() {
    let fake = Fake::new().await;
    fake.api.store(8, "pending-upgrade", "2");
    fake.api.fail_hook();
    let folder = fake.place.folder.path().display();
    let wait = format!("while [ ! -e {folder}/told ]; do sleep 0.1; done");
    fake.script("helm", &wait);
    fake.api.store(7, "deployed", "1");
    let told = async {
        while fake.place.said.lines.lock().unwrap().len() < 5 {
            tokio::task::yield_now().await;
        }
        fake.place.write("told", "");
    };
    let step = canary(&absent());
    let (acted, ()) = tokio::join!(fake.act(&step), told);
    acted.unwrap();
    let lines = fake.place.said.lines.lock().unwrap().clone();
    assert_eq!(
        lines[1..],
        [
            "hook: pod `canary-hook-1` has failed: Error: container `main`: ended with code 3",
            "hook: `canary-hook-1` said: one",
            "hook: `canary-hook-1` said: cannot connect to database",
            "hook: see what the container said before it ended, and mend that",
        ]
    );
}

#[tokio::test]
async fn a_pod_that_cannot_start_is_named_at_once() {
    let fake = Fake::new().await;
    fake.api.store(1, "deployed", "1");
    fake.api.show(&[Scene {
        available: 0,
        pod_waits_for: Some("CrashLoopBackOff"),
        tag: "1",
        ended: Some("2026-03-01T00:00:30Z"),
        ..READY
    }]);
    let failure = fake
        .verify(&canary(&absent()), Expectation::Planned)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert_eq!(
        failure.message,
        "`web-1` of canary in eqiad (shellbox) cannot become ready: CrashLoopBackOff"
    );
    assert_eq!(
        failure.causes,
        [
            "container `main`: ended with code 3 (Error), started again 4 times",
            "`web-1` said: one",
            "`web-1` said: cannot connect to database",
        ]
    );
    assert_eq!(
        failure.hints,
        ["see what the container said before it ended, and mend that"]
    );
    let command =
        "kubectl logs web-1 --container main --previous --namespace shellbox --kubeconfig ";
    assert!(failure.commands[0].starts_with(command));
}
