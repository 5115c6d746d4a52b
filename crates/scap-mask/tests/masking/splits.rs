//! 26 encodings of 200 secrets, however they are cut: `make test` has a sample, `make chaos-mask` all of it.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_mask::Mask;

use crate::encodings::ENCODINGS;
use crate::values::secrets;
use crate::{MASKED, mask_of, seen};

/// Characters of one value in a row that nobody may see: digits at the borders, which depend on what is around, and
/// what was shown before a line was broken are fewer.
const LEAST_LEAKED: usize = 6;
const TERMINAL_COLUMNS: usize = 80;
const BEFORE: &str = "msg ~~ (mark) ~~ value of the key is: ";
const AFTER: &str = " ~~ so it is\n";

struct Case {
    name: &'static str,
    value: String,
    text: Vec<u8>,
    /// What is seen of it as a whole.
    seen: Vec<u8>,
}

#[test]
fn no_encoding_of_a_secret_is_seen_however_it_is_cut() {
    let whole = std::env::var("SCAP_CHAOS_SPLITS").ok();
    let random_splits = whole.as_deref().map_or(2_000, |it| it.parse().unwrap());
    let mask = mask_of_all();
    let cases = cases(&mask);
    assert_eq!(cases.len(), 2 * 26 * 200);
    let leaks: Vec<String> = cases.iter().filter_map(leak).collect();
    let few = leaks[..leaks.len().min(20)].join("\n");
    assert!(leaks.is_empty(), "{} leaks, such as\n{few}", leaks.len());
    let mut two_way = 0_u64;
    // Another cut of each case, or all.
    let step = if whole.is_some() { 1 } else { 997 };
    for (number, case) in cases.iter().enumerate() {
        for cut in (number % step..case.text.len()).step_by(step) {
            is_the_same(&mask, case, &[cut]);
            two_way += 1;
        }
    }
    let mut random = ChaCha8Rng::seed_from_u64(26);
    for _ in 0..random_splits {
        let case = cases.choose(&mut random).unwrap();
        let most = case.text.len();
        let count = random.random_range(2..=most);
        let mut cuts: Vec<usize> = (0..count).map(|_| random.random_range(0..=most)).collect();
        cuts.sort_unstable();
        is_the_same(&mask, case, &cuts);
    }
    println!(
        "{} texts, {two_way} splits in two, {random_splits} in many: 0 leaks",
        cases.len()
    );
}

#[test]
fn this_rule_can_fail() {
    let case = |seen: &str| Case {
        name: "raw",
        value: "hunter2x".to_owned(),
        text: format!("{BEFORE}hunter2x{AFTER}").into_bytes(),
        seen: seen.as_bytes().to_vec(),
    };
    for (seen, leaks) in [
        (format!("{BEFORE}{MASKED}{AFTER}"), false),
        (format!("{BEFORE}hunte\n{MASKED}{AFTER}"), false),
        (format!("{BEFORE}hunter{MASKED}{AFTER}"), true),
        (format!("{BEFORE}hun\x1b[1mter{MASKED}{AFTER}"), true),
        (format!("{BEFORE}{MASKED}"), true),
        (format!("{BEFORE}{AFTER}"), true),
    ] {
        assert_eq!(leak(&case(&seen)).is_some(), leaks, "{seen}");
    }
}

fn mask_of_all() -> Mask {
    let secrets = secrets();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    mask_of(&secrets)
}

/// Each encoding of each secret, as it is and as a terminal wraps it.
fn cases(mask: &Mask) -> Vec<Case> {
    let mut cases = Vec::new();
    for value in secrets() {
        for (name, write) in ENCODINGS {
            let text = [BEFORE.as_bytes(), &write(&value), AFTER.as_bytes()].concat();
            for text in [as_on_a_terminal(&text), text] {
                let seen = seen(mask, &text, &[]);
                let value = value.clone();
                cases.push(Case {
                    name,
                    value,
                    text,
                    seen,
                });
            }
        }
    }
    cases
}

fn as_on_a_terminal(text: &[u8]) -> Vec<u8> {
    let (mut wrapped, mut column, mut is_colour) = (Vec::new(), 0, false);
    for byte in text {
        is_colour |= *byte == b'\x1b';
        let goes_on = is_colour || (0x80..0xC0).contains(byte);
        column += usize::from(!goes_on);
        if column > TERMINAL_COLUMNS && !goes_on {
            wrapped.extend(b"\r\n");
            column = 1;
        }
        if *byte == b'\n' {
            column = 0;
        }
        is_colour &= *byte != b'm';
        wrapped.push(*byte);
    }
    wrapped
}

/// What is wrong with what is seen of a case.
fn leak(case: &Case) -> Option<String> {
    let seen = visible(&String::from_utf8_lossy(&case.seen));
    let written = visible(&String::from_utf8_lossy(&case.text));
    let (before, after) = (visible(BEFORE), visible(AFTER));
    let is_kept =
        seen.starts_with(&before) && seen.ends_with(&after) && seen.contains(&visible(MASKED));
    let inside = &written[before.len()..written.len() - after.len()];
    // Marks and frames are no secret.
    let parts = inside
        .split("(mark)")
        .filter(|part| !part.starts_with("-----"));
    let mut windows = parts.flat_map(|part| {
        let ends = part.char_indices().map(|(at, _)| at).chain([part.len()]);
        let ends: Vec<usize> = ends.collect();
        let spans = ends
            .windows(LEAST_LEAKED + 1)
            .map(|it| it[0]..it[LEAST_LEAKED]);
        spans
            .map(|span| part[span].to_owned())
            .collect::<Vec<String>>()
    });
    // What is said in the place of values is no part of one.
    let seen = seen.replace(&visible(MASKED), " ");
    let leaked = windows.find(|window| seen.contains(window));
    let Case {
        name, value, text, ..
    } = case;
    let shown = String::from_utf8_lossy(&case.seen);
    (leaked.is_some() || !is_kept).then(|| {
        format!(
            "{name} of {value:?}: {leaked:?} of {} in {shown:?}",
            String::from_utf8_lossy(text)
        )
    })
}

/// Without white space, control characters and colours.
fn visible(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
    let text: String = [first].into_iter().chain(rest.map(str::to_owned)).collect();
    text.chars()
        .filter(|it| *it > ' ' && *it != '\x7f')
        .collect()
}

fn is_the_same(mask: &Mask, case: &Case, cuts: &[usize]) {
    let seen = seen(mask, &case.text, cuts);
    assert!(
        seen == case.seen,
        "{} of {:?} cut at {cuts:?}",
        case.name,
        case.value
    );
}
