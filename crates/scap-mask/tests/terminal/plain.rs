//! A small parser of what may come out: text and colours, written by itself from what is promised.

use std::iter::Peekable;
use std::str::Chars;

/// Not seen, or changing what is: format characters and what fonts show as nothing.
const UNSEEN: &[(u32, u32)] = &[
    (0x00, 0x08),
    (0x0A, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

/// The text of a line without its colours, or what else is in it.
pub(crate) fn plain(line: &str) -> Result<String, String> {
    let mut rest = line.chars().peekable();
    let (mut text, mut is_on) = (String::new(), false);
    while let Some(character) = rest.next() {
        let code = u32::from(character);
        if character == '\x1b' {
            let codes = numbers(&mut rest)?;
            are_colours(&codes)?;
            is_on = codes != [0];
        } else if matches!(character, '\u{fe0e}' | '\u{fe0f}')
            && text.ends_with(|last: char| last > '\u{7f}')
        {
            text.push(character);
        } else if UNSEEN
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
        {
            return Err(format!("U+{code:04X} in {line:?}"));
        } else {
            text.push(character);
        }
    }
    if is_on {
        return Err(format!("colours stay on after {line:?}"));
    }
    Ok(text)
}

fn numbers(rest: &mut Peekable<Chars<'_>>) -> Result<Vec<u8>, String> {
    if rest.next() != Some('[') {
        return Err("an escape that is none of colours".to_owned());
    }
    let mut inside = String::new();
    loop {
        match rest.next() {
            Some('m') => break,
            Some(character @ ('0'..='9' | ';')) => inside.push(character),
            other => return Err(format!("{other:?} within colours")),
        }
    }
    let numbers = inside.split(';').map(str::parse);
    numbers
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{error}: {inside}"))
}

fn are_colours(codes: &[u8]) -> Result<(), String> {
    let mut rest = codes;
    loop {
        rest = match rest {
            [] => return Ok(()),
            [38 | 48, 5, _, rest @ ..]
            | [38 | 48, 2, _, _, _, rest @ ..]
            | [
                0..=4 | 7 | 30..=37 | 40..=47 | 90..=97 | 100..=107,
                rest @ ..,
            ] => rest,
            _ => return Err(format!("{codes:?} is no colour")),
        };
    }
}

#[test]
fn this_rule_can_fail() {
    for (line, expected) in [
        ("a\tb \x1b[31mred\x1b[0m", Some("a\tb red")),
        ("\x1b[1;38;2;1;2;3;48;5;255mx\x1b[0m", Some("x")),
        ("⚠\u{fe0f}", Some("⚠\u{fe0f}")),
        ("\x1b[31mred", None),
        ("\x1b[31mred\x1b[0;1m", None),
        ("\x1b[8mx\x1b[0m", None),
        ("\x1b[38;5mx\x1b[0m", None),
        ("\x1b[256m\x1b[0m", None),
        ("\x1b[m", None),
        ("\x1b[2J", None),
        ("\x1b]0;x\x07", None),
        ("\x1b", None),
        ("a\u{202e}", None),
        ("a\u{fe0f}", None),
        ("a\u{9b}", None),
        ("a\rb", None),
        ("a\nb", None),
    ] {
        assert_eq!(plain(line).ok().as_deref(), expected, "{line:?}");
    }
}
