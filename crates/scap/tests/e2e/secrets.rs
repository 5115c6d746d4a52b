//! What helm and pods print of secrets is seen nowhere: not in the terminal, not in the journal, not in its views.

use crate::place::Place;
use std::path::Path;

const SERVICE: &str = "media-analytics";
const ENVIRONMENT: &str = "codfw";
/// Known to the cluster alone: the pod is given it, says that it is no duration, and ends.
const OF_CLUSTER: &str = "kept-in-the-cluster-42";
/// In a Secret of the chart, whose notes repeat it.
const OF_CHART: &str = "brought-by-the-chart-42";
/// Both, as base64 has them.
const ENCODED: [&str; 2] = [
    "a2VwdC1pbi10aGUtY2x1c3Rlci00Mg",
    "YnJvdWdodC1ieS10aGUtY2hhcnQtNDI",
];
const KUBERNETES_SECRET: &str = "e2e-masking";

/// The Secret is gone with it.
struct Kept;

impl Kept {
    fn new() -> Self {
        let literal = format!("--from-literal=delay={OF_CLUSTER}");
        remove();
        Place::kubectl(
            SERVICE,
            ENVIRONMENT,
            &["create", "secret", "generic", KUBERNETES_SECRET, &literal],
        );
        Self
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        remove();
    }
}

fn remove() {
    let secret = ["delete", "secret", KUBERNETES_SECRET, "--ignore-not-found"];
    Place::kubectl(SERVICE, ENVIRONMENT, &secret);
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// Wrapped or not.
fn is_hidden(bytes: &[u8]) -> bool {
    let text = squeezed(&String::from_utf8_lossy(bytes));
    let mut secrets = [OF_CLUSTER, OF_CHART].into_iter().chain(ENCODED);
    !secrets.any(|secret| text.contains(secret))
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn files_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn what_helm_and_pods_print_of_secrets_is_seen_nowhere() {
    let (place, _kept) = (Place::new(), Kept::new());
    let templates = place
        .path()
        .join("deployment-charts/charts/http-gateway/templates");
    let variable = format!(
        "env:\n            - {{ name: SHOP_DELAY, valueFrom: {{ secretKeyRef: {{ name: {KUBERNETES_SECRET}, key: delay }} }} }}\n"
    );
    edit(&templates.join("deployment.yaml"), "env:\n", &variable);
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{ name: {{{{ .Release.Name }}}}-token }}\nstringData: {{ token: {OF_CHART} }}\n"
    );
    std::fs::write(templates.join("token.yaml"), secret).unwrap();
    std::fs::write(
        templates.join("NOTES.txt"),
        format!("Log in with {OF_CHART}.\n"),
    )
    .unwrap();

    let deployed = place.scap(&[
        "deploy-service",
        SERVICE,
        "--environment",
        ENVIRONMENT,
        "--yes",
    ]);
    let text = format!("{}{}", deployed.stdout, deployed.stderr);
    assert_eq!(deployed.code, Some(3), "{text}");
    assert!(is_hidden(text.as_bytes()), "{text}");
    let told = format!("not `[masked: secret {KUBERNETES_SECRET}/delay]`");
    assert!(squeezed(&text).contains(&squeezed(&told)), "{text}");

    let run = place.json(&["runs"])[0]["run"].to_string();
    for view in [
        &["log", &run][..],
        &["explain", &run],
        &["show", &run],
        &["show", &run, "--format", "json"],
        &["log", &run, "--format", "json"],
    ] {
        let said = place.scap(view);
        let text = format!("{}{}", said.stdout, said.stderr);
        assert!(is_hidden(text.as_bytes()), "{view:?}: {text}");
    }

    // Raw output, charts and manifests are kept for programs alone; all else is read by the views.
    let state = place.path().join("state");
    let mut files = Vec::new();
    files_below(&state, &mut files);
    let (raw, read): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| {
        let below = ["programs", "scratch", "helm"].map(|folder| state.join(folder));
        below.iter().any(|folder| file.starts_with(folder))
    });
    let has_secret = |file: &std::path::PathBuf| !is_hidden(&std::fs::read(file).unwrap());
    assert!(raw.iter().any(has_secret), "helm printed no secret");
    assert!(!read.is_empty());
    assert_eq!(read.iter().find(|file| has_secret(file)), None);
}
