//! What comes out when, and that it stays bounded.

use scap_mask::{Class, Mask, Secrets, Stream};

use crate::{MASKED, mask_of, seen};

#[test]
fn lines_come_out_when_they_end() {
    let mut stream = Stream::new(mask_of(&["hunter2x"]));
    for (chunk, expected) in [
        ("one\ntw", "one\n"),
        ("o\n", "two\n"),
        ("hun\n", "hun\n"),
        ("hunt\n", ""),
        ("ing\n", "hunt\ning\n"),
        ("a hunte\n", "a "),
        ("    r2x.\n", &format!("{MASKED}.\n")),
        ("end", ""),
    ] {
        let seen = stream.push(chunk.as_bytes());
        assert_eq!(String::from_utf8_lossy(&seen), expected, "{chunk:?}");
    }
    assert_eq!(stream.finish(), b"end");
}

#[test]
fn of_a_wrapped_value_at_most_three_bytes_are_seen() {
    let mask = mask_of(&["hunter2x"]);
    for (text, expected) in [
        ("hun\nter2x", format!("hun\n{MASKED}")),
        ("hunt\ner2x", MASKED.to_owned()),
        ("h\nunter2x\n", format!("h\n{MASKED}\n")),
    ] {
        assert_eq!(mask.mask(text), expected);
    }
}

#[test]
fn what_is_no_text_is_kept() {
    let mask = mask_of(&["hunter2x"]);
    let text = b"\xff\xfe\0hunter2x\x80\r\n\xc3(\x1b[31m\x1b]0;t\x07\x1b[";
    let expected = [
        b"\xff\xfe\0",
        MASKED.as_bytes(),
        b"\x80\r\n\xc3(\x1b[31m\x1b]0;t\x07\x1b[",
    ];
    for cut in 0..text.len() {
        assert_eq!(seen(&mask, text, &[cut]), expected.concat());
    }
}

#[test]
fn a_line_without_end_is_handed_out_and_values_in_it_are_hidden() {
    let mask = mask_of(&["hunter2x"]);
    let mut stream = Stream::new(mask);
    let (mut taken, mut given) = (0, 0);
    let mut all = Vec::new();
    for _ in 0..40_000 {
        let chunk = b"0123 hunter2x";
        taken += chunk.len();
        let seen = stream.push(chunk);
        given += seen.len();
        all.extend(seen);
        assert!(taken < given + (65 << 10), "{taken} {given}");
    }
    all.extend(stream.finish());
    let expected = format!("0123 {MASKED}").repeat(40_000);
    assert!(all == expected.as_bytes());
}

#[test]
fn a_value_that_repeats_itself_holds_nothing_back_for_ever() {
    let mask = mask_of(&["abababab"]);
    let mut stream = Stream::new(mask);
    let mut all = Vec::new();
    for _ in 0..100_000 {
        all.extend(stream.push(b"ab"));
    }
    assert_eq!(all, MASKED.as_bytes());
    all.extend(stream.finish());
    assert_eq!(all, MASKED.as_bytes());
}

#[test]
fn blanks_without_end_hold_nothing_back() {
    let mut stream = Stream::new(mask_of(&["hunter2x"]));
    let mut all = stream.push(b"hunter\n");
    for _ in 0..300 {
        all.extend(stream.push(b"\n"));
    }
    assert!(all.starts_with(b"hunter\n\n"));
}

#[test]
fn only_the_classes_asked_for_are_hidden_each_with_its_label() {
    let mut secrets = Secrets::default();
    secrets.add(Class::Secret, "secret shop/token", b"hunter2x");
    secrets.add(Class::Secret, "secret shop/other", b"hunter2x");
    secrets.add(Class::Embargoed, "embargoed patch 1", b"T123456");
    let text = "hunter2x in T123456";
    for (classes, expected) in [
        (&[][..], text),
        (&[Class::Secret], "[masked: secret shop/token] in T123456"),
        (
            &[Class::Embargoed],
            "hunter2x in [masked: embargoed patch 1]",
        ),
        (
            &[Class::Secret, Class::Embargoed],
            "[masked: secret shop/token] in [masked: embargoed patch 1]",
        ),
    ] {
        let mask = Mask::new(&secrets, classes).unwrap();
        assert_eq!(mask.mask(text), expected);
    }
}

#[test]
fn a_label_that_says_the_value_is_not_shown() {
    let mut secrets = Secrets::default();
    secrets.add(Class::Secret, "secret shop/hunter2x", b"hunter2x");
    secrets.add(Class::Secret, "secret\x1b[31m shop/b", b"hunter3x");
    let mask = Mask::new(&secrets, &[Class::Secret]).unwrap();
    assert_eq!(mask.mask("hunter2x"), "[masked]");
    assert_eq!(mask.mask("hunter3x"), "[masked: secret[31m shop/b]");
}
