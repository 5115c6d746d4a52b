//! The engine with helm and helmfile as scripts that write down how they were called.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use scap_plan::{Observation, ReleaseObservation, ReleaseStatus, Step, StepKind};
use scap_run::{Engine, Expectation, Failure, FailureKind, Finding, Inspect, Readback};
use tempfile::TempDir;

use crate::api::{Api, READY, Scene};
use crate::place::{Place, absent, plan, release, step};

const LIST: &str = r#"[{"name":"canary","namespace":"shellbox","enabled":true,"installed":true},
    {"name":"main","namespace":"shellbox","enabled":true,"installed":true},
    {"name":"off","namespace":"shellbox","enabled":false,"installed":true},
    {"name":"staging","namespace":"shellbox","enabled":true,"installed":false}]"#;
const BUILD: &str = "---\n# Source: x\nreleases:\n\
    - {name: canary, chart: ../../shop, needs: [shellbox/main]}\n- {name: off, chart: ../../shop, condition: off.enabled}\n\
    - {name: main, chart: ../../shop}\n- {name: staging, chart: ../../shop, installed: false}\n";
/// Writes what helm makes of the releases to where it is told to, with `canary.yaml` where there is one.
const TEMPLATE: &str = r#"for last; do :; done
for release in canary main; do
    folder="$(printf '%s' "$last" | sed "s/{{ .Release.Name }}/$release/")/shop/templates"
    mkdir -p "$folder"
    printf 'kind: ConfigMap\nmetadata: { name: %s }\n' "$release" > "$folder/settings.yaml"
    if [ $release = canary ] && [ -e "$(dirname "$0")/canary.yaml" ]; then
        cp "$(dirname "$0")/canary.yaml" "$folder/"
    fi
done"#;

pub(crate) struct Fake {
    pub(crate) place: Place,
    pub(crate) api: Api,
}

impl Fake {
    pub(crate) async fn new() -> Self {
        let api = Api::start().await;
        let folder = TempDir::new().unwrap();
        let path = folder.path().to_owned();
        let kubeconfig = path
            .join("{namespace}-deploy-{environment}.config")
            .display()
            .to_string();
        let place = Place::new(
            folder,
            &kubeconfig,
            &path.join("helm"),
            &path.join("helmfile"),
        );
        place.write("charts/services/shellbox/helmfile.yaml", "releases: []\n");
        place.write("charts/shop/Chart.yaml", "{name: shop, version: 1.2.3}\n");
        let fake = Self { place, api };
        fake.kubeconfig("token: secret");
        fake.script("helm", "exit 0");
        fake.script("helmfile", "exit 0");
        fake
    }

    fn kubeconfig(&self, user: &str) {
        let url = &self.api.url;
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: k, user: u}}}}],\n\
             clusters: [{{name: k, cluster: {{server: '{url}'}}}}], users: [{{name: u, user: {{{user}}}}}]}}\n"
        );
        self.place.write("shellbox-deploy-eqiad.config", &text);
    }

    /// What helm makes of `canary` besides its settings.
    pub(crate) fn render(&self, manifest: &str) {
        self.place.write("canary.yaml", manifest);
    }

    /// A program that notes its call, answers what looks, and does `body` for what changes.
    pub(crate) fn script(&self, name: &str, body: &str) {
        let folder = self.place.folder.path().display();
        let text = format!(
            "#!/bin/sh\ncase \"$*\" in\n*' list '*) cat {folder}/list.json; exit;;\n*' build') cat {folder}/build.yaml; exit;;\n\
             *' template '*) {TEMPLATE}\nexit;;\nesac\n\
             echo {name} \"$@\" >> {folder}/calls\nenv >> {folder}/environment\n{body}\n"
        );
        self.place.write(name, &text);
        fs::set_permissions(self.place.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        self.place.write("list.json", LIST);
        self.place.write("build.yaml", BUILD);
    }

    /// How helm and helmfile were called, without what is always the same.
    fn calls(&self) -> Vec<String> {
        let folder = format!("{}/", self.place.folder.path().display());
        let calls = self.place.read("calls").replace(&folder, "");
        let always = "--file charts/services/shellbox/helmfile.yaml --helm-binary helm --kustomize-binary scratch/plugins/kustomize --environment eqiad --no-color ";
        let calls = calls
            .replace(always, "")
            .replace(" --namespace shellbox --timeout 300s", "");
        calls.lines().map(str::to_owned).collect()
    }

    pub(crate) async fn observe(&self) -> ReleaseObservation {
        let step = canary(&absent());
        release(
            self.place
                .engine
                .observe(self.place.order(&step, 1))
                .await
                .unwrap(),
        )
    }

    pub(crate) async fn act(&self, step: &Step) -> Result<(), Failure> {
        self.place.engine.act(self.place.order(step, 1)).await
    }

    async fn undo(&self, step: &Step) -> Result<(), Failure> {
        self.place.engine.undo(self.place.order(step, 1)).await
    }

    pub(crate) async fn verify(
        &self,
        step: &Step,
        expectation: Expectation,
    ) -> Result<Readback, Failure> {
        self.place
            .engine
            .verify(self.place.order(step, 1), expectation)
            .await
    }

    async fn preflight(&self, steps: Vec<Step>) -> Vec<Finding> {
        self.place.engine.preflight(&plan(steps)).await
    }
}

