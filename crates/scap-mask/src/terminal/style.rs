//! The colours and letters that a viewer's terminal is asked for.

use vte::{Params, ParamsIter};

/// Bold, dim, italic, underlined, inverse. Blinking and concealed are none of them: nobody shall be misled.
const LETTERS: [u16; 5] = [1, 2, 3, 4, 7];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// The bit of each of [`LETTERS`] that is on.
    letters: u8,
    foreground: Option<Colour>,
    background: Option<Colour>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    /// One of 16.
    Basic(u16),
    /// One of 256.
    Indexed(u8),
    Parts([u8; 3]),
}

impl Style {
    /// Changes what `parameters`, those of one sequence, name.
    pub(super) fn change(&mut self, parameters: &Params) {
        let mut rest = parameters.iter();
        while let Some(parameter) = rest.next() {
            match *parameter {
                [0] => *self = Self::default(),
                [4, 0] | [24] => self.off(&[4]),
                [4, ..] | [21] => self.on(4),
                [letter] if LETTERS.contains(&letter) => self.on(letter),
                [22] => self.off(&[1, 2]),
                [23] => self.off(&[3]),
                [27] => self.off(&[7]),
                [code @ 30..=37] => self.foreground = Some(Colour::Basic(code - 30)),
                [code @ 40..=47] => self.background = Some(Colour::Basic(code - 40)),
                [code @ 90..=97] => self.foreground = Some(Colour::Basic(code - 90 + 8)),
                [code @ 100..=107] => self.background = Some(Colour::Basic(code - 100 + 8)),
                [38, ref more @ ..] => {
                    self.foreground = colour(more, &mut rest).or(self.foreground);
                }
                [48, ref more @ ..] => {
                    self.background = colour(more, &mut rest).or(self.background);
                }
                [39] => self.foreground = None,
                [49] => self.background = None,
                // Its numbers would be taken for codes of their own.
                [58] => {
                    colour(&[], &mut rest);
                }
                _ => {}
            }
        }
    }

    fn on(&mut self, letter: u16) {
        self.letters |= 1 << letter;
    }

    fn off(&mut self, letters: &[u16]) {
        for letter in letters {
            self.letters &= !(1 << letter);
        }
    }

    /// Writes what leads from `before` to this; nothing if they are the same.
    pub(super) fn switch_on(self, before: Self, text: &mut String) {
        if self == before {
            return;
        }
        let mut codes: Vec<u16> = Vec::new();
        if before != Self::default() || self == Self::default() {
            codes.push(0);
        }
        codes.extend(
            LETTERS
                .into_iter()
                .filter(|letter| self.letters & 1 << letter != 0),
        );
        for (colour, base) in [(self.foreground, 30), (self.background, 40)] {
            match colour {
                None => {}
                Some(Colour::Basic(number @ 0..8)) => codes.push(base + number),
                Some(Colour::Basic(number)) => codes.push(base + 60 + number - 8),
                Some(Colour::Indexed(number)) => codes.extend([base + 8, 5, number.into()]),
                Some(Colour::Parts(parts)) => {
                    codes.extend([base + 8, 2]);
                    codes.extend(parts.map(u16::from));
                }
            }
        }
        let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
        text.push_str("\x1b[");
        text.push_str(&codes.join(";"));
        text.push('m');
    }
}

/// The colour that `more` names, what followed with colons; else the next parameters.
fn colour(more: &[u16], rest: &mut ParamsIter<'_>) -> Option<Colour> {
    let mut next = || rest.next().and_then(|parameter| parameter.first().copied());
    let (kind, numbers) = match *more {
        [] => match next()? {
            5 => (5, vec![next()?]),
            2 => (2, vec![next()?, next()?, next()?]),
            _ => return None,
        },
        // Between the kind and the parts may stand which colours are meant.
        [2, _, red, green, blue, ..] => (2, vec![red, green, blue]),
        [kind, ref numbers @ ..] => (kind, numbers.to_vec()),
    };
    let numbers: Vec<u8> = numbers
        .into_iter()
        .map(u8::try_from)
        .collect::<Result<_, _>>()
        .ok()?;
    match (kind, &numbers[..]) {
        (5, [number]) => Some(Colour::Indexed(*number)),
        (2, [red, green, blue]) => Some(Colour::Parts([*red, *green, *blue])),
        _ => None,
    }
}
