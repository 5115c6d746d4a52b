//! What every command works with.

use crate::cli::{Color, Format, Global};
use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use crate::view::page::{Colors, Page};
use crate::wiring::Wiring;
use scap_journal::Journal;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// The global options, and what they lead to.
pub(crate) struct Context {
    pub(crate) global: Global,
}

impl Context {
    pub(crate) fn settings(&self) -> Result<Settings, Trouble> {
        Settings::load(&self.global)
    }

    pub(crate) fn state_dir(&self) -> Result<PathBuf, Trouble> {
        settings::state_dir(&self.global)
    }

    pub(crate) fn journal(&self) -> Result<Journal, Trouble> {
        Ok(Journal::open(&self.state_dir()?)?)
    }

    /// The world's parts, which keep their files in the state folder: one that cannot be used is found out first.
    pub(crate) fn wiring(&self, settings: &Settings) -> Result<Wiring, Trouble> {
        self.journal()?;
        Wiring::new(settings, &self.state_dir()?)
    }

    pub(crate) fn is_json(&self) -> bool {
        self.global.format == Format::Json
    }

    pub(crate) fn colors(&self, medium: &impl IsTerminal) -> Colors {
        let wanted = match self.global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                medium.is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        if wanted { Colors::Shown } else { Colors::None }
    }

    /// Columns of the terminal; of a usual one where stdout is none.
    pub(crate) fn width() -> usize {
        if !std::io::stdout().is_terminal() {
            return 80;
        }
        crossterm::terminal::size()
            .map_or(80, |(columns, _)| usize::from(columns))
            .max(40)
    }

    /// Writes a page to stdout.
    pub(crate) fn print(&self, page: &Page) -> Result<(), Trouble> {
        let stdout = std::io::stdout();
        Ok(page.write(&mut stdout.lock(), self.colors(&stdout))?)
    }

    /// Writes data to stdout as one JSON document.
    pub(crate) fn print_json(data: &impl Serialize) -> Result<(), Trouble> {
        let mut stdout = std::io::stdout().lock();
        serde_json::to_writer_pretty(&mut stdout, data).map_err(std::io::Error::from)?;
        Ok(writeln!(stdout)?)
    }

    /// Writes data to stdout as one line of JSON.
    pub(crate) fn print_json_line(data: &impl Serialize) -> Result<(), Trouble> {
        let mut stdout = std::io::stdout().lock();
        serde_json::to_writer(&mut stdout, data).map_err(std::io::Error::from)?;
        Ok(writeln!(stdout)?)
    }

    /// Either form of the same: the data, or the page made of it.
    pub(crate) fn show(
        &self,
        data: &impl Serialize,
        page: impl FnOnce(usize) -> Page,
    ) -> Result<(), Trouble> {
        if self.is_json() {
            Self::print_json(data)
        } else {
            self.print(&page(Self::width()))
        }
    }
}
