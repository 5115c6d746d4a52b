//! Finds escape sequences that change colours and nothing else.

use vte::{Params, Parser, Perform};

use super::style::Style;
use crate::reading::{MOST_SEQUENCE_BYTES, colours};

/// What a text that begins with the escape character begins with.
pub(super) enum Found {
    /// Colours, of so many bytes.
    Colours(usize),
    /// It depends on what comes.
    Open,
    Other,
}

/// Is given whole sequences only, so that it remembers nothing from one to the next.
#[derive(Default)]
pub(super) struct Colours(Parser);

impl Colours {
    /// Changes `style` as the colours at the beginning of `text` say.
    pub(super) fn find(&mut self, text: &[u8], style: &mut Style) -> Found {
        if text.get(1).is_some_and(|byte| *byte != b'[') {
            return Found::Other;
        }
        let mut parameters = text.iter().take(MOST_SEQUENCE_BYTES).skip(2);
        let is_parameter = |byte: &u8| matches!(byte, b'0'..=b'9' | b';' | b':');
        let Some(end) = parameters.position(|byte| !is_parameter(byte)) else {
            let is_open = text.len() < MOST_SEQUENCE_BYTES;
            return if is_open { Found::Open } else { Found::Other };
        };
        let length = end + 3;
        // What is taken away here must be what the mask looks through: two halves of a value would come together.
        if colours(text) != length {
            return Found::Other;
        }
        let mut seen = Seen {
            style: *style,
            is_colours: false,
        };
        self.0.advance(&mut seen, &text[..length]);
        if !seen.is_colours {
            return Found::Other;
        }
        *style = seen.style;
        Found::Colours(length)
    }
}

struct Seen {
    style: Style,
    is_colours: bool,
}

impl Perform for Seen {
    fn csi_dispatch(&mut self, parameters: &Params, _: &[u8], is_cut: bool, _: char) {
        if !is_cut {
            self.style.change(parameters);
            self.is_colours = true;
        }
    }
}