pub(crate) fn canary(before: &ReleaseObservation) -> Step {
    step("canary", before.clone())
}

const SYNC: &str = "helmfile --selector name=canary sync --skip-deps --sync-args --atomic=false --wait=false --wait-for-jobs=false";

#[tokio::test]
async fn helms_history_is_observed() {
    let fake = Fake::new().await;
    assert_eq!(fake.observe().await, absent());
    fake.api.store(7, "deployed", "1");
    fake.api.store(8, "failed", "2");
    let seen = fake.observe().await;
    assert_eq!(
        (seen.status, seen.revision, seen.deployed_revision),
        (ReleaseStatus::Failed, Some(8), Some(7))
    );
    assert_eq!(seen.chart.as_deref(), Some("shop-1.2.3"));
    assert_eq!(seen.images, ["registry.example/repos/shop:2"]);
}

#[tokio::test]
async fn act_calls_helmfile_with_an_environment_of_its_own() {
    let fake = Fake::new().await;
    fake.script("helmfile", "echo Upgrading; exit 0");
    fake.act(&canary(&absent())).await.unwrap();
    assert_eq!(fake.calls(), [SYNC]);
    assert_eq!(*fake.place.said.lines.lock().unwrap(), ["Upgrading"]);
    let environment = fake.place.read("environment");
    let mut names: Vec<&str> = environment
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    // PWD and the like are the shell's own.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    assert_eq!(
        names,
        [
            "HELMFILE_CACHE_HOME",
            "HELMFILE_DISABLE_HOOKS",
            "HELMFILE_DISABLE_INSECURE_FEATURES",
            "HELMFILE_UPGRADE_NOTICE_DISABLED",
            "HELM_CACHE_HOME",
            "HELM_CONFIG_HOME",
            "HELM_DATA_HOME",
            "HELM_PLUGINS",
            "HOME",
            "KUBECONFIG",
            "PATH",
            "SCAP_PROGRAM",
            "TMPDIR",
        ]
    );
}

#[tokio::test]
async fn a_failed_helmfile_is_told_in_helms_words() {
    let fake = Fake::new().await;
    fake.script("helmfile", "echo 'STDERR:'; echo '  Error: UPGRADE FAILED: quota'; echo COMBINED; echo '  Error: UPGRADE FAILED: quota'; exit 1");
    let failure = fake.act(&canary(&absent())).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert_eq!(failure.message, "`helmfile sync canary in eqiad` failed");
    assert_eq!(failure.causes, ["Error: UPGRADE FAILED: quota"]);
}

#[tokio::test]
async fn a_change_that_was_never_finished_is_rolled_back_first() {
    for pending in ["pending-upgrade", "pending-rollback"] {
        let fake = Fake::new().await;
        fake.api.store(7, "deployed", "1");
        fake.api.store(8, pending, "2");
        fake.act(&canary(&fake.observe().await)).await.unwrap();
        assert_eq!(
            fake.calls(),
            ["helm rollback canary 7 --history-max 0", SYNC],
            "{pending}"
        );
    }
}

