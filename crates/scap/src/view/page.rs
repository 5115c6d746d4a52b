//! Lines for a terminal or a file: wrapped to a width, written with colours or without.

use super::style::Tone;
use super::words;
use ratatui::backend::IntoCrossterm as _;
use ratatui::text::{Line, Span};
use std::io::{self, Write};
use textwrap::WordSplitter;

/// Whether colours may be used; the caller knows the medium and what the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colors {
    Shown,
    None,
}

/// Lines as they come, at most `width` columns wide where the text allows.
#[derive(Debug)]
pub(crate) struct Page {
    pub(super) width: usize,
    pub(super) lines: Vec<Line<'static>>,
}

impl Page {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            lines: Vec::new(),
        }
    }

    pub(super) fn line(&mut self, spans: Vec<Span<'static>>) {
        self.lines.push(Line::from(spans));
    }

    pub(super) fn blank(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
    }

    /// All lines of `other`, below a blank one.
    pub(crate) fn append(&mut self, other: Self) {
        self.blank();
        self.lines.extend(other.lines);
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.line(vec![Tone::Strong.span(text)]);
    }

    /// A heading with a mark behind it.
    pub(super) fn marked(&mut self, text: &str, mark: Span<'static>) {
        self.paragraph(Vec::new(), text, Tone::Strong);
        let mut spans = vec![Span::raw("  "), mark];
        let width: usize = spans.iter().map(Span::width).sum();
        match self.lines.last_mut() {
            Some(last) if last.width() + width <= self.width => last.spans.append(&mut spans),
            _ => self.line(spans),
        }
    }

    /// A text that is wrapped below its own beginning, after what stands before it.
    pub(super) fn paragraph(&mut self, before: Vec<Span<'static>>, text: &str, tone: Tone) {
        let hanging: usize = before.iter().map(Span::width).sum();
        let room = self.width.saturating_sub(hanging).max(20);
        let text = words::clean(text);
        // A command stays as it is to be typed.
        let options = textwrap::Options::new(room).word_splitter(WordSplitter::NoHyphenation);
        let mut parts = textwrap::wrap(&text, options).into_iter();
        let mut first = before;
        first.push(tone.span(parts.next().unwrap_or_default()));
        self.line(first);
        for part in parts {
            self.line(vec![Span::raw(" ".repeat(hanging)), tone.span(part)]);
        }
    }

    /// `  name   text`, with the names in a column of their own.
    pub(super) fn entry(&mut self, name: &str, text: &str) {
        self.paragraph(
            vec![Tone::Dim.span(format!("  {name:<9} "))],
            text,
            Tone::Plain,
        );
    }

    /// One line, to be copied: longer than the width where it has to be.
    pub(super) fn whole(&mut self, name: &str, text: &str) {
        self.line(vec![
            Tone::Dim.span(format!("  {name:<9} ")),
            Tone::Accent.span(words::clean(text)),
        ]);
    }

    /// Writes all lines.
    pub(crate) fn write(&self, to: &mut impl Write, colors: Colors) -> io::Result<()> {
        for line in &self.lines {
            for span in &line.spans {
                let text = words::clean(&span.content);
                if colors == Colors::None || span.style == Tone::Plain.style() {
                    write!(to, "{text}")?;
                } else {
                    write!(to, "{}", span.style.into_crossterm().apply(text))?;
                }
            }
            writeln!(to)?;
        }
        to.flush()
    }
}
