//! Runs a program and keeps its last words, so that a failure can be told in one line.

use std::collections::VecDeque;

use tokio_util::sync::CancellationToken;

use crate::process::{
    Ending, Exit, Interruption, Program, ProgramError, ProgramId, Stream, Supervisor,
};

/// As many lines as fit into a message.
const LAST_LINES: usize = 5;
const LONGEST_LINE_CHARACTERS: usize = 300;

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    /// Of stdout.
    pub(crate) first_line: Option<String>,
    last_lines: VecDeque<String>,
}

impl Ended {
    /// Runs `program` as `id` to its end; `line` gets each line of its output.
    pub(crate) async fn after(
        supervisor: &Supervisor,
        (id, program): (&ProgramId, &Program),
        abort: &CancellationToken,
        mut line: impl FnMut(&str),
    ) -> Result<Self, ProgramError> {
        let (mut first_line, mut last_lines) = (None, VecDeque::new());
        let receive = |output: crate::process::OutputLine| {
            line(&output.text);
            let text = output.text.trim();
            if !text.is_empty() {
                let text: String = text.chars().take(LONGEST_LINE_CHARACTERS).collect();
                if first_line.is_none() && output.stream == Stream::Stdout {
                    first_line = Some(text.clone());
                }
                last_lines.push_back(text);
            }
            if last_lines.len() > LAST_LINES {
                last_lines.pop_front();
            }
        };
        let exit = supervisor.run(id, program, abort, receive).await?;
        Ok(Self {
            exit,
            first_line,
            last_lines,
        })
    }

    pub(crate) fn was_aborted(&self) -> bool {
        self.exit.interruption == Some(Interruption::Aborted)
    }

    /// What went wrong, to be read after the program's name; nothing when it succeeded.
    pub(crate) fn failure(&self) -> Option<String> {
        if self.exit.succeeded() {
            return None;
        }
        let mut text = match (self.exit.interruption, &self.exit.ending) {
            (Some(Interruption::TimedOut), _) => "took too long and was stopped".to_owned(),
            (Some(Interruption::Aborted), _) => "was stopped on request".to_owned(),
            (None, Ending::Exited { code }) => format!("exited with code {code}"),
            (None, Ending::Signaled { signal }) => format!("was ended by signal {signal}"),
            (None, Ending::NotStarted { reason }) => format!("did not start: {reason}"),
            (None, Ending::Lost) => "was lost when its supervisor was killed".to_owned(),
        };
        if !self.last_lines.is_empty() {
            let lines: Vec<&str> = self.last_lines.iter().map(String::as_str).collect();
            text = format!("{text}; its last output: {}", lines.join(" / "));
        }
        Some(text)
    }
}
