//! From a helmfile in the checkout to the files of a snapshot: all that belongs to it, checked, without its hooks.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use scap_plan::ReleaseName;
use serde::Deserialize;

use super::Refusal;
use super::checkout::{Checkout, CheckoutFile, Files, below};
use super::hooks::without_hooks;
use super::hostile::{refuse_functions, refuse_state, refuse_values};
use super::references::{Reference, references};

const TEMPLATED: &str = "helmfile.yaml.gotmpl";
const PLAIN: &str = "helmfile.yaml";

/// What a helmfile is made of, as it is in the checkout.
#[derive(Debug)]
pub(in super::super) struct Sources {
    /// Files and folders to look at, also those that do not exist.
    pub(in super::super) roots: BTreeSet<PathBuf>,
    pub(in super::super) files: Files,
    /// The helmfile and what it takes in by `bases` and `helmfiles`.
    state_files: BTreeSet<PathBuf>,
    helmfile: PathBuf,
}

/// The files of a snapshot.
#[derive(Debug)]
pub(in super::super) struct Prepared {
    pub(in super::super) files: Files,
    pub(in super::super) helmfile: PathBuf,
    pub(in super::super) hooks_left_out: Vec<String>,
}

impl Sources {
    /// Reads the helmfile of `directory`, what its text names in the checkout, and `more`.
    pub(in super::super) fn read(
        checkout: &Checkout,
        directory: &Path,
        more: &BTreeSet<PathBuf>,
    ) -> Result<Self, Refusal> {
        let mut roots = more.clone();
        roots.insert(directory.to_owned());
        let candidates = [TEMPLATED, PLAIN].map(|name| directory.join(name));
        let found = candidates.into_iter().find(|path| checkout.exists(path));
        let helmfile = found.ok_or_else(|| {
            Refusal::at(directory, "has no helmfile")
                .hint("it is named `helmfile.yaml.gotmpl` or `helmfile.yaml`")
        })?;
        let mut state_files = BTreeSet::new();
        let mut waiting = vec![helmfile.clone()];
        while let Some(path) = waiting.pop() {
            let files = checkout.read(&[path.clone()].into())?;
            // Where a folder is named, the helmfile in it is meant.
            let is_meant = |of_file: &PathBuf| {
                *of_file == path
                    || [TEMPLATED, PLAIN]
                        .iter()
                        .any(|name| *of_file == path.join(name))
            };
            for (path, file) in files.into_iter().filter(|(path, _)| is_meant(path)) {
                let text = text_of(&path, &file)?;
                if !state_files.insert(path.clone()) {
                    continue;
                }
                for reference in references(text) {
                    for named in resolve(checkout, directory, &path, &reference)? {
                        if reference.is_state {
                            waiting.push(named.clone());
                        }
                        roots.insert(named);
                    }
                }
            }
        }
        let files = checkout.read(&roots)?;
        Ok(Self {
            roots,
            files,
            state_files,
            helmfile,
        })
    }
}

/// Where a reference leads to, which need not exist.
fn resolve(
    checkout: &Checkout,
    directory: &Path,
    file: &Path,
    reference: &Reference,
) -> Result<Vec<PathBuf>, Refusal> {
    let pattern = Path::new(&reference.pattern);
    let is_pattern = reference.pattern.contains('*');
    // Values with a template in their path are named by helmfile itself later on.
    if pattern.is_absolute() || (is_pattern && !reference.is_state) {
        return Ok(Vec::new());
    }
    // helmfile takes values in a base as seen from the helmfile.
    let own = file.parent().unwrap_or(Path::new(""));
    let named = [own, directory].map(|folder| below(folder, pattern));
    let is_above = reference.pattern.starts_with("..");
    if (reference.is_state || is_above) && named.iter().any(Option::is_none) {
        return Err(
            Refusal::at(file, "refers to a file outside of the checkout").line(reference.index + 1),
        );
    }
    let mut paths: Vec<PathBuf> = named.into_iter().flatten().collect();
    if is_pattern {
        paths = paths
            .iter()
            .flat_map(|path| expand(checkout.root(), path))
            .collect();
    }
    // Folders around the helmfile are no part of it.
    paths.retain(|path| !directory.starts_with(path));
    Ok(paths)
}

/// The paths that a pattern stands for; what is found through links is looked at again when it is read.
fn expand(root: &Path, pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern {
        let wanted = component.to_string_lossy();
        found = if wanted.contains('*') {
            let entries = found.iter().flat_map(|path| entries(root, path, &wanted));
            entries.collect()
        } else {
            found.into_iter().map(|path| path.join(component)).collect()
        };
    }
    found.sort();
    found
}

fn entries(root: &Path, folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
    let names = entries.flatten().map(|entry| entry.file_name());
    let matching = names.filter(|name| matches(wanted, &name.to_string_lossy()));
    matching.map(|name| folder.join(name)).collect()
}

