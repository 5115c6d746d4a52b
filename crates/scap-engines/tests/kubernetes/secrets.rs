//! Whatever programs, pods, clusters and checks say, no secret of the cluster or of the manifests is seen of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use scap_engines::Masked;
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, Exposition, Origin, Plan, StepId, Test,
};
use scap_run::{
    Check, Engine, Expectation, Inspect, InstanceCounters, Severity, Snapshot, TestReport, Work,
};

use crate::api::{READY, Scene};
use crate::faked::{Fake, canary};
use crate::place::{absent, plan};

const PASSWORD: &str = "pa55-of-the-shop";
const MASKED: &str = "[masked: secret store/password]";
/// In a Secret of the chart that is in no cluster yet.
const NEW: &str = "new-t0ken-of-the-shop";

/// Says it in all of its answers.
struct Talkative;

impl Check for Talkative {
    fn tests<'a>(
        &'a self,
        _: &'a Plan,
        _: &'a [Test],
        _: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>> {
        let report = TestReport {
            test: "page".to_owned(),
            instance: "web-1".to_owned(),
            failure: Some(format!("no {PASSWORD}")),
            ..TestReport::default()
        };
        async { vec![report] }.boxed()
    }

    fn counters<'a>(&'a self, _: &'a Plan, _: &'a Counters, _: &'a [StepId]) -> Work<'a, Snapshot> {
        let signatures = [(format!("bad {PASSWORD}"), 1), (format!("bad {MASKED}"), 2)];
        let seen = InstanceCounters {
            signatures: signatures.into(),
            ..InstanceCounters::default()
        };
        let snapshot = Snapshot {
            instances: [("web-1".to_owned(), seen)].into(),
            missing: [("web-2".to_owned(), format!("no {PASSWORD}"))].into(),
        };
        async { snapshot }.boxed()
    }
}

fn masked(fake: &Fake) -> Masked {
    let engine = fake.place.engine.clone();
    Masked {
        engine: Arc::new(engine.clone()),
        inspect: Arc::new(engine.clone()),
        check: Arc::new(Talkative),
        kubernetes: engine,
    }
}

/// All that a person was shown.
fn shown(fake: &Fake) -> String {
    let said = &fake.place.said;
    [&said.lines, &said.ready]
        .map(|texts| texts.lock().unwrap().join("\n"))
        .join("\n")
}

fn assert_hidden(text: &str) {
    for secret in [PASSWORD, NEW] {
        let written = [secret.to_owned(), STANDARD.encode(secret)];
        for secret in written {
            assert!(!text.contains(&secret), "{text}");
        }
    }
}

#[tokio::test]
async fn what_programs_print_is_masked_in_progress_and_failures() {
    let fake = Fake::new().await;
    fake.api.keep_password(PASSWORD);
    let (first, last) = PASSWORD.split_at(7);
    let encoded = STANDARD.encode(PASSWORD);
    fake.script(
        "helmfile",
        &format!(
            "echo plain {PASSWORD}; echo encoded {encoded}; printf 'in two writes {first}'; printf '%s\\n' {last}\n\
             echo 'Error: not with {PASSWORD}' >&2; exit 1"
        ),
    );
    let step = canary(&absent());
    let failure = masked(&fake).act(fake.place.order(&step, 1)).await;
    let failure = failure.unwrap_err();
    assert_eq!(failure.causes, [format!("Error: not with {MASKED}")]);
    let shown = shown(&fake);
    for begin in ["plain", "encoded", "in two writes"] {
        assert!(shown.contains(&format!("{begin} {MASKED}")), "{shown}");
    }
    assert_hidden(&shown);
    assert_hidden(&format!("{failure:?}"));
}

#[tokio::test]
async fn last_words_that_are_cut_are_masked_before() {
    let fake = Fake::new().await;
    fake.api.keep_password(PASSWORD);
    // No line of helm's own, so that the last lines are shown, and those are cut after 300 characters.
    let padding = "x".repeat(295);
    fake.script("helmfile", &format!("echo {padding}{PASSWORD}; exit 1"));
    let step = canary(&absent());
    let failure = masked(&fake).act(fake.place.order(&step, 1)).await;
    let failure = format!("{:?}", failure.unwrap_err());
    assert!(failure.contains("x[mas"), "{failure}");
    assert!(!failure.contains(&PASSWORD[..3]), "{failure}");
}

#[tokio::test]
async fn what_a_crashed_pod_said_is_masked() {
    let fake = Fake::new().await;
    fake.api.keep_password("another-word-so-far");
    fake.api.store(7, "deployed", "2");
    fake.api.show(&[Scene {
        available: 0,
        pod_waits_for: Some("CrashLoopBackOff"),
        ..READY
    }]);
    fake.api.say_in_log(&format!("no entry with {PASSWORD}"));
    let step = canary(&absent());
    let world = masked(&fake);
    world.kubernetes.learn_of([&step]).await;
    // The run itself has changed it meanwhile.
    fake.api.keep_password(PASSWORD);
    let failure = world
        .verify(fake.place.order(&step, 1), Expectation::Planned)
        .await
        .unwrap_err();
    let text = format!("{failure:?}");
    assert!(text.contains(&format!("no entry with {MASKED}")), "{text}");
    assert_hidden(&text);
    assert_hidden(&shown(&fake));
}

#[tokio::test]
async fn secrets_of_the_manifests_are_masked_where_those_of_the_cluster_are_forbidden() {
    let fake = Fake::new().await;
    fake.render(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: store }}\nstringData: {{ password: {NEW} }}\n"
    ));
    fake.api.forbid(&["/secrets"]);
    let step = canary(&absent());
    let world = masked(&fake);
    let findings = world
        .preflight(&plan(vec![step.clone(), step.clone()]))
        .await;
    let warnings: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        warnings,
        [
            "cannot tell whether release `main` is in namespace `shellbox` of eqiad: the server says Forbidden; `canary` needs it",
            "secrets of namespace `shellbox` in eqiad cannot be read (the server says Forbidden): what programs print can only be masked for those in the manifests"
        ]
    );
    assert_eq!(world.kubernetes.secrets().mask(NEW), MASKED);
}

#[tokio::test]
async fn what_checks_say_is_masked() {
    let fake = Fake::new().await;
    fake.api.keep_password(PASSWORD);
    let world = masked(&fake);
    let plan = plan(vec![canary(&absent())]);
    let reports = world.tests(&plan, &[], &[]).await;
    assert_eq!(reports[0].failure, Some(format!("no {MASKED}")));
    let counters = Counters {
        name: "c".to_owned(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: "/metrics".to_owned(),
            requests: "requests".to_owned(),
            errors: "errors".to_owned(),
            signature: None,
        }),
        settings: CountersSettings::default(),
        mode: CheckMode::Blocking,
        origin: Origin::Team,
        is_shared: false,
    };
    let snapshot = world.counters(&plan, &counters, &[]).await;
    let signatures = [(format!("bad {MASKED}"), 3)];
    assert_eq!(snapshot.instances["web-1"].signatures, signatures.into());
    assert_eq!(snapshot.missing["web-2"], format!("no {MASKED}"));
}
