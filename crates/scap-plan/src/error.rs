//! What is wrong with a file, and where; how lists of known names are said.

/// A wrong place in a file that scap reads. `Display` is the message alone: the renderer adds place and hint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// The file's name as it was given.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The thing in its context, what was found and what is known or expected.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
}

impl Place {
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    pub(crate) fn error(self, file: &str, message: impl Into<String>) -> ConfigError {
        ConfigError {
            file: file.to_owned(),
            line: self.line,
            column: self.column,
            message: visible(&message.into()),
            hint: None,
        }
    }
}

impl ConfigError {
    pub(crate) fn with_hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into().map(|hint| visible(&hint));
        self
    }
}

/// A value and the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// A text to read, and the name that its errors give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name as people know it.
    pub file: String,
    pub text: String,
}

impl Source {
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
        }
    }

    /// Takes the bytes of a file, which must be UTF-8.
    pub fn from_bytes(file: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ConfigError> {
        let file = file.into();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { file, text }),
            Err(error) => {
                let (bytes, good) = (error.as_bytes(), error.utf8_error().valid_up_to());
                let before = String::from_utf8_lossy(&bytes[..good]);
                let line = before.matches('\n').count() + 1;
                let column = before
                    .rsplit('\n')
                    .next()
                    .map_or(0, |last| last.chars().count())
                    + 1;
                Err(Place { line, column }
                    .error(&file, format!("byte {:#04x} is not UTF-8", bytes[good])))
            }
        }
    }
}

/// Makes characters visible that could hide or forge what a person reads in a terminal.
pub(crate) fn visible(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let show = |c: char| {
        if is_hidden(c) {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(show).collect()
}

/// A text for an error, its length bounded.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text for an error, in quotes.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", short(text))
}

/// As many findings as anybody mends before reading the file again.
pub(crate) const MOST_FINDINGS: usize = 100;

/// Orders findings as a person meets them in the file.
pub(crate) fn sort(mut findings: Vec<ConfigError>) -> Vec<ConfigError> {
    findings.sort_by_key(|error| (error.line, error.column));
    findings
}

/// `a, b, c`; `none` for no names, and the number of those beyond what a person reads.
pub(crate) fn list<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 40;
    let mut names = names.into_iter().map(|name| name.to_string());
    let shown: Vec<String> = names.by_ref().take(MOST).collect();
    match (shown.is_empty(), names.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The hint that names the known name which `written` was most likely meant to be.
pub(crate) fn did_you_mean<T: ToString>(
    written: &str,
    known: impl IntoIterator<Item = T>,
) -> Option<String> {
    // The distance takes the product of both lengths; no name that is meant is longer.
    const LONGEST: usize = 100;
    if written.len() > LONGEST {
        return None;
    }
    let distance =
        |name: &String| strsim::damerau_levenshtein(&written.to_lowercase(), &name.to_lowercase());
    let names = known.into_iter().map(|name| name.to_string());
    let (distance, name) = names.map(|name| (distance(&name), name)).min()?;
    let tolerated = (written.chars().count() / 3).max(1);
    (distance <= tolerated).then(|| format!("did you mean `{name}`?"))
}
