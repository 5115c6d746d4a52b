//! Tests and counters against real servers and programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "checks/history.rs"]
mod history;
#[path = "checks/httpbb.rs"]
mod httpbb;
#[path = "checks/kinds.rs"]
mod kinds;
#[path = "checks/load.rs"]
mod load;
#[path = "checks/on_host.rs"]
mod on_host;
#[path = "checks/releases.rs"]
mod releases;
#[path = "checks/terms.rs"]
mod terms;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use scap_engines::Scratch;
use scap_engines::checks::{CheckSettings, Checks};
use scap_engines::hosts::Fleet;
use scap_engines::kubernetes::KubernetesSettings;
use scap_engines::secrets::KnownSecrets;
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, EnvironmentType, Evidence, Exposition,
    ExpositionHistogram, Gate, HostGroupStep, HostName, Ordinary, Origin, Period, Plan, Policy,
    ReleaseStep, Step, StepId, StepKind, Test, TestKind, Wave,
};
use scap_run::{Check, Inspect, Snapshot, TestReport};
use tempfile::TempDir;

const FIXTURE: &str = env!("CARGO_BIN_EXE_process-fixture");
const METRICS: &str = "shop_requests_total 10\nshop_errors_total{signature=\"Boom\"} 2\n";

const LATENCY: &str = "shop_seconds_bucket{le=\"0.25\"} 7\nshop_seconds_bucket{le=\"+Inf\"} 9\nshop_seconds_count 9\n";

struct World {
    folder: TempDir,
    checks: Checks,
    plan: Plan,
}

fn name<T: TryFrom<String>>(text: &str) -> T {
    T::try_from(text.to_owned()).unwrap_or_else(|_| panic!("{text} is a name"))
}

/// Serves the shop on an address of its own and returns where.
async fn serve(last: u8) -> SocketAddr {
    let host =
        |headers: HeaderMap| async move { headers[header::HOST].to_str().unwrap().to_owned() };
    let router = Router::new()
        .route("/", get(async || "welcome"))
        .route("/host", get(host))
        .route(
            "/away",
            get(async || (StatusCode::FOUND, [(header::LOCATION, "/")])),
        )
        .route("/hang", get(std::future::pending::<String>))
        .route("/metrics", get(async || METRICS))
        .route("/large", get(async || "# x\n".repeat(2 << 20)))
        .route("/binary", get(async || vec![0xff, 0xfe]))
        .route("/page", get(async || "<html>"))
        .route("/latency", get(async || LATENCY))
        .route(
            "/typo",
            get(async || "shop_requests_total 10\nshop_error_total 2\n"),
        );
    let address = Ipv4Addr::new(127, 0, 42, last);
    let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl World {
    /// A service on one host, `web1`, and one release.
    fn new(address: SocketAddr) -> Self {
        let folder = TempDir::new().unwrap();
        let web1: HostName = name("web1");
        let addresses: BTreeMap<HostName, IpAddr> = [(web1.clone(), address.ip())].into();
        let scratch = Scratch::new(
            FIXTURE,
            folder.path().join("scratch"),
            KnownSecrets::default(),
        );
        let group = HostGroupStep {
            group: name("canary"),
            hosts: vec![web1],
            failure_limit: 0,
            repository: folder.path().display().to_string(),
            revision: "0".repeat(40),
            deploy_directory: "/srv/shop".to_owned(),
            kept_revisions: 5,
            restart_command: Vec::new(),
            service_port: Some(address.port()),
            service_timeout: Period::from_secs(1),
            nrpe_directory: None,
        };
        let release = ReleaseStep {
            environment_type: EnvironmentType::Production,
            stage: name("CANARY"),
            environment: name("eqiad"),
            canonical_environment: name("eqiad"),
            datacenter: name("eqiad"),
            namespace: name("shop"),
            release: Some(name("canary")),
            directory: "shop".to_owned(),
            rendering: None,
            relief: None,
            restores: None,
        };
        let step = |kind| Step {
            kind,
            reason: "a test".to_owned(),
            needs: Vec::new(),
            before: None,
        };
        let plan = Plan {
            service: name("shop"),
            cluster_group: None,
            primary_datacenter: None,
            steps: vec![
                step(StepKind::HostGroup(group)),
                step(StepKind::Release(release)),
            ],
            waves: Vec::new(),
            unchanged: Vec::new(),
            policy: Policy::default(),
            links: BTreeMap::new(),
        };
        let settings = CheckSettings {
            fleet: Fleet::local(folder.path().join("hosts"), addresses),
            kubernetes: kubernetes(&folder),
            metrics: None,
            logs: None,
        };
        let checks = Checks::new(scratch, settings);
        Self {
            folder,
            checks,
            plan,
        }
    }

    async fn reports(&self, kinds: Vec<TestKind>, step: usize) -> Vec<TestReport> {
        let test = |(index, kind)| Test::new(format!("test{index}"), Period::from_secs(5), kind);
        let tests: Vec<Test> = kinds.into_iter().enumerate().map(test).collect();
        self.checks.tests(&self.plan, &tests, &[StepId(step)]).await
    }

    /// Why each fails; empty when it passes.
    async fn failures(&self, kinds: Vec<TestKind>, step: usize) -> Vec<String> {
        let reports = self.reports(kinds, step).await;
        reports
            .into_iter()
            .map(|report| report.failure.unwrap_or_default())
            .collect()
    }

    /// What preflight says of a check of the host.
    async fn findings(&mut self, counters: Counters) -> Vec<String> {
        let gate = Gate::Evidence(Evidence {
            counters,
            canary: vec![StepId(0)],
            control: Vec::new(),
            ordinary: Ordinary::default(),
            watch: None,
            load: None,
        });
        self.plan.waves = vec![Wave {
            name: "canary".to_owned(),
            steps: vec![StepId(0)],
            gates: vec![gate],
        }];
        let findings = self.checks.preflight(&self.plan).await.into_iter();
        findings.map(|finding| finding.message).collect()
    }

    async fn counters(&self, path: &str) -> Snapshot {
        self.checks
            .counters(&self.plan, &counters(path), &[StepId(0)])
            .await
    }
}

/// A place with neither clusters nor helm, until a test brings them.
fn kubernetes(folder: &TempDir) -> KubernetesSettings {
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("shop")).unwrap();
    KubernetesSettings {
        kubeconfig: path("{namespace}-{environment}.config")
            .display()
            .to_string(),
        deployments_dir: folder.path().to_owned(),
        helm: path("helm"),
        helmfile: path("helmfile"),
        environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
        scratch: path("helm-folders"),
        ready_timeout: std::time::Duration::from_mins(10),
    }
}

