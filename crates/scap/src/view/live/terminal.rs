//! The terminal while a run is shown in it: a few rows above the prompt, given back whatever happens.

use super::{LiveFrame, View};
use crate::view::page::Colors;
use crossterm::cursor::{MoveTo, Show};
use crossterm::execute;
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode};
use ratatui::backend::CrosstermBackend;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::io::{self, Stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicU16, Ordering};

/// Rows at most; a taller view would push away what the person did before.
const MOST_ROWS: u16 = 22;
/// Fewer rows or columns show nothing that helps.
const LEAST_ROWS: u16 = 8;
const LEAST_COLUMNS: u16 = 30;
/// Frames that may fail one after the other.
const MOST_LOST_FRAMES: u32 = 5;

/// The row in which the live view begins; `NONE` while there is no view to give back.
static TOP: AtomicU16 = AtomicU16::new(NONE);
const NONE: u16 = u16::MAX;

/// Rows of standard output that are drawn again and again. Keys are read without echo while it lives.
pub(crate) struct LiveTerminal {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    colors: Colors,
    /// In a row.
    lost_frames: u32,
}

impl LiveTerminal {
    /// Takes the rows. An error means that the terminal cannot do it, or is too small: the caller prints plain lines.
    pub(crate) fn open(colors: Colors) -> io::Result<Self> {
        let (columns, rows) = crossterm::terminal::size()?;
        if columns < LEAST_COLUMNS || rows < LEAST_ROWS {
            return Err(io::Error::other(
                "the terminal is too small for a live view",
            ));
        }
        give_back_on_panic();
        enable_raw_mode()?;
        let viewport = Viewport::Inline(MOST_ROWS.min(rows - 1));
        let backend = CrosstermBackend::new(io::stdout());
        let opened = Terminal::with_options(backend, TerminalOptions { viewport });
        opened
            .map(|terminal| Self {
                terminal,
                colors,
                lost_frames: 0,
            })
            .inspect_err(|_| {
                // The error that is already known says more than one about this would.
                let _ = disable_raw_mode();
            })
    }

    /// Draws what changed since the last frame. A frame that fails is left out, as may happen while the window changes its
    /// size: only a terminal that draws none any more is an error.
    pub(crate) fn draw(&mut self, view: &View<'_>) -> io::Result<()> {
        let colors = self.colors;
        let drawn = self.terminal.draw(|frame| {
            let area = frame.area();
            TOP.store(area.y, Ordering::Relaxed);
            frame.render_widget(LiveFrame { view, colors }, area);
        });
        match drawn {
            Ok(_) => self.lost_frames = 0,
            Err(error) if self.lost_frames >= MOST_LOST_FRAMES => return Err(error),
            Err(_) => self.lost_frames += 1,
        }
        Ok(())
    }
}

impl Drop for LiveTerminal {
    fn drop(&mut self) {
        give_back();
        let _ = disable_raw_mode();
    }
}

/// Clears the rows, so that what is printed next stands where the view was. Once only: what was printed since stays.
fn give_back() {
    let top = TOP.swap(NONE, Ordering::Relaxed);
    if top != NONE {
        // Nobody is left to be told that the terminal has gone away.
        let _ = disable_raw_mode();
        let _ = execute!(
            io::stdout(),
            MoveTo(0, top),
            Clear(ClearType::FromCursorDown),
            Show
        );
    }
}

/// A panic's message is to be readable: the terminal is put right before it is printed.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            give_back();
            report(panic);
        }));
    });
}
