//! Characters that are not seen, or that change how others are seen.

use std::sync::LazyLock;

use regex::Regex;

/// Control and format characters (bidirectional overrides and isolates, zero-width ones, tags), ends of lines that are no
/// newline, and all that fonts show as nothing.
static HIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}--\t]")
        .expect("a valid expression")
});

/// Where such a character stands in `text`, and which one.
pub(super) fn hidden(text: &str) -> impl Iterator<Item = (usize, char)> {
    let found = HIDDEN.find_iter(text);
    found.filter_map(|it| Some((it.start(), it.as_str().chars().next()?)))
}

/// Whether `character` only says how to draw the `last` one: as letter or as picture.
pub(super) fn belongs_to(character: char, last: char) -> bool {
    let is_selector = |it| matches!(it, '\u{fe0e}' | '\u{fe0f}');
    is_selector(character) && !last.is_ascii() && !is_selector(last)
}

/// What is shown instead.
pub(super) fn name(character: char) -> String {
    let code = u32::from(character);
    let picture = match code {
        0..0x20 => char::from_u32(0x2400 + code),
        0x7F => Some('␡'),
        _ => None,
    };
    picture.map_or_else(|| format!("<U+{code:04X}>"), String::from)
}
