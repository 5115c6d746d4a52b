//! What a helmfile says without being carried out: its environments, and the releases installed in each.

use super::Checkout;
use super::templates::Untemplated;
use crate::cluster_groups::ClusterGroup;
use crate::manifest::DEEPEST;
use serde_json::Value;
use serde_saphyr::DuplicateKeyPolicy;
use std::collections::BTreeSet;

/// Environments in the helmfile's order.
#[derive(Debug, Default)]
pub(super) struct Helmfile {
    /// Each with the releases that are installed there; none where the helmfile does not say it.
    pub(super) environments: Vec<(String, Option<Vec<String>>)>,
}

/// A helmfile may name bases, which may name others; more than that are a circle.
const MOST_BASES: usize = 50;

impl Helmfile {
    /// Reads a helmfile and its bases; or says why that is not possible.
    pub(super) fn read(checkout: &Checkout, path: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        read_parts(checkout, path, &mut parts, &mut 0)?;
        let mut environments: Vec<(String, &Value)> = Vec::new();
        let mut releases = Vec::new();
        for part in &parts {
            let found = part["environments"].as_object().into_iter().flatten();
            environments.extend(found.map(|(name, environment)| (name.clone(), environment)));
            releases.extend(part["releases"].as_array().into_iter().flatten());
        }
        if environments.is_empty() {
            return Err("its helmfile has no environments".to_owned());
        }
        let mut helmfile = Self::default();
        for (name, environment) in environments {
            // Two parts may have one release, in other namespaces.
            let mut listed = BTreeSet::new();
            let installed = releases.iter().filter_map(|release| {
                let name = release["name"].as_str()?;
                let is_installed = is_installed(release, environment);
                let is_listed = is_installed != Some(false) && listed.insert(name);
                is_listed.then(|| is_installed.map(|_| name.to_owned()))
            });
            helmfile.environments.push((name, installed.collect()));
        }
        Ok(helmfile)
    }

    /// The environments for which there are values; nothing is known of their releases.
    pub(super) fn from_values(files: &[&str], groups: &[ClusterGroup]) -> Self {
        let names = files.iter().filter_map(|file| {
            let name = file.strip_prefix("values-")?.strip_suffix(".yaml")?;
            let is_known = groups
                .iter()
                .any(|group| super::find(group, name).is_some());
            is_known.then(|| (name.to_owned(), None))
        });
        Self {
            environments: names.collect(),
        }
    }
}

/// Events of the YAML that aliases may repeat: far more than any helmfile of ours has.
const MOST_REPEATED: usize = 100_000;

/// The YAML documents of a helmfile, after those of its bases.
fn read_parts(
    checkout: &Checkout,
    path: &str,
    parts: &mut Vec<Value>,
    count: &mut usize,
) -> Result<(), String> {
    *count += 1;
    if *count > MOST_BASES {
        return Err("its bases lead to each other".to_owned());
    }
    let text = match checkout.files.get(path) {
        Some(Some(text)) => text,
        Some(None) => return Err(format!("{path} cannot be read")),
        None => return Err(format!("{path} is not in the checkout")),
    };
    let untemplated = Untemplated::new(text);
    for section in ["environments", "releases", "bases"] {
        if untemplated.decided.iter().any(|decided| decided == section) {
            return Err(format!("templates decide what the {section} in {path} are"));
        }
    }
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MOST_REPEATED,
        },
    };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(&untemplated.text, options)
            .map_err(|error| format!("{path} is no YAML without its templates: {error}"))?;
    for mut document in documents {
        restore(&mut document, &untemplated);
        for base in document["bases"].as_array().into_iter().flatten() {
            let base = base.as_str().unwrap_or_default();
            read_parts(checkout, &beside(path, base), parts, count)?;
        }
        parts.push(document);
    }
    Ok(())
}

fn restore(value: &mut Value, untemplated: &Untemplated) {
    match value {
        Value::String(text) => *text = untemplated.restore(text),
        Value::Array(values) => values.iter_mut().for_each(|it| restore(it, untemplated)),
        Value::Object(fields) => {
            for (key, mut value) in std::mem::take(fields) {
                restore(&mut value, untemplated);
                fields.insert(untemplated.restore(&key), value);
            }
        }
        _ => {}
    }
}

/// A path that a file says, as seen from the deployments folder.
fn beside(file: &str, said: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in said.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether `installedTemplate` finds the release in the list that the environment's values have for it; none where
/// that is not how it is decided.
fn is_installed(release: &Value, environment: &Value) -> Option<bool> {
    if release["installed"] == false {
        return Some(false);
    }
    let Some(template) = release["installedTemplate"].as_str() else {
        return Some(true);
    };
    let key = list_of_releases(template)?;
    let values = environment["values"].as_array().into_iter().flatten();
    // The last list wins, as helmfile has it.
    let names = values
        .filter_map(|values| values[key].as_array())
        .next_back()?;
    Some(names.contains(&release["name"]))
}

/// `releases` of `{{ has .Release.Name .Environment.Values.releases }}`.
fn list_of_releases(template: &str) -> Option<&str> {
    let (_, after) = template.split_once("has .Release.Name ")?;
    let path = after.split([' ', '}', ')', '`', '\'', '"']).next()?;
    let (_, key) = path.split_once("Values.")?;
    (!key.is_empty() && !key.contains('.')).then_some(key)
}
