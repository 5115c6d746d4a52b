//! What a program wrote for a terminal, as lines of text and colours that do nothing to whoever looks at them.

mod colours;
mod style;
mod visible;

use memchr::memchr3;

use colours::{Colours, Found};
use style::Style;

/// A longer line is handed out in pieces, so that memory is bounded.
const MOST_LINE_BYTES: usize = 64 << 10;
/// Begins a line of which something was written over.
const WRITTEN_OVER: char = '␍';

/// Filters one stream of output: of all that a terminal would act on, only colours are left.
///
/// - Colours and letters (`ESC [ … m`) are kept as far as they are bold, dim, italic, underlined, inverse, one of 8, 16 or
///   256 colours, or a colour by its parts; other numbers in them are left out. Each line stands alone: it switches on
///   what it needs, and off at its end.
/// - A carriage return writes the line anew, as bars of progress want it. The last state of the line is shown; `␍` before
///   it says that there was another one.
/// - A tab and the end of a line stay. All else that is no visible character is made one: other escape sequences as
///   `␛]52;…`, control characters as `␇` or `<U+009B>`, what turns or hides text as `<U+202E>`, and bytes that are no
///   UTF-8 as `\xFF`.
///
/// What comes out does not depend on how the stream was cut into chunks. One line is held back, at most 64 KiB of it.
#[derive(Default)]
pub struct Terminal {
    colours: Colours,
    /// The beginning of a character or of colours, whose end is still to come.
    begun: Vec<u8>,
    /// With its colours, of which `written` are on at its end.
    line: String,
    written: Style,
    /// What the program has switched on.
    style: Style,
    /// The next character begins the line anew.
    is_returned: bool,
    whole: Vec<String>,
}

impl Terminal {
    /// Takes in a chunk; returns the lines that it completes, without their ends.
    pub fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        let mut bytes = std::mem::take(&mut self.begun);
        let rest = if bytes.is_empty() {
            self.read(chunk, false)
        } else {
            bytes.extend_from_slice(chunk);
            self.read(&bytes, false)
        };
        self.begun = rest.to_vec();
        std::mem::take(&mut self.whole)
    }

    /// The stream is over; returns its last line if it has no end.
    pub fn finish(mut self) -> Vec<String> {
        let begun = std::mem::take(&mut self.begun);
        self.read(&begun, true);
        if !self.line.is_empty() {
            self.end_line();
        }
        self.whole
    }

    /// Returns what cannot be read before more is there; nothing `is_last`.
    fn read<'a>(&mut self, bytes: &'a [u8], is_last: bool) -> &'a [u8] {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let length = match first {
                b'\n' => {
                    self.end_line();
                    1
                }
                b'\r' => {
                    self.is_returned = true;
                    1
                }
                b'\x1b' => match self.colours.find(rest, &mut self.style) {
                    Found::Colours(length) => length,
                    Found::Open if !is_last => return rest,
                    Found::Open | Found::Other => {
                        self.write("␛");
                        1
                    }
                },
                _ => {
                    let end = memchr3(b'\n', b'\r', b'\x1b', rest).unwrap_or(rest.len());
                    let may_go_on = end == rest.len() && !is_last;
                    self.text(&rest[..end], may_go_on)
                }
            };
            if length == 0 {
                return rest;
            }
            rest = &rest[length..];
        }
        rest
    }

    /// Returns how many of `bytes` were read: not a character at their end, of which more may come.
    fn text(&mut self, bytes: &[u8], may_go_on: bool) -> usize {
        let mut read = 0;
        for chunk in bytes.utf8_chunks() {
            self.characters(chunk.valid());
            read += chunk.valid().len();
            let invalid = chunk.invalid();
            let is_begun =
                may_go_on && std::str::from_utf8(invalid).is_err_and(|it| it.error_len().is_none());
            if is_begun && read + invalid.len() == bytes.len() {
                break;
            }
            for byte in invalid {
                self.write(&format!("\\x{byte:02X}"));
            }
            read += invalid.len();
        }
        read
    }

    fn characters(&mut self, text: &str) {
        let mut shown = 0;
        for (at, character) in visible::hidden(text) {
            self.write(&text[shown..at]);
            shown = at + character.len_utf8();
            let last = self.line.chars().next_back().filter(|_| !self.is_returned);
            if last.is_some_and(|last| visible::belongs_to(character, last)) {
                self.write(&text[at..shown]);
            } else {
                self.write(&visible::name(character));
            }
        }
        self.write(&text[shown..]);
    }

    /// Adds visible text to the line.
    fn write(&mut self, mut text: &str) {
        if text.is_empty() {
            return;
        }
        if self.is_returned && !self.line.is_empty() {
            self.line.clear();
            self.line.push(WRITTEN_OVER);
            self.written = Style::default();
        }
        self.is_returned = false;
        while !text.is_empty() {
            if self.style != self.written {
                self.style.switch_on(self.written, &mut self.line);
                self.written = self.style;
            }
            let room = MOST_LINE_BYTES.saturating_sub(self.line.len());
            let (fitting, rest) = text.split_at(text.floor_char_boundary(room));
            self.line.push_str(fitting);
            text = rest;
            if !text.is_empty() {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        Style::default().switch_on(self.written, &mut line);
        self.written = Style::default();
        self.is_returned = false;
        self.whole.push(line);
    }
}
