//! Real helm and helmfile on a real API server with kwok's pods; see dev/README.md.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use procfs::process::all_processes;
use rustix::process::{Pid, Signal, kill_process};
use scap_engines::process::MARKER;
use scap_plan::{Observation, ReleaseObservation, ReleaseStatus, Step, StepKind};
use scap_run::{
    Engine, Expectation, Failure, FailureKind, Finding, Inspect, Order, Severity, Stop,
};
use tempfile::TempDir;

use crate::place::{Place, absent, plan, release, step};

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: 3
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec: { containers: [{ name: main, image: "registry.example/repos/shop:{{ .Values.tag }}" }] }
"#;

/// A hook whose pod never comes up keeps helm waiting, and so the release pending.
const HOOK: &str = r#"
{{- if .Values.hang }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-hook
  annotations: { helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation }
spec:
  template:
    spec: { restartPolicy: Never, containers: [{ name: hook, image: "registry.example/hook:1-broken" }] }
{{- end }}
"#;

pub(crate) fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join(name));
    let found = programs.find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("`{name}` is on PATH under `dev/run`"))
}

/// A release of its own for each test, under the folder's own name.
struct Cluster {
    place: Place,
    name: String,
    /// A program that has run once is not run again, so each attempt has a number of its own.
    attempts: AtomicU32,
}

impl Cluster {
    fn new() -> Self {
        let state = std::env::var("SCAP_DEV_STATE").expect("`dev/run` sets it");
        let kubeconfig = format!("{state}/kubernetes/{{namespace}}-deploy-{{environment}}.config");
        let folder = TempDir::with_prefix("t").unwrap();
        let name = folder
            .path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_lowercase();
        let place = Place::new(folder, &kubeconfig, &program("helm"), &program("helmfile"));
        place.write(
            "charts/shop/Chart.yaml",
            "{apiVersion: v2, name: shop, version: 1.2.3}\n",
        );
        place.write("charts/shop/templates/deployment.yaml", DEPLOYMENT);
        place.write("charts/shop/templates/hook.yaml", HOOK);
        Self {
            place,
            name,
            attempts: AtomicU32::new(0),
        }
    }

    /// What the helmfile says from now on.
    fn declare(&self, tag: &str, hang: bool) {
        let name = &self.name;
        let text = format!(
            "environments: {{eqiad: {{values: [{{z: {{enabled: true}}}}]}}}}\n---\nhelmDefaults: {{atomic: true, wait: true, timeout: 60}}\n\
             releases:\n\
             - {{name: '{name}', namespace: shellbox, chart: ../../shop, values: [{{tag: '{tag}', hang: {hang}}}],\n   \
             needs: [shellbox/{name}-z]}}\n\
             - {{name: '{name}-off', namespace: shellbox, chart: ../../shop, installed: false}}\n\
             - {{name: '{name}-z', namespace: shellbox, chart: ../../shop, condition: 'z.enabled', values: [{{tag: '1'}}]}}\n"
        );
        self.place
            .write("charts/services/shellbox/helmfile.yaml.gotmpl", &text);
    }

    /// A step from what runs now.
    async fn step(&self) -> Step {
        step(&self.name, self.observe().await)
    }

    async fn observe(&self) -> ReleaseObservation {
        let step = step(&self.name, absent());
        release(
            self.place
                .engine
                .observe(self.place.order(&step, 1))
                .await
                .unwrap(),
        )
    }

    fn order<'a>(&'a self, step: &'a Step) -> Order<'a> {
        self.place
            .order(step, self.attempts.fetch_add(1, Ordering::Relaxed) + 1)
    }

    async fn act(&self, step: &Step) -> Result<String, Failure> {
        let order = self.order(step);
        self.place.engine.act(order.clone()).await?;
        let readback = self
            .place
            .engine
            .verify(order, Expectation::Planned)
            .await?;
        Ok(readback.summary)
    }

    async fn undo(&self, step: &Step) -> Result<String, Failure> {
        let order = self.order(step);
        self.place.engine.undo(order.clone()).await?;
        let readback = self
            .place
            .engine
            .verify(order, Expectation::Restored)
            .await?;
        Ok(readback.summary)
    }