/// Whether `name` is what `pattern` says, in which `*` is any text.
fn matches(pattern: &str, name: &str) -> bool {
    let (first, rest) = pattern.split_once('*').unwrap_or((pattern, ""));
    let Some(mut left) = name.strip_prefix(first) else {
        return false;
    };
    if !pattern.contains('*') {
        return left.is_empty();
    }
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = left.split_once(part) else {
            return false;
        };
        left = after;
    }
    left.ends_with(last)
}

impl Prepared {
    /// Refuses what might run programs, takes the hooks out, and gives templated helmfiles the name by which helmfile 1
    /// knows them.
    pub(in super::super) fn new(sources: &Sources) -> Result<Self, Refusal> {
        let mut prepared = Self {
            files: Files::new(),
            helmfile: sources.helmfile.clone(),
            hooks_left_out: Vec::new(),
        };
        let renamed = renamed(sources)?;
        for (path, file) in &sources.files {
            let text = String::from_utf8_lossy(&file.bytes);
            refuse_values(path, &text)?;
            if sources.state_files.contains(path) {
                prepared.add_state_file(path, file, &renamed)?;
                continue;
            }
            if path
                .extension()
                .is_some_and(|extension| extension == "gotmpl")
            {
                refuse_functions(path, &text)?;
            }
            if path.file_name().is_some_and(|name| name == "Chart.yaml") {
                refuse_chart(path, &text)?;
            }
            prepared.files.insert(path.clone(), file.clone());
        }
        Ok(prepared)
    }

    fn add_state_file(
        &mut self,
        path: &Path,
        file: &CheckoutFile,
        renamed: &BTreeSet<PathBuf>,
    ) -> Result<(), Refusal> {
        let text = text_of(path, file)?;
        refuse_functions(path, text)?;
        let stripped = without_hooks(path, text)?;
        refuse_state(path, &stripped.text)?;
        for command in stripped.commands {
            if !self.hooks_left_out.contains(&command) {
                self.hooks_left_out.push(command);
            }
        }
        let text = with_new_names(path, &stripped.text, renamed);
        let mut new_path = path.to_owned();
        if renamed.contains(path) {
            new_path = with_template_name(path);
            if path == self.helmfile {
                self.helmfile.clone_from(&new_path);
            }
        }
        let file = CheckoutFile {
            executable: file.executable,
            bytes: text.into_bytes(),
        };
        self.files.insert(new_path, file);
        Ok(())
    }
}

/// The state files with templates that are not named so, as helmfile 0 had them.
fn renamed(sources: &Sources) -> Result<BTreeSet<PathBuf>, Refusal> {
    let mut renamed = BTreeSet::new();
    for path in &sources.state_files {
        let is_named_so = path
            .extension()
            .is_some_and(|extension| extension == "gotmpl");
        if !is_named_so && is_templated(text_of(path, &sources.files[path])?) {
            renamed.insert(path.clone());
        }
    }
    Ok(renamed)
}

/// Whether helmfile 0 would have filled in templates: an unescaped `.Release` is for later, in a plain file of helmfile 1.
fn is_templated(text: &str) -> bool {
    let mut unescaped = String::new();
    for (index, part) in text.split("{{`").enumerate() {
        let after = part.split_once("`}}").map_or(part, |(_, after)| after);
        unescaped.push_str(if index == 0 { part } else { after });
    }
    let has_escaped = text.contains("{{`");
    let mut words = super::template::words(&unescaped).into_iter();
    has_escaped
        || (unescaped.contains("{{") && !words.any(|word| word.text.starts_with(".Release")))
}

fn with_template_name(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".gotmpl");
    name.into()
}

/// `text` with the new names in its `bases` and `helmfiles`.
fn with_new_names(file: &Path, text: &str, renamed: &BTreeSet<PathBuf>) -> String {
    let own = file.parent().unwrap_or(Path::new(""));
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for reference in references(text)
        .iter()
        .filter(|reference| reference.is_state)
    {
        let is_meant = |path: &PathBuf| {
            let pattern = below(own, Path::new(&reference.pattern));
            pattern
                .is_some_and(|pattern| matches(&pattern.to_string_lossy(), &path.to_string_lossy()))
        };
        if renamed.iter().any(is_meant) {
            let new = format!("{}.gotmpl", reference.written);
            lines[reference.index] = lines[reference.index].replacen(reference.written, &new, 1);
        }
    }
    lines.join("\n")
}

fn text_of<'a>(path: &Path, file: &'a CheckoutFile) -> Result<&'a str, Refusal> {
    std::str::from_utf8(&file.bytes).map_err(|_| Refusal::at(path, "is not UTF-8"))
}

#[derive(Deserialize)]
struct Chart {
    name: String,
}

/// Refuses a chart whose name might be a path.
pub(super) fn refuse_chart(file: &Path, text: &str) -> Result<(), Refusal> {
    let chart: Chart = serde_saphyr::from_str(text)
        .map_err(|error| Refusal::at(file, format!("is no chart: {}", error.without_snippet())))?;
    match ReleaseName::new(chart.name) {
        Ok(_) => Ok(()),
        Err(error) => Err(Refusal::at(file, format!("has no usable name: {error}"))),
    }
}

#[cfg(test)]
mod tests;