#[tokio::test]
async fn an_install_that_was_never_finished_keeps_its_evidence() {
    let fake = Fake::new().await;
    fake.api.store(1, "pending-install", "1");
    fake.act(&canary(&fake.observe().await)).await.unwrap();
    assert_eq!(fake.calls(), [SYNC]);
    assert_eq!(
        fake.api.changes(),
        ["PUT secrets/sh.helm.release.v1.canary.v1: status \"failed\""]
    );
    assert_eq!(fake.observe().await.status, ReleaseStatus::Failed);
}

#[tokio::test]
async fn a_release_that_did_not_move_on_is_no_success() {
    let fake = Fake::new().await;
    fake.api.store(7, "deployed", "1");
    fake.api.show(&[READY]);
    let step = canary(&fake.observe().await);
    let same = fake.verify(&step, Expectation::Planned).await.unwrap_err();
    assert_eq!(
        same.message,
        "canary in eqiad (shellbox) still has revision 7, as before the step"
    );
    fake.api.store(8, "failed", "2");
    let failed = fake.verify(&step, Expectation::Planned).await.unwrap_err();
    assert_eq!(
        failed.message,
        "canary in eqiad (shellbox) is not deployed: revision 8 has failed"
    );
    assert_eq!(failed.causes, ["helm said failed"]);
}

#[tokio::test]
async fn a_cluster_that_cannot_be_seen_is_no_failure_of_the_step() {
    let fake = Fake::new().await;
    fs::remove_file(fake.place.path("shellbox-deploy-eqiad.config")).unwrap();
    let blind = fake
        .verify(&canary(&absent()), Expectation::Planned)
        .await
        .unwrap_err();
    assert_eq!(blind.kind, FailureKind::Unobservable);
}

#[tokio::test]
async fn undo_rolls_back_and_then_has_nothing_to_do() {
    let fake = Fake::new().await;
    fake.api.store(7, "deployed", "1");
    fake.api.show(&[Scene { tag: "1", ..READY }]);
    let step = canary(&fake.observe().await);
    fake.api.store(8, "failed", "2");
    fake.undo(&step).await.unwrap();
    assert_eq!(fake.calls(), ["helm rollback canary 7 --history-max 0"]);
    let other = fake.verify(&step, Expectation::Restored).await.unwrap_err();
    assert_eq!(
        other.message,
        "canary in eqiad (shellbox) is not deployed: revision 8 has failed"
    );

    fake.api.store(9, "deployed", "1");
    fake.place
        .engine
        .undo(fake.place.order(&step, 2))
        .await
        .unwrap();
    assert_eq!(fake.calls().len(), 1, "nothing more was called");
    let readback = fake.verify(&step, Expectation::Restored).await.unwrap();
    assert_eq!(readback.summary, "revision 9, shop:1, 3 of 3 pods ready");

    fake.api.store(10, "deployed", "2");
    let other = fake.verify(&step, Expectation::Restored).await.unwrap_err();
    assert_eq!(
        other.message,
        "canary in eqiad (shellbox) has revision 10, which is not what ran before"
    );
}

#[tokio::test]
async fn an_undo_that_fails_says_what_to_type() {
    let fake = Fake::new().await;
    fake.script("helm", "echo 'Error: no'; exit 1");
    fake.api.store(7, "deployed", "1");
    let step = canary(&fake.observe().await);
    fake.api.store(8, "failed", "2");
    let failure = fake.undo(&step).await.unwrap_err();
    let kubeconfig = fake.place.path("shellbox-deploy-eqiad.config");
    assert_eq!(
        failure.commands,
        [format!(
            "helm rollback canary 7 --namespace shellbox --kubeconfig {}",
            kubeconfig.display()
        )]
    );
}

