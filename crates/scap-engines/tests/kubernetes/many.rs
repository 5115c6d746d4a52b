//! Many generated services, planned again and again beside `helmfile template` one by one; prints what each took.

#![allow(
    clippy::disallowed_methods,
    reason = "helmfile is run as a person runs it, to compare with"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::iter;
use scap_engines::kubernetes::{Rendered, RenderingSource};
use scap_plan::{Manifest, ReleaseStep};
use serde_json::json;
use tempfile::TempDir;

use crate::cluster::program;
use crate::place::Place;

const SERVICES: usize = 54;
const ENVIRONMENTS: [&str; 3] = ["staging", "eqiad", "codfw"];
/// Shapes of charts; several services share each.
const CHARTS: usize = 12;

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: KIND
metadata: { name: {{ .Release.Name }}-{{ .Chart.Name }}, labels: {{ include "labels" . | nindent 4 }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: {{ include "labels" . | nindent 6 }} }
  template:
    metadata: { labels: {{ include "labels" . | nindent 8 }}, annotations: { checksum: {{ toYaml .Values | sha256sum }} } }
    spec:
      containers:
        - name: main
          image: "registry.example/repos/{{ .Chart.Name }}:{{ .Values.tag }}"
          env:
            {{- range $name, $value := .Values.environment }}
            - { name: {{ $name }}, value: {{ $value | quote }} }
            {{- end }}
"#;
const SERVICE: &str = r#"
{{- range $port := .Values.ports }}
---
apiVersion: v1
kind: Service
metadata: { name: {{ $.Release.Name }}-{{ $port }}, labels: {{ include "labels" $ | nindent 4 }} }
spec: { ports: [{ port: {{ $port }} }], selector: {{ include "labels" $ | nindent 4 }} }
{{- end }}
"#;
const SETTINGS: &str = r"
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}-settings }
data: { settings.yaml: {{ toYaml .Values.environment | quote }} }
";
const LABELS: &str =
    "{{- define \"labels\" }}{app: {{ .Chart.Name }}, release: {{ .Release.Name }}}{{ end }}\n";

const HELMFILE: &str = r#"
bases: ["../../_shared/environments.yaml.gotmpl"]
---
helmDefaults: { wait: true, timeout: 600 }
templates:
  default: &default
    namespace: NAME
    chart: ../../../charts/CHART
    installedTemplate: '{{`{{ has .Release.Name .Environment.Values.releases }}`}}'
    missingFileHandler: Warn
    values:
      - ../../_shared/general.yaml
      - values.yaml
      - "values-{{ .Environment.Name }}.yaml"
      - "values-{{`{{ .Release.Name }}`}}.yaml"
    hooks:
      - events: ["prepare"]
        command: "true"
releases:
  - name: staging
    <<: *default
  - name: main
    <<: *default
  - name: canary
    needs: [main]
    <<: *default
"#;

struct Many {
    place: Place,
    charts: PathBuf,
}

