//! Where image registries are asked that cannot be asked under their own name.

use crate::reader::{Entry, Item};
use crate::{NameError, UrlPattern};
use std::collections::BTreeMap;

/// What to ask in place of a registry, by the `HOST` or `HOST:PORT` that images name.
pub type RegistryMirrors = BTreeMap<String, String>;

/// The host of an image.
struct RegistryHost(String);

impl TryFrom<String> for RegistryHost {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let known = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        match text.chars().find(|c| !known(*c)) {
            Some(bad) => Err(NameError::BadCharacter(bad)),
            None if text.starts_with(['-', '.']) => {
                Err(NameError::BadStart(text.chars().next().unwrap_or_default()))
            }
            None => Ok(Self(text)),
        }
    }
}

pub(super) fn mirrors(item: &Item<'_>) -> Option<RegistryMirrors> {
    let mirrors = item.each(("registry", "registries"), mirror)?;
    Some(mirrors.into_iter().collect())
}

fn mirror(entry: Entry<'_, RegistryHost>) -> Option<(String, String)> {
    let url = entry.item.parsed::<UrlPattern>()?;
    let url = url.as_str();
    if url.contains('{') {
        entry.item.refuse("must have no placeholders");
        return None;
    }
    Some((entry.name.0, url.trim_end_matches('/').to_owned()))
}