fn http(path: &str, status: u16, text: Option<&str>) -> TestKind {
    TestKind::Http {
        path: path.to_owned(),
        port: None,
        status,
        text: text.map(str::to_owned),
    }
}

fn command(words: &[&str]) -> TestKind {
    TestKind::Command {
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        environment: [("COLOUR".to_owned(), "blue".to_owned())].into(),
        base_url: None,
    }
}

fn counters(path: &str) -> Counters {
    Counters {
        name: "errors".to_owned(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: path.to_owned(),
            requests: "shop_requests_total".to_owned(),
            errors: "shop_errors_total".to_owned(),
            signature: Some("signature".to_owned()),
        }),
        settings: CountersSettings::default(),
        mode: CheckMode::Blocking,
        origin: Origin::Team,
        is_shared: false,
    }
}

#[tokio::test]
async fn http_tests_compare_status_and_text_and_follow_nothing() {
    let address = serve(1).await;
    let world = World::new(address);
    let named = format!("web1:{}", address.port());
    let passing = vec![
        http("/", 200, Some("come")),
        http("/?a=b%20c", 200, None),
        http("/host", 200, Some(&named)),
        http("/away", 302, None),
        http("/nothing", 404, None),
    ];
    assert_eq!(world.failures(passing, 0).await, [""; 5]);
    let failing = vec![
        http("/away", 200, None),
        http("/", 204, None),
        http("/", 200, Some("farewell")),
        http("@127.0.0.1/", 200, None),
    ];
    let expected = [
        format!("http://{address}/away answered with status 302, not 200"),
        format!("http://{address}/ answered with status 200, not 204"),
        format!("http://{address}/ answered without the text \"farewell\"; it begins \"welcome\""),
        "the path \"@127.0.0.1/\" must begin with `/`".to_owned(),
    ];
    assert_eq!(world.failures(failing, 0).await, expected);
}

