//! The page as a part of the program, where it was built with the feature `embedded-page`.

use super::file::File;
use std::collections::HashMap;

#[cfg(feature = "embedded-page")]
#[derive(rust_embed::Embed)]
#[folder = "../../web/dist"]
struct Built;

/// By the paths under which they are asked for; none where the program has no page.
#[cfg(feature = "embedded-page")]
pub(super) fn files() -> HashMap<String, File> {
    let files = Built::iter().filter_map(|name| {
        let path = format!("/{name}");
        let file = File::new(&path, Built::get(&name)?.data.into_owned());
        Some((path, file))
    });
    files.collect()
}

#[cfg(not(feature = "embedded-page"))]
pub(super) fn files() -> HashMap<String, File> {
    HashMap::new()
}
