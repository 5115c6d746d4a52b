//! The values that nobody may see, each with what to say in its place.

use std::fmt;

use zeroize::Zeroizing;

use crate::maskable::{Unmaskable, check, parts};

/// Why a value may not be seen: each viewer is shown text without the classes that are not for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A password, token or key.
    Secret,
    /// A detail of a security patch that is not public yet.
    Embargoed,
}

/// How many values are not masked wherever they occur, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// They occur by chance in all text.
    pub too_short: usize,
    /// They are words like `default`, short numbers or one repeated byte: hiding them would hide what is no secret.
    pub common: usize,
}

/// Known values. They are overwritten in memory when this is dropped; a [`Mask`](crate::Mask) made of them holds
/// them in its tables as long as it lives.
#[derive(Default)]
pub struct Secrets {
    known: Vec<Known>,
    left_out: LeftOut,
}

pub(crate) struct Known {
    pub(crate) class: Class,
    pub(crate) label: String,
    pub(crate) value: Zeroizing<Vec<u8>>,
}

impl Secrets {
    /// Adds `value`, which is shown as `[masked: LABEL]`. A value that two labels have is shown with the first one.
    pub fn add(&mut self, class: Class, label: &str, value: &[u8]) {
        let (maskable, rest): (Vec<_>, Vec<_>) = parts(value)
            .into_iter()
            .map(|part| (part, check(part)))
            .partition(|(_, checked)| checked.is_ok());
        if maskable.is_empty() {
            match rest.first() {
                Some((_, Err(Unmaskable::TooShort))) => self.left_out.too_short += 1,
                Some((_, Err(Unmaskable::Common))) => self.left_out.common += 1,
                _ => {}
            }
        }
        self.known
            .extend(maskable.into_iter().map(|(part, _)| Known {
                class,
                // A label goes to terminals, and may come from a cluster.
                label: label.chars().filter(|it| !it.is_control()).collect(),
                value: Zeroizing::new(part.to_vec()),
            }));
    }

    /// The number of values that are masked.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    pub(crate) fn known(&self) -> &[Known] {
        &self.known
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Secrets")
            .field("len", &self.known.len())
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        let mut secrets = Secrets::default();
        for value in ["", "80", "true", "Default", "54321", "aaaaaaaa", "hunter2x"] {
            secrets.add(Class::Secret, "secret shop/token", value.as_bytes());
        }
        assert_eq!(secrets.len(), 1);
        let expected = LeftOut {
            too_short: 3,
            common: 2,
        };
        assert_eq!(secrets.left_out(), expected);
    }

    #[test]
    fn values_are_not_printed_for_debugging() {
        let mut secrets = Secrets::default();
        secrets.add(Class::Secret, "secret shop/token", b"hunter2x");
        let text = format!("{secrets:?}");
        assert!(!text.contains("hunter2x"), "{text}");
        assert!(text.contains("len: 1"), "{text}");
    }
}
