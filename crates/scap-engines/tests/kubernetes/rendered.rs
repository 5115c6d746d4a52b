//! Real helm and helmfile, and a checkout of charts; no cluster is asked.

use std::fs;
use std::path::Path;

use scap_engines::kubernetes::{Rendered, RenderingSource};
use scap_plan::{Manifest, Object, ReleaseName, ReleaseStep, StepKind};
use scap_run::Failure;
use tempfile::TempDir;

use crate::cluster::program;
use crate::place::{Place, absent, step};

const TEMPLATE: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }} }
data:
  {{- range $name, $value := .Values.settings }}
  {{ $name }}: {{ $value | quote }}
  {{- end }}
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec: { template: { spec: { containers: [{ name: main, image: "registry.example/shop:{{ .Values.tag }}" }] } } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: {{ .Release.Name }}-migrate, annotations: { helm.sh/hook: pre-upgrade } }
---
apiVersion: v1
kind: Pod
metadata: { name: {{ .Release.Name }}-test, annotations: { helm.sh/hook: test } }
"#;

/// As they are written for helmfile 0: templates in files that are named `.yaml`, and an announcer.
const HELMFILE: &str = r#"
bases: ["../../_shared/{{ "base" }}.yaml"]
---
templates:
  default: &default
    namespace: shop
    chart: ../../shop
    installedTemplate: '{{`{{ has .Release.Name .Environment.Values.releases }}`}}'
    missingFileHandler: Warn
    values:
      - "../../_shared/{{ .Environment.Name }}.yaml"
      - values.yaml
      - "values-{{`{{ .Release.Name }}`}}.yaml"
      - { settings: { hooks: "none of helmfile's" } }
    hooks:
      - events: ["prepare"]
        command: "touch"
        args: ["CANARY"]
releases:
  - name: canary
    needs: [shop/main]
    <<: *default
  - name: main
    <<: *default
  - name: staging
    <<: *default
"#;

const BASE: &str = r#"
environments:
  {{- range list "eqiad" "codfw" }}
  {{ . }}:
    missingFileHandler: Warn
    values: [{ releases: [main, canary] }, "OUTSIDE/{{ . }}.yaml"]
  {{- end }}
"#;

fn shop() -> Place {
    let place = Place::new(
        TempDir::new().unwrap(),
        "/none",
        &program("helm"),
        &program("helmfile"),
    );
    place.write(
        "charts/shop/Chart.yaml",
        "{apiVersion: v2, name: shop, version: 1.2.3}\n",
    );
    place.write("charts/shop/templates/all.yaml", TEMPLATE);
    place.write(
        "charts/_shared/eqiad.yaml",
        "settings: { datacenter: eqiad }\n",
    );
    let outside = place.path("outside").display().to_string();
    place.write(
        "charts/_shared/base.yaml",
        &BASE.replace("OUTSIDE", &outside),
    );
    let canary = place.path("canary").display().to_string();
    place.write(
        "charts/services/shellbox/helmfile.yaml",
        &HELMFILE.replace("CANARY", &canary),
    );
    place.write("charts/services/shellbox/values.yaml", "tag: '1'\n");
    place.write("charts/services/shellbox/values-canary.yaml", "tag: '2'\n");
    place
}

fn release_step() -> ReleaseStep {
    match step("main", absent()).kind {
        StepKind::Release(step) => step,
        StepKind::HostGroup(_) => panic!("it is a release"),
    }
}

async fn render(place: &Place) -> Result<Rendered, Failure> {
    place.engine.render(&release_step()).await
}

fn names(manifest: &Manifest) -> Vec<String> {
    let name = |object: &Object| format!("{} {}", object.kind(), object.name());
    manifest.objects.iter().map(name).collect()
}

#[tokio::test]
#[ignore = "needs helm and helmfile on PATH"]
async fn a_helmfile_is_rendered_without_its_hooks() {
    let place = shop();
    let rendered = render(&place).await.unwrap();
    assert_eq!(rendered.source, RenderingSource::Rendered);
    assert_eq!(rendered.hooks_left_out, ["touch"]);
    assert!(!place.path("canary").exists());
    let [main, canary] = rendered.releases.as_slice() else {
        panic!("two releases are installed")
    };
    assert_eq!(names(&main.manifest), ["ConfigMap main", "Deployment main"]);
    assert_eq!(names(&main.hooks), ["Job main-migrate"]);
    assert_eq!(canary.needs, [ReleaseName::new("main").unwrap()]);
    assert_eq!(canary.rendering.images, ["registry.example/shop:2"]);
    assert_eq!(main.rendering.chart, "shop-1.2.3");
    assert_eq!(main.rendering.namespace.as_str(), "shop");
    assert_eq!(main.rendering.varies, None);
    let data = &main.manifest.objects[0].content()["data"];
    assert_eq!(data["hooks"], "none of helmfile's");
    assert_eq!(data["datacenter"], "eqiad");
}

