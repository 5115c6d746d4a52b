//! What a program prints, as lines that a viewer may see.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::mask::Mask;
use crate::stream::Stream;
use crate::terminal::Terminal;

/// Stands for a line that cannot be masked.
const HIDDEN: &str = "(hidden: the known secrets cannot be looked for in it)";

/// Lines for viewers: masked, and with colours only.
///
/// The mask comes first: it knows what stands inside of values, also what the filter would make visible there. The filter
/// takes nothing away that the mask does not look through, so that it brings no two halves of a value together.
pub struct ShownLines {
    /// Nothing where each line is hidden as a whole.
    masked: Option<Box<(Stream, Terminal)>>,
    /// Of lines that are hidden: whether the last one has no end yet.
    is_begun: bool,
}

impl ShownLines {
    /// Without a mask, because it could not be made, each line is hidden as a whole.
    pub fn new(mask: Option<Mask>) -> Self {
        Self {
            masked: mask.map(|mask| Box::new((Stream::new(mask), Terminal::default()))),
            is_begun: false,
        }
    }

    /// Takes in a chunk; returns the lines that may be shown by now, without their ends.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        self.unless_it_panics(|(stream, terminal)| terminal.push(&stream.push(chunk)))
            .unwrap_or_else(|is_begun| {
                *is_begun = chunk.last().map_or(*is_begun, |byte| *byte != b'\n');
                let ends = memchr::memchr_iter(b'\n', chunk);
                ends.map(|_| HIDDEN.to_owned()).collect()
            })
    }

    /// The stream is over; returns what was held back.
    pub fn finish(mut self) -> Vec<String> {
        let finished = self.unless_it_panics(|(stream, terminal)| {
            let mut lines = terminal.push(&stream.end());
            lines.extend(std::mem::take(terminal).finish());
            lines
        });
        finished.unwrap_or_else(|is_begun| vec![HIDDEN.to_owned(); usize::from(*is_begun)])
    }

    /// Once it has panicked, nobody knows what was held back: all that follows is hidden, and where that is so, whether a
    /// line was begun is returned.
    fn unless_it_panics(
        &mut self,
        work: impl FnOnce(&mut (Stream, Terminal)) -> Vec<String>,
    ) -> Result<Vec<String>, &mut bool> {
        if let Some(both) = &mut self.masked {
            // What it leaves half done is not used again.
            let done = catch_unwind(AssertUnwindSafe(|| work(both)));
            if let Ok(lines) = done {
                return Ok(lines);
            }
            self.masked = None;
            self.is_begun = true;
        }
        Err(&mut self.is_begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secrets;

    #[test]
    fn after_a_panic_all_lines_are_hidden() {
        let mask = Mask::new(&Secrets::default(), &[]).unwrap();
        let mut shown = ShownLines::new(Some(mask));
        assert_eq!(shown.push(b"one\nhun"), ["one"]);
        let failed = shown.unless_it_panics(|_| panic!("a defect of ours"));
        assert_eq!(failed, Err(&mut true));
        assert_eq!(shown.push(b"ter2x\nthree"), [HIDDEN]);
        assert_eq!(shown.finish(), [HIDDEN]);
    }
}
