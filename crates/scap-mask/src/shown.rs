//! What a program prints, as lines that a viewer may see.

use crate::mask::Mask;
use crate::stream::Stream;
use crate::terminal::Terminal;

/// Stands for a line that cannot be masked.
const HIDDEN: &str = "(hidden: the known secrets cannot be looked for in it)";

/// Lines for viewers: masked, and with colours only.
///
/// The mask comes first: it knows what stands inside of values, also what the filter would make visible there. The filter
/// takes nothing away that the mask does not look through, so that it brings no two halves of a value together.
pub struct ShownLines(Kind);

enum Kind {
    Masked(Box<(Stream, Terminal)>),
    Hidden { is_begun: bool },
}

impl ShownLines {
    /// Without a mask, because it could not be made, each line is hidden as a whole.
    pub fn new(mask: Option<Mask>) -> Self {
        Self(match mask {
            Some(mask) => Kind::Masked(Box::new((Stream::new(mask), Terminal::default()))),
            None => Kind::Hidden { is_begun: false },
        })
    }

    /// Takes in a chunk; returns the lines that may be shown by now, without their ends.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        match &mut self.0 {
            Kind::Masked(both) => {
                let (stream, terminal) = &mut **both;
                terminal.push(&stream.push(chunk))
            }
            Kind::Hidden { is_begun } => {
                *is_begun = chunk.last().map_or(*is_begun, |byte| *byte != b'\n');
                let ends = memchr::memchr_iter(b'\n', chunk);
                ends.map(|_| HIDDEN.to_owned()).collect()
            }
        }
    }

    /// The stream is over; returns what was held back.
    pub fn finish(self) -> Vec<String> {
        match self.0 {
            Kind::Masked(both) => {
                let (stream, mut terminal) = *both;
                let mut lines = terminal.push(&stream.finish());
                lines.extend(terminal.finish());
                lines
            }
            Kind::Hidden { is_begun } => vec![HIDDEN.to_owned(); usize::from(is_begun)],
        }
    }
}