#[tokio::test]
#[ignore = "needs helm and helmfile on PATH"]
async fn what_was_rendered_is_known_until_any_input_changes() {
    let place = shop();
    let first = render(&place).await.unwrap();
    let again = render(&place).await.unwrap();
    assert_eq!(again.source, RenderingSource::Cached);
    assert_eq!(again.releases, first.releases);
    let changes = [
        ("charts/services/shellbox/values.yaml", "tag: '3'\n"),
        ("charts/services/shellbox/values-main.yaml", "tag: '4'\n"),
        (
            "charts/_shared/eqiad.yaml",
            "settings: { datacenter: other }\n",
        ),
        ("charts/shop/values.yaml", "settings: { new: 1 }\n"),
        ("outside/eqiad.yaml", "releases: [main]\n"),
    ];
    let mut known = first;
    for (file, text) in changes {
        place.write(file, text);
        let now = render(&place).await.unwrap();
        assert_eq!(now.source, RenderingSource::Rendered, "{file}");
        assert_ne!(now.releases, known.releases, "{file}");
        assert_eq!(
            render(&place).await.unwrap().source,
            RenderingSource::Cached,
            "{file}"
        );
        known = now;
    }
}

#[tokio::test]
#[ignore = "needs helm and helmfile on PATH"]
async fn what_was_rendered_is_known_of_another_checkout_with_the_same_files() {
    let place = shop();
    assert_eq!(place.engine.rendered_before(&release_step()), None);
    let first = render(&place).await.unwrap();
    for file in [
        "shop/Chart.yaml",
        "shop/templates/all.yaml",
        "_shared/eqiad.yaml",
        "_shared/base.yaml",
        "services/shellbox/helmfile.yaml",
        "services/shellbox/values.yaml",
        "services/shellbox/values-canary.yaml",
    ] {
        let text = place.read(&format!("charts/{file}"));
        place.write(&format!("other/{file}"), &text);
    }
    let other = place.engine.in_checkout(place.path("other"));
    let known = other.rendered_before(&release_step()).unwrap();
    assert_eq!(known.releases, first.releases);
    place.write("other/services/shellbox/values.yaml", "tag: '3'\n");
    assert_eq!(other.rendered_before(&release_step()), None);
    let changed = other.render(&release_step()).await.unwrap();
    assert_ne!(changed.releases, first.releases);
    let still = render(&place).await.unwrap();
    assert_eq!(still.source, RenderingSource::Cached);
}

#[tokio::test]
#[ignore = "needs helm and helmfile on PATH"]
async fn a_release_is_rendered_again_from_the_plans_own_snapshot() {
    let place = shop();
    let rendered = render(&place).await.unwrap();
    let planned = ReleaseStep {
        rendering: Some(rendered.releases[0].rendering.clone()),
        ..release_step()
    };
    place.write("charts/services/shellbox/values.yaml", "tag: changed\n");
    let helmfile = place.engine.render_again(&planned).await.unwrap();
    let snapshot = place
        .path("scratch/snapshots")
        .join(&rendered.releases[0].rendering.snapshot);
    assert!(helmfile.starts_with(&snapshot));

    let values = snapshot.join("services/shellbox/values.yaml");
    fs::remove_file(&values).unwrap();
    fs::write(&values, "tag: other\n").unwrap();
    let failure = place.engine.render_again(&planned).await.unwrap_err();
    assert_eq!(
        failure.message,
        "the charts and values that main was planned with are no longer there"
    );
}

#[tokio::test]
#[ignore = "needs helm and helmfile on PATH"]
async fn a_chart_that_differs_each_time_is_not_kept() {
    let cases = [
        ("{{ randAlphaNum 8 }}", Some("randAlphaNum"), false),
        ("{{ if false }}{{ randAlphaNum 8 }}{{ end }}", None, true),
        ("{{ now | unixEpoch }}", Some("now"), false),
        ("{{ .Release.IsUpgrade }}", Some(".Release.IsUpgrade"), true),
        (
            "{{ lookup \"v1\" \"Secret\" \"a\" \"b\" | len }}",
            Some("lookup"),
            true,
        ),
    ];
    for (text, varies, is_kept) in cases {
        let place = shop();
        let object = format!("kind: Secret\nmetadata: {{ name: x, labels: {{ x: 'a{text}' }} }}\n");
        place.write("charts/shop/templates/varying.yaml", &object);
        let rendered = render(&place).await.unwrap();
        assert_eq!(
            rendered.releases[0].rendering.varies.as_deref(),
            varies,
            "{text}"
        );
        assert_eq!(
            rendered.source == RenderingSource::Rendered,
            is_kept,
            "{text}"
        );
        let again = render(&place).await.unwrap();
        assert_eq!(again.source == RenderingSource::Cached, is_kept, "{text}");
    }
}

