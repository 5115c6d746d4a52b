//! Keys pressed at a live terminal, which gives them one by one.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};
use std::io;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pressed {
    Key(char),
    /// Ctrl-C.
    Interrupt,
}

/// What was pressed since the last time.
pub(crate) fn pressed() -> io::Result<Vec<Pressed>> {
    let mut pressed = Vec::new();
    while poll(Duration::ZERO)? {
        let Event::Key(key) = read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                pressed.push(Pressed::Interrupt);
            }
            KeyCode::Char(key) => pressed.push(Pressed::Key(key)),
            _ => {}
        }
    }
    Ok(pressed)
}
