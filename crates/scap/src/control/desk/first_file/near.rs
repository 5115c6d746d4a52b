//! Files near a service: those of httpbb, a specification of `OpenAPI`, and links in values.

use scap_engines::checks::specification;
use scap_plan::{Clues, Found, Httpbb, HttpbbFile, Source, SpecificationClue};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const HTTPBB_FOLDERS: [&str; 3] = ["httpbb", "tests/httpbb", "test/httpbb"];
const SPECIFICATIONS: [&str; 9] = [
    "openapi.yaml",
    "openapi.yml",
    "openapi.json",
    "spec.yaml",
    "spec.json",
    "swagger.yaml",
    "swagger.json",
    "static/openapi.yaml",
    "docs/openapi.yaml",
];
/// Words of keys that lead to something to look at.
const LINKS: [&str; 4] = ["dashboard", "grafana", "runbook", "logs"];
/// No file that people write is larger.
const LARGEST_BYTES: u64 = 4 << 20;
const DEEPEST: usize = 20;

/// Takes in what lies in the service's directory.
pub(super) fn take_in(directory: &Path, clues: &mut Clues) {
    let Ok(root) = directory.canonicalize() else {
        let why = format!("`{}` cannot be read", directory.display());
        clues.unasked.insert("files".to_owned(), why);
        return;
    };
    for folder in HTTPBB_FOLDERS {
        for name in names(&root.join(folder)) {
            clues
                .httpbb
                .extend(httpbb(&root, format!("{folder}/{name}")));
        }
    }
    let is_good = |found: &SpecificationClue| found.without_examples.is_none();
    if !clues.specification.as_ref().is_some_and(is_good) {
        let files: Vec<_> = SPECIFICATIONS
            .iter()
            .filter_map(|file| specification_in(&root, file))
            .collect();
        let best = files.iter().find(|found| is_good(found));
        let best = best.or(clues.specification.as_ref()).or(files.first());
        clues.specification = best.cloned();
    }
    for name in names(&root) {
        if name.starts_with("values")
            && let Some(values) = text(&root, &name)
            && let Ok(values) = serde_saphyr::from_str::<Value>(&values)
        {
            take_links(&values, ("", &name), DEEPEST, clues);
        }
    }
}

/// The YAML files of a folder, in the order of their names.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_yaml = |name: &String| {
        let extension = Path::new(name).extension();
        extension.is_some_and(|it| it == "yaml" || it == "yml")
    };
    let names: BTreeSet<String> = names.filter(is_yaml).collect();
    names.into_iter().collect()
}

/// The text of a file; none of what a symbolic link leads out of `root` to.
fn text(root: &Path, name: &str) -> Option<String> {
    let path: PathBuf = root.join(name).canonicalize().ok()?;
    let metadata = path.metadata().ok()?;
    let may_be_read =
        path.starts_with(root) && metadata.is_file() && metadata.len() <= LARGEST_BYTES;
    may_be_read.then(|| fs::read_to_string(path).ok())?
}

fn httpbb(root: &Path, file: String) -> Option<HttpbbFile> {
    let source = Source::new(file.as_str(), text(root, &file)?);
    let read = Httpbb::read(&source).ok()?;
    let hosts = read
        .requests
        .iter()
        .map(|request| request.site.host.clone());
    Some(HttpbbFile {
        file,
        requests: read.requests.len(),
        hosts: hosts.collect(),
    })
}

fn specification_in(root: &Path, file: &str) -> Option<SpecificationClue> {
    let standing = specification(&text(root, file)?)?;
    Some(SpecificationClue {
        at: ("file".to_owned(), file.to_owned()),
        place: format!("in {file}"),
        without_examples: standing.err(),
    })
}

fn take_links(values: &Value, (key, file): (&str, &str), deepest: usize, clues: &mut Clues) {
    match values {
        Value::Object(fields) if deepest > 0 => {
            for (key, value) in fields {
                take_links(value, (key, file), deepest - 1, clues);
            }
        }
        Value::String(url) if url.starts_with("http") && is_link(key) => {
            clues.links.entry(key.to_owned()).or_insert(Found {
                what: url.clone(),
                place: file.to_owned(),
            });
        }
        _ => {}
    }
}

fn is_link(key: &str) -> bool {
    let key = key.to_lowercase();
    LINKS.iter().any(|word| key.contains(word))
}
