//! A deploy host of its own: charts that a test may change, a state folder, scap, kubectl, helm and traffic.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// The good image tag that the charts come with.
pub(crate) const FIRST: &str = "2026-03-01-101010-production";

pub(crate) struct Place {
    folder: TempDir,
}

/// Two tests deploy shellbox: whichever comes first has it until the end.
static SHELLBOX: Mutex<()> = Mutex::new(());

pub(crate) fn turn_at_shellbox() -> MutexGuard<'static, ()> {
    // The other one may have failed.
    SHELLBOX.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// Where releases are judged by nothing but their pods, and for a moment only.
    pub(crate) fn new() -> Self {
        Self::with("defaults: {bake: 2s}\n")
    }

    /// Where releases are judged by how many of their responses are errors, for which they need traffic.
    pub(crate) fn with_checks() -> Self {
        let checks = source().join("checks.yaml");
        Self::with(&std::fs::read_to_string(checks).unwrap())
    }

    fn with(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder };
        let made = command(source().join("place").to_str().unwrap())
            .arg(place.path())
            .status()
            .unwrap();
        assert!(made.success());
        place.configure(configuration);
        place
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("place")
    }

    /// Adds to scap.yaml.
    pub(crate) fn configure(&self, more: &str) {
        let path = self.path().join("scap.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text + more).unwrap();
    }

    /// What git says in this place, as somebody with a name.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = command("git")
            .current_dir(self.path())
            .args([
                "-c",
                "user.name=deployer",
                "-c",
                "user.email=deployer@localhost",
            ])
            .args(arguments)
            .output()
            .unwrap();
        let said = Said::from(output);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        said.stdout
    }

    pub(crate) fn scap_command(&self, arguments: &[&str]) -> Command {
        let mut scap = command(env!("CARGO_BIN_EXE_scap"));
        scap.arg("--config").arg(self.path().join("scap.yaml"));
        scap.arg("--state-dir")
            .arg(self.path().join("state"))
            .args(arguments)
            .stdin(Stdio::null());
        scap
    }

    pub(crate) fn scap(&self, arguments: &[&str]) -> Said {
        self.scap_command(arguments).output().unwrap().into()
    }

    /// scap, which goes on while the test looks elsewhere.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        self.scap_command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let said = self.scap(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&said.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", said.stdout, said.stderr))
    }

    /// Deploys, and expects this exit code.
    pub(crate) fn deploy(&self, service: &str, code: i32) -> Said {
        let said = self.scap(&["deploy-service", service, "--yes"]);
        assert_eq!(said.code, Some(code), "{}{}", said.stdout, said.stderr);
        said
    }

    /// The newest run.
    pub(crate) fn last_run(&self) -> Value {
        let run = self.json(&["runs"])[0]["run"].to_string();
        self.json(&["show", &run])
    }

    /// Writes the image tag into the values of a service.
    pub(crate) fn set_tag(&self, service: &str, tag: &str) {
        let path = self.path().join(format!(
            "deployment-charts/helmfile.d/services/{service}/values.yaml"
        ));
        let values = std::fs::read_to_string(&path).unwrap();
        let changed: Vec<String> = values
            .lines()
            .map(|line| match line.split_once("version: ") {
                Some((before, _)) => format!("{before}version: {tag}"),
                None => line.to_owned(),
            })
            .collect();
        std::fs::write(&path, changed.join("\n") + "\n").unwrap();
    }

    /// What the cluster itself says, asked without scap.
    pub(crate) fn kubectl(namespace: &str, environment: &str, arguments: &[&str]) -> String {
        let config = state().join(format!(
            "kubernetes/{namespace}-deploy-{environment}.config"
        ));
        let output = command("kubectl")
            .arg("--kubeconfig")
            .arg(config)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The image tag and `ready/wanted` of a release's Deployment; nothing when there is none.
    pub(crate) fn deployed(namespace: &str, environment: &str, release: &str) -> Option<String> {
        let list: Value = serde_json::from_str(&Self::kubectl(
            namespace,
            environment,
            &["get", "deployments", "-o", "json"],
        ))
        .unwrap();
        let deployments = list["items"].as_array().unwrap().iter();
        let ours = deployments.into_iter().find(|deployment| {
            let labels = &deployment["metadata"]["annotations"];
            labels["meta.helm.sh/release-name"] == release
        })?;
        let image = ours["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap();
        let tag = image.rsplit(':').next().unwrap();
        let ready = ours["status"]["readyReplicas"].as_u64().unwrap_or(0);
        Some(format!("{tag} {ready}/{}", ours["spec"]["replicas"]))
    }

    /// `status revision` of helm's newest revision, read from the cluster.
    pub(crate) fn helm_status(namespace: &str, environment: &str, release: &str) -> Option<String> {
        let mut history = Self::helm_history(namespace, environment, release);
        let (number, status) = history.pop()?;
        Some(format!("{status} {number}"))
    }

    /// helm's statuses by revision, oldest first.
    pub(crate) fn helm_history(
        namespace: &str,
        environment: &str,
        release: &str,
    ) -> Vec<(u32, String)> {
        let selector = format!("owner=helm,name={release}");
        let wanted = ["get", "secrets", "-l", &selector, "-o", "json"];
        let secrets = Self::kubectl(namespace, environment, &wanted);
        let secrets: Value = serde_json::from_str(&secrets).unwrap();
        let revision = |secret: &Value| {
            let labels = &secret["metadata"]["labels"];
            let number = labels["version"].as_str().unwrap().parse().unwrap();
            (number, labels["status"].as_str().unwrap().to_owned())
        };
        let secrets = secrets["items"].as_array().unwrap().iter();
        let mut revisions: Vec<_> = secrets.map(revision).collect();
        revisions.sort();
        revisions
    }
}

/// Requests to a service, at a steady rate, for as long as it is not ended.
pub(crate) struct Load {
    program: Child,
    responses: TempDir,
}

impl Load {
    pub(crate) fn begin(namespace: &str, environment: &str, requests_per_second: u32) -> Self {
        let list = Place::kubectl(namespace, environment, &["get", "services", "-o", "json"]);
        let list: Value = serde_json::from_str(&list).unwrap();
        let service = &list["items"][0]["spec"];
        let (address, port) = (&service["clusterIP"], &service["ports"][0]["port"]);
        let responses = tempfile::tempdir().unwrap();
        let program = command("load")
            .args(["--rate", &requests_per_second.to_string()])
            .args(["--seconds", "900"])
            .args([
                "--url",
                &format!("http://{}:{port}/", address.as_str().unwrap()),
            ])
            .arg("--out")
            .arg(responses.path().join("responses"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { program, responses }
    }

    /// The status of each response, and the version that gave it.
    pub(crate) fn end(mut self) -> Vec<(u16, String)> {
        self.stop();
        let text = std::fs::read_to_string(self.responses.path().join("responses")).unwrap();
        let complete = &text[..text.rfind('\n').unwrap()];
        let response = |line: &str| {
            let fields: Vec<&str> = line.split(' ').collect();
            (fields[1].parse().unwrap(), fields[2].to_owned())
        };
        complete.lines().map(response).collect()
    }

    fn stop(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

pub(crate) fn state() -> PathBuf {
    PathBuf::from(std::env::var_os("SCAP_DEV_STATE").expect("these tests are run by `make e2e`"))
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests play the person at the terminal"
)]
pub(crate) fn command(name: &str) -> Command {
    Command::new(name)
}
