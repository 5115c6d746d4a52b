//! What `helmfile build` makes of a helmfile: its releases, and the files that they are made of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scap_plan::{Namespace, ReleaseName};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::kubernetes::snapshot::{Files, Refusal, below};

/// Keys that make helmfile change a chart by programs, or run some beside it.
const FORBIDDEN: [&str; 10] = [
    "hooks",
    "postRenderer",
    "postRendererArgs",
    "jsonPatches",
    "strategicMergePatches",
    "transformers",
    "forceGoGetter",
    "secrets",
    "dependencies",
    "adopt",
];

/// Words that none of helm's arguments may have: they run programs, read other files or ask others.
const FORBIDDEN_ARGUMENTS: [&str; 4] = ["post-renderer", "set-file", "dry-run", "enable-dns"];

/// A helmfile, or one that it takes in.
#[derive(Debug)]
pub(in super::super) struct Built {
    /// Relative to the checkout.
    folder: PathBuf,
    document: Document,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    environments: Map<String, Value>,
    #[serde(default)]
    values: Vec<Value>,
    #[serde(default)]
    helmfiles: Vec<Value>,
    #[serde(default)]
    helm_defaults: Map<String, Value>,
    #[serde(default)]
    releases: Vec<BuiltRelease>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in super::super) struct BuiltRelease {
    pub(in super::super) name: String,
    #[serde(default)]
    pub(in super::super) namespace: String,
    #[serde(default)]
    pub(in super::super) chart: String,
    #[serde(default)]
    pub(in super::super) version: String,
    #[serde(default)]
    pub(in super::super) needs: Vec<String>,
    #[serde(default = "yes")]
    pub(in super::super) installed: bool,
    #[serde(default)]
    pub(in super::super) condition: String,
    #[serde(default)]
    values: Vec<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

fn yes() -> bool {
    true
}

/// Where a release's chart comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum ChartPlace {
    /// Relative to the checkout.
    Folder(PathBuf),
    /// `repository/chart`, or an address that begins with `oci://`.
    Repository(String),
}

/// The files that helmfile reads beside those of its own folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Reads {
    /// Relative to the checkout.
    pub(in super::super) inside: BTreeSet<PathBuf>,
    /// Absolute.
    pub(in super::super) outside: BTreeSet<PathBuf>,
    /// A path that stands for files which are not known beforehand.
    pub(in super::super) unknown: Option<String>,
}

/// Reads the output of `helmfile build`, which ran in a copy of the checkout at `top`.
pub(in super::super) fn read(
    text: &str,
    top: &Path,
    directory: &Path,
) -> Result<Vec<Built>, serde_saphyr::Error> {
    let mut parts: Vec<(PathBuf, String)> = Vec::new();
    for line in text.lines() {
        let source = line
            .strip_prefix('#')
            .and_then(|comment| comment.trim().strip_prefix("Source: "));
        if let Some(source) = source {
            let file = Path::new(source).strip_prefix(top).ok();
            let folder = file.and_then(Path::parent).unwrap_or(directory);
            parts.push((folder.to_owned(), String::new()));
        } else if line != "---"
            && let Some((_, text)) = parts.last_mut()
        {
            text.push_str(line);
            text.push('\n');
        }
    }
    let built = |(folder, text): (PathBuf, String)| {
        let document = serde_saphyr::from_str(&text)?;
        Ok(Built { folder, document })
    };
    parts.into_iter().map(built).collect()
}

impl Built {
    pub(in super::super) fn releases(&self) -> &[BuiltRelease] {
        &self.document.releases
    }

    /// Refuses what the text did not show, since a template put it together.
    pub(in super::super) fn refuse(&self) -> Result<(), Refusal> {
        let document = &self.document;
        let refuse = |what: String| Err(Refusal::at(&self.folder, what));
        let programs = [
            ("helmBinary", ["helm", "helm3"]),
            ("kustomizeBinary", ["kustomize", ""]),
        ];
        for (key, known) in programs {
            let value = document.rest.get(key).and_then(Value::as_str);
            if value.is_some_and(|value| !value.starts_with('/') && !known.contains(&value)) {
                return refuse(format!("names another program by `{key}`"));
            }
        }
        if let Some(key) = forbidden(&document.rest).or_else(|| forbidden(&document.helm_defaults))
        {
            return refuse(format!("has `{key}`"));
        }
        let of_releases = document.releases.iter().flat_map(|release| {
            let values = release.values.iter();
            values.chain(release.rest.values())
        });
        let shown = document.rest.values().chain(document.environments.values());
        let mut values = shown.chain(&document.values).chain(of_releases);
        if values.any(|value| value.to_string().contains("ref+")) {
            return refuse("refers to a secret by `ref+`".to_owned());
        }
        let arguments = document
            .helm_defaults
            .iter()
            .filter(|(key, _)| key.ends_with("rgs"));
        for (key, value) in arguments {
            let text = value.to_string();
            if let Some(word) = FORBIDDEN_ARGUMENTS.iter().find(|word| text.contains(*word)) {
                return refuse(format!("gives helm `{word}` by `{key}`"));
            }
        }
        for release in &document.releases {
            let named = ReleaseName::new(release.name.clone());
            if let Err(error) = named {
                return refuse(format!(
                    "has a release `{}`, whose name {error}",
                    release.name
                ));
            }
            if !release.namespace.is_empty() && Namespace::new(release.namespace.clone()).is_err() {
                return refuse(format!(
                    "has release `{}` in no usable namespace",
                    release.name
                ));
            }
            if release.version.starts_with('-') {
                return refuse(format!(
                    "has release `{}` of no usable version",
                    release.name
                ));
            }
            if let Some(key) = forbidden(&release.rest) {
                return refuse(format!("has `{key}` for release `{}`", release.name));
            }
        }
        Ok(())
    }

