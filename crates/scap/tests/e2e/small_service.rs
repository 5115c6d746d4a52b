//! A service of one release, in a namespace that no other test uses.

use crate::place::{Place, command, state};
use std::path::Path;

pub(crate) struct SmallService {
    pub(crate) place: Place,
    /// Of the service, its namespace and its folder.
    pub(crate) name: String,
}

impl SmallService {
    /// It can be deployed to these environments.
    pub(crate) fn new(purpose: &str, environments: &[&str]) -> Self {
        let (place, name) = (Place::new(), format!("{purpose}-{}", std::process::id()));
        for environment in environments {
            let made = command("bash")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dev/kubeconfig"))
                .args([&name, *environment])
                .output()
                .unwrap();
            let why = String::from_utf8_lossy(&made.stderr);
            assert!(made.status.success(), "{why}");
        }
        let catalog = format!(
            "services:\n  {name}:\n    cluster_group: wikikube\n    namespaces:\n      {name}:\n        environments: {{{}}}\n",
            environments.join(": {}, ") + ": {}"
        );
        std::fs::write(place.path().join("service-catalog.yaml"), catalog).unwrap();
        let service = Self { place, name };
        let values = format!(
            "main_app:\n  name: {}\n  image: repos/example/citoid\n  version: none\n  port: 8080\n\
             config:\n  version: none\nservice: {{deployment: false}}\nresources: {{replicas: 2}}\n",
            service.name
        );
        std::fs::create_dir_all(service.folder()).unwrap();
        std::fs::write(service.folder().join("values.yaml"), values).unwrap();
        service.set_release("main");
        service
    }

    pub(crate) fn folder(&self) -> std::path::PathBuf {
        let services = self
            .place
            .path()
            .join("deployment-charts/helmfile.d/services");
        services.join(&self.name)
    }

    /// The one release that the helmfile has from now on; those that were deployed stay.
    pub(crate) fn set_release(&self, release: &str) {
        let helmfile = format!(
            "environments:\n  staging: {{}}\n  eqiad: {{}}\n  codfw: {{}}\n---\nreleases:\n  - name: {release}\n    \
             namespace: {}\n    chart: ../../../charts/webservice\n    values: [values.yaml]\n",
            self.name
        );
        std::fs::write(self.folder().join("helmfile.yaml.gotmpl"), helmfile).unwrap();
    }

    /// Sets a top-level key of scap.yaml.
    pub(crate) fn configure(&self, key: &str, value: &str) {
        let path = self.place.path().join("scap.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        let new = format!("{key}: {value}\n");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.retain(|line| !line.starts_with(&format!("{key}:")));
        lines.push(&new);
        std::fs::write(&path, lines.join("\n")).unwrap();
    }

    /// Gives it a Service of Kubernetes, at the port 4001.
    pub(crate) fn serve(&self) {
        let path = self.folder().join("values.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("{deployment: false}", "{deployment: true, port: 4001}");
        std::fs::write(&path, text).unwrap();
    }

    /// Adds lines of YAML to its entry in the catalog.
    pub(crate) fn declare(&self, lines: &str) {
        let path = self.place.path().join("service-catalog.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text + lines).unwrap();
    }

    /// Writes a file into its folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).unwrap();
    }

    /// How many pods it has from the next deployment on.
    pub(crate) fn set_replicas(&self, replicas: u32) {
        let path = self.folder().join("values.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, _) = text.split_once("resources:").unwrap();
        std::fs::write(
            &path,
            format!("{before}resources: {{replicas: {replicas}}}\n"),
        )
        .unwrap();
    }

    /// So that an upgrade takes some seconds.
    pub(crate) fn replace_pods_one_by_one(&self) {
        let charts = self.place.path().join("deployment-charts/charts");
        let path = charts.join("webservice/templates/deployment.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        let usual = "maxSurge: 25%, maxUnavailable: 25%";
        assert!(text.contains(usual));
        std::fs::write(&path, text.replace(usual, "maxSurge: 1, maxUnavailable: 0")).unwrap();
    }

    pub(crate) fn set_tag(&self, tag: &str) {
        self.place.set_tag(&self.name, tag);
    }

    pub(crate) fn deployment<'a>(&'a self, environment: &'a str) -> [&'a str; 5] {
        [
            "deploy-service",
            &self.name,
            "--yes",
            "--environment",
            environment,
        ]
    }

    /// The image tag of a release and how many of its pods are ready, as the cluster has it; all its objects are of one version.
    pub(crate) fn deployed(&self, environment: &str, release: &str) -> Option<String> {
        let deployed = Place::deployed(&self.name, environment, release)?;
        let name = format!("{}-{release}", self.name);
        let arguments = ["get", "configmap", &name, "-o", "jsonpath={.data.version}"];
        let version = Place::kubectl(&self.name, environment, &arguments);
        assert!(
            deployed.starts_with(&format!("{version} ")),
            "{deployed} with {version}"
        );
        Some(deployed)
    }

    /// What only another Deployment would have.
    pub(crate) fn uid(&self, environment: &str, release: &str) -> Option<String> {
        let name = format!("{}-{release}", self.name);
        let arguments = [
            "get",
            "deployment",
            &name,
            "--ignore-not-found",
            "-o",
            "jsonpath={.metadata.uid}",
        ];
        let uid = Place::kubectl(&self.name, environment, &arguments);
        (!uid.is_empty()).then_some(uid)
    }

    /// helm's statuses by revision, oldest first.
    pub(crate) fn history(&self, environment: &str, release: &str) -> Vec<(u32, String)> {
        Place::helm_history(&self.name, environment, release)
    }
}

impl Drop for SmallService {
    fn drop(&mut self) {
        for entry in std::fs::read_dir(state().join("kubernetes"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.starts_with(&format!("{}-deploy-", self.name)) {
                // Its pods need not be gone before the next test begins.
                let _ = command("kubectl")
                    .arg("--kubeconfig")
                    .arg(entry.path())
                    .args(["delete", "namespace", &self.name, "--wait=false"])
                    .output();
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}
