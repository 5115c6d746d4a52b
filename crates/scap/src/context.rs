//! What every command works with.

use crate::cli::{Color, Format, Global};
use crate::control::Control;
use crate::control::verb::Ask;
use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use crate::view::page::{Colors, Page};
use crate::wiring::Wiring;
use scap_run::Failure;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The global options, and what they lead to.
pub(crate) struct Context {
    pub(crate) global: Global,
    control: OnceCell<Arc<Control>>,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        Self {
            global,
            control: OnceCell::new(),
        }
    }

    /// Who answers what is asked, found out once.
    pub(crate) async fn control(&self) -> Result<&Arc<Control>, Trouble> {
        let open = async || Control::open(self).await.map(Arc::new);
        self.control.get_or_try_init(open).await
    }

    /// Asks, wherever that is answered.
    pub(crate) async fn ask<A: Ask>(&self, ask: A) -> Result<A::Answer, Trouble> {
        self.control().await?.ask(ask).await
    }

    pub(crate) fn settings(&self) -> Result<Settings, Trouble> {
        Settings::load(&self.global)
    }

    /// The world's parts in this process, for what a person does without the runner. They keep their files in the state
    /// folder, or in the person's own where that is the runner's: one that cannot be used is found out first.
    pub(crate) async fn wiring(&self, settings: &Settings) -> Result<Wiring, Trouble> {
        let folder = if self.control().await?.is_here() {
            settings::state_dir(&self.global)?
        } else {
            settings::own_state_dir()?
        };
        Wiring::new(settings, &folder)
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

    /// Writes text to a file that the person named.
    pub(crate) fn write(file: &Path, text: &str) -> Result<(), Trouble> {
        std::fs::write(file, text).map_err(|error| {
            let message = format!("`{}` cannot be written", file.display());
            Trouble::Failed(Failure::failed(message).caused_by(&error))
        })
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
