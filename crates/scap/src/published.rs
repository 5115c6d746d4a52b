//! What is published in schemas/, held against the types that it is made of.

use serde::Serialize;
use std::fs;
use std::path::Path;

/// Whether the file of this name says just that; it is written first where `UPDATE_SCHEMAS` wants it.
pub(crate) fn is_published(name: &str, shape: &impl Serialize) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let file = folder.join(name);
    let text = serde_json::to_string_pretty(shape).expect("shapes have string keys only") + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&file, &text).expect("schemas can be written");
    }
    fs::read_to_string(&file).unwrap_or_default() == text
}
