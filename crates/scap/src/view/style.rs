//! The palette and the symbols. State is always a symbol, a word and a colour: never a colour alone.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

/// How a piece of text speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    /// Beside the point.
    Dim,
    /// What goes on now: the one accent.
    Accent,
    Good,
    Warning,
    Bad,
}

/// A state as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(super) symbol: &'static str,
    pub(crate) word: &'static str,
    pub(super) tone: Tone,
}

pub(super) const WAITING: &str = "○";
pub(super) const GOING_ON: &str = "◐";
pub(super) const DONE: &str = "●";
pub(super) const UNDONE: &str = "↩";
pub(super) const FAILED: &str = "✗";
pub(super) const ASKING: &str = "?";
pub(super) const PAUSED: &str = "‖";
pub(super) const STOPPED: &str = "■";
pub(super) const WARNING: &str = "!";
pub(super) const GATE_WAITING: &str = "◇";
pub(super) const GATE_JUDGING: &str = "◈";
pub(super) const GATE_PASSED: &str = "◆";
pub(super) const ARROW: &str = "→";

impl Tone {
    pub(super) fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().add_modifier(Modifier::BOLD),
            Self::Dim => Style::new().add_modifier(Modifier::DIM),
            Self::Accent => Style::new().fg(Color::Cyan),
            Self::Good => Style::new().fg(Color::Green),
            Self::Warning => Style::new().fg(Color::Yellow),
            Self::Bad => Style::new().fg(Color::Red),
        }
    }

    pub(super) fn span(self, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.style())
    }
}

impl Mark {
    pub(super) const fn new(symbol: &'static str, word: &'static str, tone: Tone) -> Self {
        Self { symbol, word, tone }
    }

    /// The symbol alone, where the word stands beside it.
    pub(super) fn sign(self) -> Span<'static> {
        self.tone.span(self.symbol)
    }

    /// Symbol and word.
    pub(super) fn span(self) -> Span<'static> {
        self.tone.span(format!("{} {}", self.symbol, self.word))
    }
}
