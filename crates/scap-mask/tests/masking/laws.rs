//! Whatever the value, its spelling, its place and the cuts: it is hidden, and all else is kept.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::writers::{EXACT, Writer};
use crate::{MASKED, mask_of, seen};

/// Begins and ends with what no spelling writes in another way, so that the borders are exact, and holds no escape; those
/// have tests of their own. Not wrapped so early that its beginning is seen.
fn values() -> impl Strategy<Value = String> {
    "[A-J0-9]{6}[A-J0-9a-z!-/:-@\\[-`{-~ äπ😀]{1,90}[A-J0-9]".prop_filter(
        "looks like an escape",
        |value| {
            let is_escape = |pair: &[u8]| match pair[0] {
                b'%' => pair[1].is_ascii_hexdigit(),
                b'&' => pair[1].is_ascii_alphabetic() || pair[1] == b'#',
                b'\\' => b"xuU0123".contains(&pair[1]),
                _ => false,
            };
            !value.as_bytes().windows(2).any(is_escape)
        },
    )
}

/// Holds nothing that a spelling is made of, and does not end within an escape.
fn contexts() -> impl Strategy<Value = String> {
    "([k-z:.,(){}#ß\n \t\r-]|\x1b\\[3[0-7]m){0,60}[:\n ]"
}

fn cuts(text: &[u8], indices: &[Index]) -> Vec<usize> {
    let mut cuts: Vec<usize> = indices.iter().map(|it| it.index(text.len() + 1)).collect();
    cuts.sort_unstable();
    cuts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_hidden_and_all_else_is_kept(
        value in values(),
        others in vec(values(), 0..3),
        (before, between, after) in (contexts(), contexts(), contexts()),
        (one, two) in (select(EXACT), select(EXACT)),
        indices in vec(any::<Index>(), 0..6),
    ) {
        let mut all: Vec<&str> = vec![&value];
        all.extend(others.iter().map(String::as_str));
        let mask = mask_of(&all);
        let ((_, one), (_, two)): (Writer, Writer) = (one, two);
        let text = format!("{before}{}{between}{}{after}", one(&value), two(&value));
        let expected = format!("{before}{MASKED}{between}{MASKED}{after}");
        let seen = seen(&mask, text.as_bytes(), &cuts(text.as_bytes(), &indices));
        prop_assert_eq!(String::from_utf8_lossy(&seen), expected);
    }

    #[test]
    fn cuts_change_nothing(
        pieces in vec(select(&[
            "hunter2x", "hunt", "er2x", "aGVsbG8", "%68unt", "\\u0065r2x", "\n", "  ", "\x1b[1m", "&#50;x", "\"",
            "Bearer ", "://a:", "@", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "x", "0123456789abcdef",
        ][..]), 0..60),
        indices in vec(any::<Index>(), 0..20),
    ) {
        let text = pieces.concat();
        let mask = mask_of(&["hunter2x", "2xhunt", "aGVsbG8x"]);
        let cut = seen(&mask, text.as_bytes(), &cuts(text.as_bytes(), &indices));
        prop_assert_eq!(String::from_utf8_lossy(&cut), mask.mask(&text));
        // So that no line is looked at with others.
        let each: Vec<usize> = (0..text.len()).collect();
        let one_by_one = seen(&mask, text.as_bytes(), &each);
        prop_assert_eq!(String::from_utf8_lossy(&one_by_one), mask.mask(&text));
        let whole = String::from_utf8_lossy(&cut).into_owned();
        prop_assert!(!whole.contains("hunter2x") && !whole.contains("2xhunt"), "{}", whole);
    }

    #[test]
    fn bytes_that_are_no_secret_are_kept(
        text in vec(any::<u8>(), 0..400),
        value in values(),
        indices in vec(any::<Index>(), 0..6),
    ) {
        let mask = mask_of(&[&value]);
        prop_assert_eq!(seen(&mask, &text, &cuts(&text, &indices)), text);
    }
}
