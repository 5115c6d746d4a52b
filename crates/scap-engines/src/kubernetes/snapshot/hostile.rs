//! What would run a program, or read what is not ours, when a helmfile is rendered: refused before anything runs.
//!
//! This reads texts. What a template puts together from harmless parts is found only in what helmfile makes of it, see
//! `render/built.rs`. Templates as such are code, but harmless: helm's have no function that reads or runs anything, and
//! helmfile's that do are switched off.

use std::path::Path;

use super::Refusal;
use super::outline::{Content, Line, outline};
use super::template::words;

/// Of helmfile's template functions, those that run programs, or read files and secrets.
const FUNCTIONS: [&str; 7] = [
    "exec",
    "envExec",
    "fetchSecretValue",
    "expandSecretRefs",
    "readFile",
    "readDir",
    "readDirEntries",
];

/// Keys of a helmfile by which programs are named or run.
const KEYS: [&str; 9] = [
    "kustomizeBinary",
    "kustomize",
    "postRenderer",
    "postRendererArgs",
    "strategicMergePatches",
    "jsonPatches",
    "transformers",
    "forceGoGetter",
    "plugins",
];

const KEY_HINT: &str = "let the chart itself render what is wanted";

/// Refuses what evaluates secrets by programs, files or servers, in a file that helmfile reads.
pub(in super::super) fn refuse_values(file: &Path, text: &str) -> Result<(), Refusal> {
    for (index, line) in text.lines().enumerate() {
        // Also when a template puts it together from quoted parts.
        let joined: String = line.chars().filter(|c| !"{}`\"' \t".contains(*c)).collect();
        let is_reference = |text: &str, ends: &[char]| {
            let after = text.split("ref+").skip(1).map(|after| {
                after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            });
            after
                .into_iter()
                .any(|after| after.is_empty() || after.starts_with(ends))
        };
        let ends_of_text = [':', '{', '}', '"', '\'', '`'];
        if is_reference(line, &ends_of_text) || is_reference(&joined, &[':']) {
            let what = "refers to a secret by `ref+`, which may run a program or read any file";
            let hint =
                "put the value into a file that helmfile reads from outside of the repository";
            return Err(Refusal::at(file, what).line(index + 1).hint(hint));
        }
    }
    Ok(())
}

/// Refuses template functions of helmfile that reach beyond its values.
pub(super) fn refuse_functions(file: &Path, text: &str) -> Result<(), Refusal> {
    match words(text)
        .into_iter()
        .find(|word| FUNCTIONS.contains(&word.text))
    {
        Some(word) => Err(Refusal::at(file, format!("calls `{}`", word.text))
            .line(word.line)
            .hint("a helmfile that is only read runs no programs and reads no files but values")),
        None => Ok(()),
    }
}

/// Refuses what a helmfile, or a base of one, says beyond releases of charts.
pub(super) fn refuse_state(file: &Path, text: &str) -> Result<(), Refusal> {
    for line in outline(text) {
        let refused = |what: String, hint| Refusal::at(file, what).line(line.index + 1).hint(hint);
        if let Some(key) = KEYS.iter().find(|key| has_key(line.text, key)) {
            return Err(refused(format!("has `{key}`"), KEY_HINT));
        }
        if has_key(line.text, "helmBinary") && !names_helm(&line) {
            let hint = "helm is the one of scap's own configuration: leave `helmBinary` out";
            return Err(refused("names another program as helm".to_owned(), hint));
        }
        if line.text.contains("post-renderer") {
            return Err(refused("has a post-renderer".to_owned(), KEY_HINT));
        }
        // helmfile takes any folder as a chart, and copies all of it.
        let charts = line.text.split("chart").skip(1);
        let places = charts.map(|after| after.trim_start_matches(['"', '\'', ':', ' ']));
        if places.into_iter().any(|place| place.starts_with('/')) && has_key(line.text, "chart") {
            let hint = "name it by a path relative to the helmfile";
            return Err(refused(
                "has a chart outside of the checkout".to_owned(),
                hint,
            ));
        }
        if is_remote(&line) {
            let hint = "keep it in the same repository, and refer to it by a relative path";
            return Err(refused("is to be fetched from elsewhere".to_owned(), hint));
        }
    }
    Ok(())
}

fn has_key(text: &str, key: &str) -> bool {
    text.match_indices(key).any(|(at, _)| {
        let is_of_word = |c: char| c.is_alphanumeric() || "_-./".contains(c);
        let after = text[at + key.len()..].trim_start_matches(['"', '\'', '`', ' ', '}']);
        !text[..at].ends_with(is_of_word) && after.starts_with(':')
    })
}

