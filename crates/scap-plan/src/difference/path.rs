//! The way to a field, as people write it.

use std::fmt;

/// A step on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Key(String),
    /// An element of a list, by its merge key or index.
    Element(String),
}

/// From the object's root on.
#[derive(Debug, Default)]
pub(super) struct Path(pub(super) Vec<Segment>);

impl Path {
    /// The keys alone, while there are only keys.
    pub(super) fn keys(&self) -> Vec<&str> {
        let keys = self.0.iter().map_while(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Element(_) => None,
        });
        keys.collect()
    }

    /// The last two steps, if both are keys: the field and what it belongs to.
    pub(super) fn end(&self) -> Option<(&str, &str)> {
        match self.0.as_slice() {
            [.., Segment::Key(owner), Segment::Key(field)] => Some((owner, field)),
            _ => None,
        }
    }

    /// The name of the field, which is a list's where a list is reached.
    pub(super) fn field(&self) -> &str {
        match self.0.last() {
            Some(Segment::Key(key)) => key,
            _ => "",
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) && index == 0 => f.write_str(key)?,
                Segment::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Segment::Key(text) | Segment::Element(text) => write!(f, "[{text}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c))
}