    /// The files that are read in `environment`.
    pub(in super::super) fn reads(
        &self,
        environment: &str,
        files: &Files,
        reads: &mut Reads,
    ) -> Result<(), Refusal> {
        let document = &self.document;
        let of_environment = document.environments.get(environment);
        let of_environment = of_environment.and_then(|found| found.get("values")?.as_array());
        for value in of_environment.into_iter().flatten().chain(&document.values) {
            self.values(value, reads)?;
        }
        for helmfile in &document.helmfiles {
            self.values(helmfile.get("path").unwrap_or(helmfile), reads)?;
        }
        for release in &document.releases {
            for value in &release.values {
                self.values(value, reads)?;
            }
            let of_set = ["set", "setString"]
                .into_iter()
                .filter_map(|key| release.rest.get(key)?.as_array());
            for set in of_set.flatten() {
                let files = set
                    .get("files")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                for file in files.chain(set.get("file")) {
                    self.values(file, reads)?;
                    if file.as_str().is_some_and(|path| path.starts_with('/')) {
                        return Err(Refusal::at(
                            &self.folder,
                            "gives helm a file outside of the checkout",
                        ));
                    }
                }
            }
            if let ChartPlace::Folder(folder) = self.chart(release, files)? {
                reads.inside.insert(folder);
            }
        }
        Ok(())
    }

    fn values(&self, value: &Value, reads: &mut Reads) -> Result<(), Refusal> {
        let Some(path) = value.as_str() else {
            return Ok(());
        };
        let refuse = |what: &str| {
            Err(Refusal::at(
                &self.folder,
                format!("names `{path}`, which {what}"),
            ))
        };
        if path.contains("://") || path.contains("::") {
            return refuse("is to be fetched from elsewhere");
        }
        if path.starts_with('-') {
            return refuse("looks like an option");
        }
        let known = path.split(['*', '?', '[']).next().unwrap_or_default();
        let is_pattern = known.len() < path.len();
        if Path::new(path).is_absolute() {
            reads.outside.insert(path.into());
            if is_pattern {
                reads.unknown = Some(path.to_owned());
            }
            return Ok(());
        }
        // All of the folder in which a pattern is looked for.
        let known = if is_pattern {
            known.rsplit_once('/').map_or("", |(folder, _)| folder)
        } else {
            path
        };
        let Some(path) = below(&self.folder, Path::new(known)) else {
            return refuse("lies outside of the checkout");
        };
        reads.inside.insert(path);
        Ok(())
    }

    /// Against this helmfile.
    pub(in super::super) fn refusal(&self, what: String) -> Refusal {
        Refusal::at(&self.folder, what)
    }

    /// Where the chart of `release` is; what looks like one of a repository may be a folder in `files`.
    pub(in super::super) fn chart(
        &self,
        release: &BuiltRelease,
        files: &Files,
    ) -> Result<ChartPlace, Refusal> {
        let chart = release.chart.as_str();
        let refuse = |what: &str| {
            let what = format!(
                "has release `{}` of chart `{chart}`, which {what}",
                release.name
            );
            Err(Refusal::at(&self.folder, what))
        };
        if chart.starts_with('-') || chart.is_empty() {
            return refuse("is no name of a chart");
        }
        if chart.starts_with('/') {
            return refuse("is not named by a relative path");
        }
        if chart.starts_with("oci://") {
            return Ok(ChartPlace::Repository(chart.to_owned()));
        }
        if chart.contains("://") || chart.contains("::") {
            return refuse("is to be fetched from elsewhere");
        }
        let is_repository = chart.split('/').count() == 2
            && chart.split('/').all(|part| ReleaseName::new(part).is_ok());
        let folder = below(&self.folder, Path::new(chart));
        let is_folder = |folder: &PathBuf| files.contains_key(&folder.join("Chart.yaml"));
        if is_repository && !folder.as_ref().is_some_and(is_folder) {
            return Ok(ChartPlace::Repository(chart.to_owned()));
        }
        match folder {
            Some(folder) => Ok(ChartPlace::Folder(folder)),
            None => refuse("lies outside of the checkout"),
        }
    }
}

fn forbidden(keys: &Map<String, Value>) -> Option<&'static str> {
    let is_set = |key: &&&str| keys.get(**key).is_some_and(|value| !is_empty(value));
    FORBIDDEN.iter().find(is_set).copied()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_output_of_helmfile_is_read_or_refused() {
        let good = "---\n#  Source: /copy/services/shop/helmfile.yaml\nenvironments: {eqiad: {values: [a.yaml]}}\n\
            helmDefaults: {args: [--wait]}\nreleases:\n- name: main\n  namespace: shop\n  chart: ../../charts/shop\n  \
            needs: [other/x]\n  values: [values.yaml, {a: 1}]\n  installed: true\n";
        scap_hostile::hostile_text("helmfile build", &[good], |text| {
            for built in
                read(text, Path::new("/copy"), Path::new("services/shop")).unwrap_or_default()
            {
                if built.refuse().is_ok() {
                    for release in built.releases() {
                        assert!(ReleaseName::new(release.name.clone()).is_ok());
                    }
                }
            }
        });
    }
}
