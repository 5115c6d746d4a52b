//! The built page: read once, served from memory, looked up by name and never by path.

mod embedded;
mod file;

use crate::guard::is_api;
use crate::notice::{STYLE, notice};
use crate::refusal::Refusal;
use crate::site::Site;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use file::File;
use std::collections::HashMap;
use std::fs::{read, read_dir};
use std::io;
use std::path::Path;
use std::sync::Arc;

const INDEX: &str = "/index.html";
/// Of a built page; others are drafts of an editor, or no page at all.
const MOST_FILES: usize = 1_000;

/// The files by the paths under which they are asked for.
pub(crate) struct Page {
    files: HashMap<String, File>,
}

impl Page {
    /// The one in `folder`, or the program's own.
    pub(crate) fn of(folder: Option<&Path>) -> Self {
        let mut files = folder.map_or_else(embedded::files, read_all);
        let (path, style) = STYLE;
        files.insert(path.to_owned(), File::new(path, style.into()));
        if !files.contains_key(INDEX) {
            tracing::warn!(
                "there is no page: `make page` builds it, `page:` of scap.yaml names its folder"
            );
        }
        Self { files }
    }

    /// What is no file is a page that the index shows.
    fn find(&self, path: &str) -> Option<&File> {
        let index = || self.files.get(INDEX);
        let known = self.files.get(path);
        known.or_else(|| (!names_file(path)).then(index).flatten())
    }
}

/// Answers whatever is not under `/api`.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path();
    if is_api(path) {
        return Refusal::of(StatusCode::NOT_FOUND, "there is no such document").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match site.page.find(path) {
        Some(file) => file.answer(request.headers()),
        None if names_file(path) => notice(StatusCode::NOT_FOUND, "There is no such file", &[]),
        None => not_built(),
    }
}

fn not_built() -> Response {
    let sentences = [
        "`make page` builds it; `page:` of scap.yaml names its folder, or `make scap` makes it a part of scap.".to_owned(),
        "Deployments go on without it; `scap runs` and `scap show RUN` tell the same in a terminal."
            .to_owned(),
    ];
    notice(
        StatusCode::SERVICE_UNAVAILABLE,
        "The page is not built",
        &sentences,
    )
}

/// Names of services may have dots, and are no files.
fn names_file(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    path.starts_with("/assets/") || (last.contains('.') && !path.starts_with("/services/"))
}

/// A folder that cannot be read is a page that is not there; operators are told.
fn read_all(folder: &Path) -> HashMap<String, File> {
    let mut files = HashMap::new();
    if let Err(error) = collect(folder, "", &mut files) {
        tracing::warn!(folder = %folder.display(), %error, "the page cannot be read");
    }
    files
}

/// Regular files only: a link could lead out of the folder.
fn collect(folder: &Path, at: &str, files: &mut HashMap<String, File>) -> io::Result<()> {
    for entry in read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let (kind, name) = (entry.file_type()?, name.to_string_lossy());
        let path = format!("{at}/{name}");
        if name.starts_with('.') || files.len() >= MOST_FILES {
            continue;
        }
        if kind.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else if kind.is_file() {
            let file = File::new(&path, read(entry.path())?);
            files.insert(path, file);
        }
    }
    Ok(())
}