#[tokio::test]
async fn what_does_not_answer_fails_in_time() {
    let address = serve(2).await;
    let mut world = World::new(address);
    let timeout = Period::try_from("50ms".to_owned()).unwrap();
    let test = Test::new("hang", timeout, http("/hang", 200, None));
    let reports = world.checks.tests(&world.plan, &[test], &[StepId(0)]).await;
    let expected = format!("http://{address}/hang did not answer within 50ms");
    assert_eq!(reports[0].failure, Some(expected));
    // A port that was free a moment ago.
    let closed = tokio::net::TcpListener::bind((address.ip(), 0))
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    if let StepKind::HostGroup(group) = &mut world.plan.steps[0].kind {
        group.service_port = Some(closed.port());
    }
    let refused = world
        .failures(vec![http("/", 200, None), TestKind::Port { port: None }], 0)
        .await;
    assert!(
        refused[0].starts_with(&format!("no answer from http://{closed}/: ")),
        "{refused:?}"
    );
    assert!(refused[0].contains("Connection refused"), "{refused:?}");
    assert!(
        refused[1].starts_with(&format!("no connection to {closed}: Connection refused")),
        "{refused:?}"
    );
    let open = vec![TestKind::Port {
        port: Some(address.port()),
    }];
    assert_eq!(world.failures(open, 0).await, [""]);
}

#[tokio::test]
async fn command_tests_get_exactly_what_is_declared() {
    let world = World::new(serve(3).await);
    let script = world.folder.path().join("print");
    std::fs::write(&script, "#!/bin/sh\nenv | sort | grep -v -e ^PWD= -e ^SCAP_PROGRAM= -e ^_= -e ^OLDPWD= -e ^SHLVL= -e ^RESULT_FILE=\nexit 1\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, mode).unwrap();
    let failures = world
        .failures(
            vec![command(&["./print"]), command(&["true", ";", "false"])],
            0,
        )
        .await;
    let path = scap_engines::search_path::SEARCH_PATH;
    let expected = format!(
        "the command exited with code 1; its last output: \
         ADDRESS=127.0.42.3 / COLOUR=blue / INSTANCE=web1 / PATH={path} / SERVICE=shop"
    );
    assert_eq!(failures, [expected, String::new()]);
}

#[tokio::test]
async fn commands_may_write_what_their_parts_came_to() {
    let world = World::new(serve(9).await);
    let part = r#"{"reports": [{"test": "login", "failure": null},
        {"name": "buy", "instance": "web1:8080", "failure": "no cart"}]}"#;
    let told = |said: &[(&str, &str, &str)]| {
        let own = |(test, instance, failure): &(&str, &str, &str)| {
            [*test, *instance, *failure].map(str::to_owned)
        };
        said.iter().map(own).collect::<Vec<_>>()
    };
    let parts = [
        ("test0/login", "web1", ""),
        ("test0/buy", "web1:8080", "no cart"),
    ];
    let with = |failure| [&[("test0", "web1", failure)], &parts[..]].concat();
    let cases = [
        (part, "0", told(&with(""))),
        (part, "1", told(&with("the command exited with code 1"))),
        (
            "oops",
            "0",
            told(&[(
                "test0",
                "web1",
                "the command's result file is not understood: expected value at line 1 column 1",
            )]),
        ),
        (
            "",
            "2",
            told(&[(
                "test0",
                "web1",
                "the command exited with code 2; the command's result file is not understood: \
                 EOF while parsing a value at line 1 column 0",
            )]),
        ),
    ];
    for (text, code, expected) in cases {
        let script = r#"printf %s "$1" > "$RESULT_FILE"; exit "$2""#;
        let words = ["sh", "-c", script, "sh", text, code];
        let reports = world.reports(vec![command(&words)], 0).await;
        let said: Vec<_> = reports
            .into_iter()
            .map(|report| {
                [
                    report.test,
                    report.instance,
                    report.failure.unwrap_or_default(),
                ]
            })
            .collect();
        assert_eq!(said, expected);
    }
}

