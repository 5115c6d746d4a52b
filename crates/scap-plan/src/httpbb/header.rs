//! Headers: their names, and what is said of each.

use crate::reader::{Entry, Item};

/// A name that a header may have.
pub(super) struct HeaderName(pub(super) String);

impl TryFrom<String> for HeaderName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if text.bytes().all(is_token) {
            Ok(Self(text))
        } else {
            Err("must have letters, digits and `-_.` only")
        }
    }
}

/// Headers by name, what is said of each by `read`.
pub(super) fn each<T>(
    item: &Item<'_>,
    read: impl Fn(&Item<'_>) -> Option<T>,
) -> Option<Vec<(String, T)>> {
    item.each(("header", "headers"), |entry: Entry<'_, HeaderName>| {
        Some((entry.name.0, read(&entry.item)?))
    })
}

/// A text of one line; it may be empty.
pub(super) fn value(item: &Item<'_>) -> Option<String> {
    let text = item.written()?;
    let control = text.chars().find(|c| c.is_control() && *c != '\t');
    if let Some(control) = control {
        item.refuse(&format!("must not contain {control:?}"));
    }
    control.is_none().then(|| text.to_owned())
}
