//! The one renderer of what went wrong, as text and as JSON.

use super::page::Page;
use super::style::Tone;
use super::words;
use ratatui::text::Span;
use serde::{Deserialize, Serialize};

/// Why scap could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// Lowercase fragment that names the object.
    pub(crate) message: String,
    /// From the nearest cause to the root.
    pub(crate) causes: Vec<String>,
    pub(crate) hints: Vec<String>,
    /// Where in a file it is wrong.
    pub(crate) place: Option<Place>,
}

/// Whose turn it is to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureKind {
    /// The world, or the run itself.
    Error,
    /// A file that scap reads.
    Config,
    /// How scap was called.
    Usage,
    /// A defect of ours.
    Internal,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            place: None,
        }
    }

    /// The error's own message, and those of all its sources as causes.
    pub(crate) fn of(kind: FailureKind, error: &dyn std::error::Error) -> Self {
        let sources = std::iter::successors(error.source(), |cause| cause.source());
        Self {
            causes: sources.map(ToString::to_string).collect(),
            ..Self::new(kind, error.to_string())
        }
    }

    /// As text, one fact a line, never wrapped: scripts and editors read it too.
    pub(crate) fn page(&self) -> Page {
        let mut page = Page::new(usize::MAX);
        let mut first = vec![
            Tone::Bad.span(self.kind.heading()),
            Tone::Strong.span(self.message.clone()),
        ];
        first.extend(self.place.as_ref().map(Place::span));
        page.line(first);
        for (index, cause) in self.causes.iter().enumerate() {
            let before = if index == 0 {
                "Caused by: "
            } else {
                "           "
            };
            page.line(vec![
                Tone::Dim.span(before),
                Tone::Plain.span(format!("{}: {cause}", index + 1)),
            ]);
        }
        for hint in &self.hints {
            page.line(vec![
                Tone::Accent.span("Hint: "),
                Tone::Plain.span(hint.clone()),
            ]);
        }
        page
    }

    /// As one JSON object.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("a failure has string keys only")
    }
}

impl FailureKind {
    fn heading(self) -> &'static str {
        match self {
            Self::Error => "Error: ",
            Self::Config => "Config error: ",
            Self::Usage => "Usage error: ",
            Self::Internal => "Internal error: ",
        }
    }
}

impl Place {
    fn span(&self) -> Span<'static> {
        let Self { file, line, column } = self;
        Tone::Dim.span(format!("   ——▶ {}:{line}:{column}", words::clean(file)))
    }
}

#[cfg(test)]
mod tests;