    /// Waits until helm hangs in its hook.
    async fn until_pending(&self) {
        while self.observe_without_waiting().await.status != ReleaseStatus::Pending {
            tokio::task::yield_now().await;
        }
    }

    /// As a step that has no programs sees it.
    async fn observe_without_waiting(&self) -> ReleaseObservation {
        let step = step(&self.name, absent());
        let order = Order {
            run: scap_run::RunId(42),
            ..self.place.order(&step, 1)
        };
        release(self.place.engine.observe(order).await.unwrap())
    }

    /// As the kernel does it when memory is short.
    fn kill_helm(&self) {
        let marker = self.place.path("programs").display().to_string();
        for process in all_processes().unwrap().flatten() {
            let is_helm = process
                .exe()
                .is_ok_and(|exe| exe.file_name().is_some_and(|name| name == "helm"));
            let environment = process.environ().unwrap_or_default();
            let folder = environment.get(std::ffi::OsStr::new(MARKER));
            if is_helm && folder.is_some_and(|folder| folder.to_string_lossy().starts_with(&marker))
            {
                kill_process(Pid::from_raw(process.pid()).unwrap(), Signal::KILL).unwrap();
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs `dev/up`"]
async fn a_release_is_installed_changed_broken_and_taken_back() {
    let cluster = Cluster::new();
    cluster.declare("1", false);
    let install = cluster.step().await;
    assert_eq!(install.before, Some(Observation::Release(absent())));
    let findings = cluster
        .place
        .engine
        .preflight(&plan(vec![install.clone()]))
        .await;
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}")
    };
    assert!(
        finding.message.contains("-z` is missing in namespace"),
        "{finding:?}"
    );
    let installed = cluster.act(&install).await.unwrap();
    assert_eq!(installed, "revision 1, shop:1, 3 of 3 pods ready");

    let StepKind::Release(release) = &install.kind else {
        panic!("it is a release")
    };
    let rendered = cluster.place.engine.render(release).await.unwrap();
    let releases = rendered.releases.iter();
    let releases: Vec<String> = releases.map(|release| release.name.to_string()).collect();
    assert_eq!(
        releases,
        [format!("{}-z", cluster.name), cluster.name.clone()]
    );

    cluster.declare("2", false);
    let upgrade = cluster.step().await;
    assert_eq!(
        cluster.act(&upgrade).await.unwrap(),
        "revision 2, shop:2, 3 of 3 pods ready"
    );

    cluster.declare("3-broken", false);
    let broken = cluster.step().await;
    let failure = cluster.act(&broken).await.unwrap_err();
    // A kubelet says the first after its first try, and the second after more of them.
    let image_missing =
        ["ErrImagePull", "ImagePullBackOff"].map(|reason| format!("cannot become ready: {reason}"));
    assert!(
        image_missing
            .iter()
            .any(|end| failure.message.ends_with(end)),
        "{failure:?}"
    );
    assert_eq!(
        cluster.undo(&broken).await.unwrap(),
        "revision 4, shop:2, 3 of 3 pods ready"
    );
    assert_eq!(
        cluster.undo(&broken).await.unwrap(),
        "revision 4, shop:2, 3 of 3 pods ready",
        "twice is once"
    );

    let findings = cluster.place.engine.preflight(&plan(vec![broken])).await;
    let is_told = |finding: &Finding| {
        let message = &finding.message;
        message.contains("its newest revision is 4, and was 2")
    };
    assert!(findings.iter().any(is_told), "{findings:?}");
    // The other one is of the release that was missing from the beginning.
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert_eq!(finding.severity, Severity::Error);

    assert_eq!(cluster.undo(&install).await.unwrap(), "absent, as before");
    assert_eq!(
        cluster.undo(&install).await.unwrap(),
        "absent, as before",
        "twice is once"
    );
    assert_eq!(cluster.observe().await, absent());
}

#[tokio::test]
#[ignore = "needs `dev/up`"]
async fn a_stop_leaves_a_release_that_helm_calls_failed() {
    let cluster = Cluster::new();
    cluster.declare("1", false);
    let install = cluster.step().await;
    cluster.act(&install).await.unwrap();
    cluster.declare("2", true);
    let upgrade = cluster.step().await;
    let (stopper, stop) = Stop::new();
    let order = Order {
        stop,
        ..cluster.order(&upgrade)
    };
    let stopping = async {
        cluster.until_pending().await;
        stopper.ask();
    };
    let (acted, ()) = tokio::join!(cluster.place.engine.act(order), stopping);
    assert_eq!(acted.unwrap_err().kind, FailureKind::Stopped);
    assert_eq!(cluster.observe().await.status, ReleaseStatus::Failed);
    assert_eq!(
        cluster.undo(&upgrade).await.unwrap(),
        "revision 3, shop:1, 3 of 3 pods ready"
    );
    assert_eq!(cluster.undo(&install).await.unwrap(), "absent, as before");
}

#[tokio::test]
#[ignore = "needs `dev/up`"]
async fn a_killed_helm_is_repaired() {
    let cluster = Cluster::new();
    cluster.declare("1", true);
    let install = cluster.step().await;
    for what in ["install", "upgrade"] {
        cluster.declare("1", true);
        let step = cluster.step().await;
        let killing = async {
            cluster.until_pending().await;
            cluster.kill_helm();
        };
        let (acted, ()) = tokio::join!(cluster.place.engine.act(cluster.order(&step)), killing);
        assert_eq!(acted.unwrap_err().kind, FailureKind::Failed, "{what}");
        assert_eq!(
            cluster.observe().await.status,
            ReleaseStatus::Pending,
            "{what}"
        );
        cluster.declare("2", false);
        let done = cluster.act(&step).await.unwrap();
        assert!(
            done.ends_with(", shop:2, 3 of 3 pods ready"),
            "{what}: {done}"
        );
    }
    assert_eq!(cluster.undo(&install).await.unwrap(), "absent, as before");
}

#[tokio::test]
#[ignore = "needs `dev/up`"]
async fn a_killed_install_is_undone() {
    let cluster = Cluster::new();
    cluster.declare("1", true);
    let install = cluster.step().await;
    let killing = async {
        cluster.until_pending().await;
        cluster.kill_helm();
    };
    let (acted, ()) = tokio::join!(cluster.place.engine.act(cluster.order(&install)), killing);
    assert!(acted.is_err());
    assert_eq!(cluster.undo(&install).await.unwrap(), "absent, as before");
}

#[tokio::test]
#[ignore = "needs `dev/up`"]
async fn hooks_of_a_helmfile_are_named_and_not_run() {
    let cluster = Cluster::new();
    let (name, canary) = (&cluster.name, cluster.place.path("canary"));
    for events in ["prepare, cleanup", "presync, postsync"] {
        let hooks = format!(
            "hooks: [{{events: [{events}], command: touch, args: ['{}']}}]",
            canary.display()
        );
        let environments = "environments: {eqiad: {}}\n---\n";
        let release = format!("name: '{name}', namespace: shellbox, chart: ../../shop");
        let block = format!("{environments}{hooks}\nreleases: [{{{release}}}]\n");
        let in_braces = format!("{environments}releases: [{{{release}, {hooks}}}]\n");
        for (text, is_refused) in [(block, false), (in_braces, true)] {
            cluster
                .place
                .write("charts/services/shellbox/helmfile.yaml", &text);
            let step = cluster.step().await;
            let StepKind::Release(release) = &step.kind else {
                panic!("it is a release")
            };
            match cluster.place.engine.render(release).await {
                Ok(rendered) => assert_eq!(rendered.hooks_left_out, ["touch"]),
                Err(failure) => assert!(
                    is_refused && failure.in_full().contains("has hooks in a form"),
                    "{failure:?}"
                ),
            }
            let acted = cluster.act(&step).await;
            assert!(!is_refused || acted.is_err());
            assert!(!canary.exists(), "a hook was run");
            if acted.is_ok() {
                cluster.undo(&step).await.unwrap();
            }
        }
    }
    assert_eq!(cluster.observe().await, absent());
}
