//! Asks the person at this terminal.

use crate::context::Context;
use std::io::{self, IsTerminal, Write};

/// Whether there is somebody to be asked.
pub(crate) fn is_possible(context: &Context) -> bool {
    !context.is_json() && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether the plan that was shown may be carried out.
pub(crate) fn for_approval() -> io::Result<bool> {
    yes_to("Carry this plan out?")
}

/// Whether the answer to `question` is yes.
pub(crate) fn yes_to(question: &str) -> io::Result<bool> {
    let mut stdout = io::stdout();
    write!(stdout, "{question} [y/N] ")?;
    stdout.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A line that the person types.
pub(crate) fn line(question: &str) -> io::Result<String> {
    let mut stdout = io::stdout();
    write!(stdout, "{question}")?;
    stdout.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