#[tokio::test]
async fn commands_that_hang_or_are_not_there_fail() {
    let world = World::new(serve(4).await);
    let timeout = Period::try_from("100ms".to_owned()).unwrap();
    let test = Test::new("hang", timeout, command(&["sleep", "600"]));
    let reports = world.checks.tests(&world.plan, &[test], &[StepId(0)]).await;
    let expected = "the command took too long and was stopped";
    assert_eq!(reports[0].failure.as_deref(), Some(expected));
    let failures = world
        .failures(vec![command(&["no-such-program"]), command(&[])], 0)
        .await;
    assert!(
        failures[0].starts_with("no program `no-such-program` in"),
        "{failures:?}"
    );
    assert!(failures[1].starts_with("no program `` in"), "{failures:?}");
}

#[tokio::test]
async fn counters_are_read_from_every_instance() {
    let world = World::new(serve(6).await);
    let snapshot = world
        .checks
        .counters(&world.plan, &counters("/metrics"), &[StepId(0), StepId(1)])
        .await;
    let web1 = &snapshot.instances["web1"];
    assert_eq!(
        (web1.requests, web1.errors, web1.signatures["Boom"]),
        (10, 2, 2)
    );
    let release = world.plan.steps[1].to_string();
    assert_eq!(snapshot.missing.keys().collect::<Vec<_>>(), [&release]);
}

#[tokio::test]
async fn counters_that_cannot_be_read_are_missing_with_the_reason() {
    let address = serve(7).await;
    let world = World::new(address);
    let cases = [
        (
            "/nothing",
            format!("http://{address}/nothing answered with status 404"),
        ),
        (
            "/large",
            format!("http://{address}/large answered with more than 4 MiB"),
        ),
        ("/binary", format!("http://{address}/binary is not UTF-8")),
        (
            "/page",
            "not the text format of Prometheus: line 1 has no name of a metric".to_owned(),
        ),
        (
            "/hang",
            format!("http://{address}/hang did not answer within 1s"),
        ),
        (
            "/",
            "not the text format of Prometheus: line 1 has no number as its value".to_owned(),
        ),
    ];
    for (path, expected) in cases {
        let snapshot = world.counters(path).await;
        let why = snapshot
            .missing
            .get("web1")
            .map(String::as_str)
            .unwrap_or_default();
        assert!(why.starts_with(&expected), "{path}: {why}");
        assert!(snapshot.instances.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn an_error_counter_that_nobody_has_is_said_once_beforehand() {
    let mut world = World::new(serve(8).await);
    let cases = [
        ("/metrics", None),
        ("/nothing", None),
        (
            "/page",
            Some(
                "the check `errors` cannot read any instance; web1: not the text format of Prometheus: ",
            ),
        ),
        (
            "/typo",
            Some(
                "no instance has the counter `shop_errors_total` yet, which counts as no errors; what looks like it: shop_error_total",
            ),
        ),
    ];
    for (path, expected) in cases {
        let findings = world.findings(counters(path)).await;
        let message = findings.first().map(String::as_str);
        assert_eq!(
            message.map(|message| message.starts_with(expected.unwrap_or("-"))),
            expected.map(|_| true),
            "{path}: {findings:?}"
        );
    }
}

#[tokio::test]
async fn slow_requests_are_counted_by_a_bound_that_there_is() {
    let mut world = World::new(serve(9).await);
    let slow = |milliseconds| Counters {
        name: "latency".to_owned(),
        source: CountersSource::ExpositionHistogram(ExpositionHistogram {
            port: None,
            path: "/latency".to_owned(),
            histogram: "shop_seconds".to_owned(),
            over: std::time::Duration::from_millis(milliseconds).into(),
        }),
        ..counters("/latency")
    };
    assert_eq!(world.findings(slow(250)).await, Vec::<String>::new());
    let counters = slow(250);
    let steps = [StepId(0)];
    let snapshot = world.checks.counters(&world.plan, &counters, &steps).await;
    let web1 = &snapshot.instances["web1"];
    assert_eq!((web1.requests, web1.errors), (9, 2));
    assert_eq!(
        world.findings(slow(500)).await,
        [
            "the check `latency` cannot read any instance; web1: of the histogram `shop_seconds` there is no bound of 0.5 s; \
             there are 0.25: set `over` to one of them"
        ]
    );
}