/// `helmBinary: helm3` is what the helm of scap's configuration overrides.
fn names_helm(line: &Line) -> bool {
    matches!(
        &line.content,
        Content::Yaml { path, key: Some("helmBinary"), value, .. }
            if path.is_empty() && ["helm", "helm3"].contains(&value.trim_matches(['"', '\'']))
    )
}

/// By a getter's prefix anywhere, or by an address where a file is meant.
fn is_remote(line: &Line) -> bool {
    let Content::Yaml {
        path, key, value, ..
    } = &line.content
    else {
        return false;
    };
    let is_getter = |(at, _): (usize, &str)| {
        let before = &value[..at];
        let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
        ["git", "hg", "s3", "gcs", "http", "https", "file", "normal"]
            .contains(&scheme.unwrap_or_default())
    };
    if value.match_indices("::").any(is_getter) {
        return true;
    }
    let is_files = |key: &str| ["bases", "helmfiles", "values", "secrets"].contains(&key);
    let is_meant = match key {
        None => path.last().is_some_and(|key| is_files(key)),
        Some("path" | "chart") => true,
        Some(key) => is_files(key) && value.starts_with('['),
    };
    let address = value.trim_start_matches(['[', ' ', '"', '\'']);
    is_meant
        && address.split_once("://").is_some_and(|(scheme, _)| {
            scheme != "oci"
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '+')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_beyond_values_is_refused_with_its_line() {
        let file = Path::new("helmfile.yaml");
        let refused = |text: &str| {
            let results = [
                refuse_values(file, text),
                refuse_functions(file, text),
                refuse_state(file, text),
            ];
            results
                .into_iter()
                .find_map(Result::err)
                .map(|refusal| refusal.to_string())
        };
        let cases = [
            (
                "a: 1\npassword: ref+exec://touch canary",
                "`helmfile.yaml:2` refers to a secret by `ref+`, which may run a program or read any file",
            ),
            (
                "password: {{ \"re\" }}f+file:///etc/shadow",
                "`helmfile.yaml:1` refers to a secret by `ref+`, which may run a program or read any file",
            ),
            (
                "password: secretref+vault://x",
                "`helmfile.yaml:1` refers to a secret by `ref+`, which may run a program or read any file",
            ),
            (
                "a: {{ exec \"touch\" (list \"canary\") }}",
                "`helmfile.yaml:1` calls `exec`",
            ),
            (
                "\na: {{ \"x\" | fetchSecretValue }}",
                "`helmfile.yaml:2` calls `fetchSecretValue`",
            ),
            (
                "helmBinary: ./evil",
                "`helmfile.yaml:1` names another program as helm",
            ),
            (
                "releases: [{name: a, helmBinary: helm}]",
                "`helmfile.yaml:1` names another program as helm",
            ),
            (
                "releases:\n- name: a\n  postRenderer: ./evil",
                "`helmfile.yaml:3` has `postRenderer`",
            ),
            (
                "releases: [{name: a, 'jsonPatches': []}]",
                "`helmfile.yaml:1` has `jsonPatches`",
            ),
            (
                "helmDefaults:\n  args: [--post-renderer, ./evil]",
                "`helmfile.yaml:2` has a post-renderer",
            ),
            (
                "bases:\n- git::https://example.org/x.git@base.yaml",
                "`helmfile.yaml:2` is to be fetched from elsewhere",
            ),
            (
                "releases:\n- name: a\n  values:\n  - https://example.org/values.yaml",
                "`helmfile.yaml:4` is to be fetched from elsewhere",
            ),
            (
                "releases:\n- name: a\n  chart: s3://bucket/chart",
                "`helmfile.yaml:3` is to be fetched from elsewhere",
            ),
            (
                "helmfiles:\n- path: https://example.org/helmfile.yaml",
                "`helmfile.yaml:2` is to be fetched from elsewhere",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(refused(text).as_deref(), Some(expected), "{text}");
        }
        let harmless = [
            "helmBinary: helm3\nrepositories:\n- name: a\n  url: https://example.org/charts",
            "releases:\n- name: a\n  chart: oci://example.org/a\n  values:\n  - {url: \"https://example.org\"}",
            "# postRenderer: no\nvalues:\n- execute: {{ .Values.exec }}",
        ];
        for text in harmless {
            assert_eq!(refused(text), None, "{text}");
        }
    }
}