/// Whatever else is wrong with it, a program of its author's did not run.
#[tokio::test]
#[ignore = "needs helm and helmfile on PATH"]
async fn hostile_helmfiles_run_nothing() {
    let unreadable = "cannot render the helmfile in `DIRECTORY`";
    let hostile = [
        (
            "hooks: [{events: [prepare], command: touch, args: [CANARY]}]\nreleases: [{name: a, chart: ../../shop}]",
            "",
        ),
        (
            "releases: [{name: a, chart: ../../shop, hooks: [{events: [prepare], command: touch, args: [CANARY]}]}]",
            "`FILE:3` has hooks in a form that cannot be left out for certain",
        ),
        (
            "{{ \"ho\" }}oks: [{events: [prepare], command: touch, args: [CANARY]}]\nreleases: [{name: a, chart: ../../shop}]",
            unreadable,
        ),
        (
            "values: [{a: 'ref+exec://touch?args=CANARY'}]\nreleases: [{name: a, chart: ../../shop}]",
            "`FILE:3` refers to a secret by `ref+`, which may run a program or read any file",
        ),
        (
            "{{ $a := \"re\" }}\nreleases: [{name: a, chart: ../../shop, values: [{a: '{{ $a }}{{ \"f\" }}+exec://touch?args=CANARY'}]}]",
            "`services/shellbox` refers to a secret by `ref+`",
        ),
        (
            "releases: [{name: a, chart: ../../shop, values: [{a: '{{ exec \"touch\" (list \"CANARY\") }}'}]}]",
            "`FILE:3` calls `exec`",
        ),
        (
            "releases: [{name: a, chart: ../../shop, {{ \"post\" }}Renderer: ./evil}]",
            "`services/shellbox` has `postRenderer` for release `a`",
        ),
        (
            "helmBinary: ./evil\nreleases: [{name: a, chart: ../../shop}]",
            "`FILE:3` names another program as helm",
        ),
        (
            "{{ \"kustomize\" }}Binary: ./evil\nreleases: [{name: a, chart: ../../shop, {{ \"json\" }}Patches: [{target: {name: x}, patch: []}]}]",
            "`services/shellbox` has `jsonPatches` for release `a`",
        ),
        // The helm of scap's own configuration overrules it.
        (
            "{{ \"helm\" }}Binary: ./evil\nreleases: [{name: a, chart: ../../shop}]",
            "",
        ),
        (
            "helmDefaults: {args: ['--post-{{ \"renderer\" }}', ./evil]}\nreleases: [{name: a, chart: ../../shop}]",
            "`services/shellbox` gives helm `post-renderer` by `args`",
        ),
        (
            "releases: [{name: '-a', chart: ../../shop}]",
            "`services/shellbox` has a release `-a`, whose name must not begin with `-`",
        ),
        (
            "releases: [{name: ../a, chart: ../../shop}]",
            "`services/shellbox` has a release `../a`, whose name must not contain '/'",
        ),
        (
            "releases: [{name: a, chart: ../../../../../../../etc}]",
            "`FILE:3` refers to a file outside of the checkout",
        ),
        (
            "releases: [{name: a, chart: /etc}]",
            "`FILE:3` has a chart outside of the checkout",
        ),
        (
            "releases: [{name: a, chart: ../../shop, values: [../../../../../../../etc/passwd]}]",
            "`FILE:3` refers to a file outside of the checkout",
        ),
    ];
    for (text, expected) in hostile {
        let place = shop();
        let canary = place.path("canary").display().to_string();
        fs::remove_file(place.path("charts/services/shellbox/helmfile.yaml")).unwrap();
        let text = format!(
            "environments: {{eqiad: {{values: [{{b: 1}}]}}}}\n---\n{}\n",
            text.replace("CANARY", &canary)
        );
        place.write("charts/services/shellbox/helmfile.yaml.gotmpl", &text);
        let evil = format!("#!/bin/sh\ntouch {canary}\n");
        place.write("charts/services/shellbox/evil", &evil);
        executable(&place.path("charts/services/shellbox/evil"));
        let told = render(&place)
            .await
            .err()
            .map_or(String::new(), |failure| failure.message);
        assert!(!Path::new(&canary).exists(), "{text}");
        let expected = expected.replace("FILE", "services/shellbox/helmfile.yaml.gotmpl");
        let directory = place.path("charts/services/shellbox").display().to_string();
        assert_eq!(told, expected.replace("DIRECTORY", &directory), "{text}");
    }
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