impl Many {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (helm, helmfile) = (program("helm"), program("helmfile"));
        let place = Place::at(folder, "checkout/helmfile.d", "/none", &helm, &helmfile);
        let charts = place.path("checkout");
        let many = Self { place, charts };
        many.write(
            "helmfile.d/_shared/general.yaml",
            "environment: { GENERAL: yes }\n",
        );
        many.write(
            "helmfile.d/_shared/environments.yaml.gotmpl",
            "environments:\n  staging: { values: [{ releases: [staging] }] }\n  \
             eqiad: { values: [{ releases: [main, canary] }] }\n  codfw: { values: [{ releases: [main] }] }\n",
        );
        (0..CHARTS).for_each(|number| many.write_chart(number));
        (0..SERVICES).for_each(|number| many.write_service(number));
        many
    }

    fn write_chart(&self, number: usize) {
        let folder = format!("charts/shape-{number}");
        let chart = format!("{{apiVersion: v2, name: shape-{number}, version: 0.{number}.0}}\n");
        self.write(&format!("{folder}/Chart.yaml"), &chart);
        self.write(
            &format!("{folder}/values.yaml"),
            "replicas: 2\nports: [80]\ntag: none\n",
        );
        self.write(&format!("{folder}/templates/_labels.tpl"), LABELS);
        let kind = if number % 4 == 3 {
            "StatefulSet"
        } else {
            "Deployment"
        };
        self.write(
            &format!("{folder}/templates/workload.yaml"),
            &DEPLOYMENT.replace("KIND", kind),
        );
        self.write(&format!("{folder}/templates/service.yaml"), SERVICE);
        for part in 0..=number {
            let settings = SETTINGS.replace("-settings", &format!("-settings-{part}"));
            self.write(
                &format!("{folder}/templates/settings-{part}.yaml"),
                &settings,
            );
        }
    }

    fn write_service(&self, number: usize) {
        let folder = format!("helmfile.d/services/{}", name(number));
        let helmfile = HELMFILE.replace("NAME", &name(number));
        let helmfile = helmfile.replace("CHART", &format!("shape-{}", number % CHARTS));
        self.write(&format!("{folder}/helmfile.yaml.gotmpl"), &helmfile);
        self.write_values(number, "2026-03-01");
        for environment in ENVIRONMENTS {
            let values = format!("environment: {{ DATACENTER: {environment} }}\n");
            self.write(&format!("{folder}/values-{environment}.yaml"), &values);
        }
        self.write(&format!("{folder}/values-canary.yaml"), "replicas: 1\n");
    }

    fn write_values(&self, number: usize, tag: &str) {
        let path = format!("helmfile.d/services/{}/values.yaml", name(number));
        let values = format!("tag: '{tag}'\nports: [80, {}]\n", 8000 + number);
        self.write(&path, &values);
    }

    fn write(&self, path: &str, text: &str) {
        self.place.write(&format!("checkout/{path}"), text);
    }

    /// Renders everything as a plan of all services does.
    async fn plan(&self) -> (Duration, Vec<Rendered>) {
        let steps: Vec<ReleaseStep> = all()
            .map(|(number, environment)| step(number, environment))
            .collect();
        let start = Instant::now();
        let engine = &self.place.engine;
        let rendered = iter(&steps).map(|step| engine.render(step)).buffered(8);
        let rendered: Vec<_> = rendered.collect().await;
        let took = start.elapsed();
        (took, rendered.into_iter().map(Result::unwrap).collect())
    }

    /// `helmfile template` as a person types it, and the objects of each release.
    fn helmfile(&self, number: usize, environment: &str) -> (Duration, BTreeMap<String, Manifest>) {
        let output = TempDir::new().unwrap();
        let folder = format!("{}/{{{{ .Release.Name }}}}", output.path().display());
        let helm = program("helm");
        let start = Instant::now();
        let ran = Command::new(program("helmfile"))
            .args([
                "--helm-binary",
                &helm.display().to_string(),
                "--environment",
                environment,
            ])
            .args([
                "template",
                "--skip-deps",
                "--skip-tests",
                "--output-dir-template",
                &folder,
            ])
            .env("HELMFILE_UPGRADE_NOTICE_DISABLED", "true")
            .current_dir(self.charts.join("helmfile.d/services").join(name(number)))
            .output()
            .unwrap();
        let took = start.elapsed();
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let releases = std::fs::read_dir(output.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, Manifest::read(&texts(&path)).unwrap())
        };
        (took, releases.map(read).collect())
    }
}

fn texts(path: &Path) -> String {
    if path.is_file() {
        return std::fs::read_to_string(path).unwrap() + "\n";
    }
    let entries = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.map(|path| texts(&path)).collect()
}

fn name(number: usize) -> String {
    format!("service-{number}")
}

fn all() -> impl Iterator<Item = (usize, &'static str)> {
    (0..SERVICES).flat_map(|number| ENVIRONMENTS.map(|environment| (number, environment)))
}

fn step(number: usize, environment: &str) -> ReleaseStep {
    let name = name(number);
    let step = json!({
        "environment_type": "PRODUCTION", "stage": "CANARY", "environment": environment,
        "canonical_environment": environment, "datacenter": environment, "namespace": name,
        "release": null, "directory": format!("services/{name}"),
    });
    serde_json::from_value(step).unwrap()
}

fn count(rendered: &[Rendered], source: &RenderingSource) -> usize {
    rendered
        .iter()
        .filter(|rendered| rendered.source == *source)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs helm and helmfile on PATH, and takes a minute"]
async fn many_services_are_planned_as_helmfile_renders_them() {
    let many = Many::new();
    let (cold, rendered) = many.plan().await;
    assert_eq!(
        count(&rendered, &RenderingSource::Rendered),
        SERVICES * ENVIRONMENTS.len()
    );
    let (unchanged, again) = many.plan().await;
    assert_eq!(
        count(&again, &RenderingSource::Cached),
        SERVICES * ENVIRONMENTS.len()
    );
    let mut one_by_one = Duration::ZERO;
    for ((number, environment), rendered) in all().zip(&again) {
        let (took, expected) = many.helmfile(number, environment);
        one_by_one += took;
        let digest = |manifest: &Manifest| manifest.digest();
        let ours = rendered
            .releases
            .iter()
            .map(|release| (release.name.to_string(), digest(&release.manifest)));
        let theirs = expected
            .iter()
            .map(|(name, manifest)| (name.clone(), digest(manifest)));
        assert_eq!(
            ours.collect::<BTreeMap<_, _>>(),
            theirs.collect(),
            "{number} {environment}"
        );
    }
    many.write_values(7, "2026-03-02");
    let (one_changed, changed) = many.plan().await;
    assert_eq!(
        count(&changed, &RenderingSource::Rendered),
        ENVIRONMENTS.len()
    );
    let part = |took: Duration| one_by_one.as_secs_f64() / took.as_secs_f64();
    println!("helmfile one by one {one_by_one:?}");
    for (what, took) in [
        ("cold", cold),
        ("unchanged", unchanged),
        ("one changed", one_changed),
    ] {
        println!(
            "{what} {took:?}: 1/{:.1} of helmfile one by one",
            part(took)
        );
    }
}