#[tokio::test]
async fn a_first_install_is_scaled_to_none_and_uninstalled() {
    let fake = Fake::new().await;
    fake.api.store(1, "deployed", "1");
    fake.undo(&canary(&absent())).await.unwrap();
    assert_eq!(
        fake.api.changes(),
        [
            r#"PATCH deployments/web: {"metadata":{"annotations":{"scap/replicas":"3"}},"spec":{"replicas":0}}"#
        ]
    );
    assert_eq!(
        fake.calls(),
        ["helm uninstall canary --cascade foreground --wait"]
    );
}

#[tokio::test]
async fn preflight_finds_nothing_against_what_the_plan_saw() {
    let fake = Fake::new().await;
    fake.api.install_main();
    fake.api.store(7, "deployed", "1");
    let step = canary(&fake.observe().await);
    assert_eq!(fake.preflight(vec![step]).await, []);
}

/// What preflight says against the plan of one release.
async fn told(fake: &Fake, before: &ReleaseObservation) -> Vec<String> {
    let findings = fake.preflight(vec![canary(before)]).await;
    let folder = format!("{}/", fake.place.folder.path().display());
    findings
        .into_iter()
        .map(|finding| finding.message.replace(&folder, ""))
        .collect()
}

#[tokio::test]
async fn preflight_names_what_stands_against_a_release() {
    let fake = Fake::new().await;
    fake.api.install_main();
    fake.api.store(7, "deployed", "1");
    let before = fake.observe().await;
    fake.api.store(8, "pending-upgrade", "2");
    let foreign = "somebody else has changed canary in eqiad (shellbox): its newest revision is 8, and was 7 when the plan was made";
    let pending = "an earlier change of canary in eqiad (shellbox) was never finished and will be repaired first";
    assert_eq!(told(&fake, &before).await, [foreign, pending]);
    let pruned = ReleaseObservation {
        revision: Some(8),
        deployed_revision: Some(3),
        ..before.clone()
    };
    assert_eq!(
        told(&fake, &pruned).await,
        [
            pending,
            "revision 3 of canary in eqiad (shellbox), which an undo would bring back, is no longer in helm's history"
        ]
    );
}

#[tokio::test]
async fn preflight_names_what_stands_against_a_place() {
    let fake = Fake::new().await;
    fake.api.install_main();
    fake.api.lose_namespace();
    assert_eq!(
        told(&fake, &absent()).await,
        ["no namespace `shellbox` in eqiad"]
    );
    fake.kubeconfig(
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: [canary]}",
    );
    let runs_program =
        "user `u` of kubeconfig `shellbox-deploy-eqiad.config` logs in by a program (`exec`)";
    assert_eq!(told(&fake, &absent()).await, [runs_program]);
    fs::remove_file(fake.place.path("charts/services/shellbox/helmfile.yaml")).unwrap();
    assert_eq!(
        told(&fake, &absent()).await,
        ["no helmfile in `charts/services/shellbox`", runs_program]
    );
}

#[tokio::test]
async fn preflight_finds_releases_that_helmfile_would_not_install() {
    let fake = Fake::new().await;
    let steps = ["off", "unknown", "main", "main"].map(|release| step(release, absent()));
    let findings = fake.preflight(steps.to_vec()).await;
    let told: Vec<&str> = findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        told,
        [
            "main in eqiad (shellbox) is in the plan twice",
            "the helmfile in `services/shellbox` does not install `off` in eqiad",
            "the helmfile in `services/shellbox` does not install `unknown` in eqiad",
        ]
    );
    assert_eq!(
        findings[1].hint.as_deref(),
        Some("releases installed there: `main`, `canary`")
    );
}

#[tokio::test]
async fn installed_releases_come_in_the_order_of_needs() {
    let fake = Fake::new().await;
    let Step {
        kind: StepKind::Release(step),
        before: Some(Observation::Release(_)),
        ..
    } = canary(&absent())
    else {
        panic!("it is a release")
    };
    let rendered = fake.place.engine.render(&step).await.unwrap();
    let releases = rendered.releases.iter();
    let releases: Vec<&str> = releases.map(|release| release.name.as_str()).collect();
    assert_eq!(releases, ["main", "canary"]);
}
