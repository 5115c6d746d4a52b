//! `scap catalog import DIR`

use crate::cli::CatalogCommand;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::settings;
use crate::trouble::Trouble;
use crate::view;
use scap_plan::Checkout;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(crate) fn run(context: &Context, command: &CatalogCommand) -> Result<Exit, Trouble> {
    let CatalogCommand::Import {
        dir,
        cluster_groups,
    } = command;
    let groups = if let Some(path) = cluster_groups {
        path.clone()
    } else {
        let settings = context.settings()?;
        settings.path(&settings.configuration.cluster_groups)
    };
    let groups = settings::read(&groups)?;
    let checkout = read(dir)?;
    let import = scap_plan::import(&checkout, &groups).map_err(Trouble::Config)?;
    if context.is_json() {
        Context::print_json(&import)?;
    } else {
        let stderr = io::stderr();
        let page = view::catalog::page(&import, Context::width());
        page.write(&mut stderr.lock(), context.colors(&stderr))?;
        if import.services > 0 {
            io::stdout().write_all(import.catalog.as_bytes())?;
        }
    }
    Ok(if import.services > 0 {
        Exit::Done
    } else {
        Exit::Refused
    })
}

/// As deep as folders of a cluster group may lie.
const DEEPEST: usize = 8;
/// No file that people write is larger.
const LARGEST_BYTES: u64 = 4 << 20;

fn read(dir: &Path) -> Result<Checkout, Trouble> {
    let below = dir.join("helmfile.d");
    let root = if below.is_dir() {
        below
    } else {
        dir.to_owned()
    };
    let unreadable = |error: io::Error| {
        Trouble::usage(
            format!("`{}` cannot be read: {error}", root.display()),
            "name a checkout with the helmfiles of services",
        )
    };
    let root = fs::canonicalize(&root).map_err(unreadable)?;
    let mut checkout = Checkout::default();
    let mut folders = vec![(root.clone(), String::new(), 0)];
    while let Some((folder, path, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_folder {
                let text = text(&root, &entry.path());
                checkout.files.insert(path, text);
            } else if depth < DEEPEST {
                folders.push((entry.path(), path, depth + 1));
            }
        }
    }
    Ok(checkout)
}

/// The text of a YAML file; none of what is not, or what a symbolic link leads out of the checkout to.
fn text(root: &Path, path: &Path) -> Option<String> {
    let is_yaml = path
        .extension()
        .is_some_and(|extension| extension == "yaml" || extension == "gotmpl");
    let target: PathBuf = fs::canonicalize(path).ok()?;
    let metadata = fs::metadata(&target).ok()?;
    let may_be_read = is_yaml
        && target.starts_with(root)
        && metadata.is_file()
        && metadata.len() <= LARGEST_BYTES;
    may_be_read.then(|| fs::read_to_string(target).ok())?
}
