//! Mask and filter together: what a program prints, as lines that a viewer may see.

use scap_hostile::hostile;
use scap_mask::{Class, Mask, Secrets, ShownLines};

use crate::plain::plain;

const MASKED: &str = "[masked: secret shop/token]";

fn mask() -> Mask {
    let mut secrets = Secrets::default();
    secrets.add(Class::Secret, "secret shop/token", b"hunter2x");
    Mask::new(&secrets, &[Class::Secret]).unwrap()
}

fn shown(mask: Option<Mask>, text: &[u8], cut: usize) -> Vec<String> {
    let mut shown = ShownLines::new(mask);
    let (first, second) = text.split_at(cut);
    let mut lines = shown.push(first);
    lines.extend(shown.push(second));
    lines.extend(shown.finish());
    lines
}

#[test]
fn a_value_is_hidden_whatever_is_written_inside_of_it() {
    for inside in [
        "",
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[m\x1b[K",
        "\x1b[1;38;2;200;100;50;48;2;255;255;255m",
        "\x1b[38:2::200:100:50m",
        "\x1b(B\x1b[m",
        "\x1b[2K",
        "\x1b[1C",
        "\x1b[?25l",
        "\x07",
        "\x08",
        "\0",
        "\x7f",
        "\r",
        " \r",
        "\r\n",
        "\n\t  ",
        "\x1b[31m\r\n\x1b[31m",
    ] {
        for at in 1..8 {
            let (first, last) = "hunter2x".split_at(at);
            let text = format!("key {first}{inside}{last} end\n");
            for cut in 0..=text.len() {
                let lines = shown(Some(mask()), text.as_bytes(), cut);
                let seen: String = lines.iter().map(|line| plain(line).unwrap()).collect();
                // Of a value that is wrapped, the beginning may be on a line that is shown already.
                let begun = if inside.contains('\n') && at < 4 {
                    first
                } else {
                    ""
                };
                assert_eq!(
                    seen,
                    format!("key {begun}{MASKED} end"),
                    "{text:?}, cut at {cut}"
                );
            }
        }
    }
}

#[test]
fn the_filter_brings_no_halves_together() {
    for text in [
        // A letter that a sequence without end takes; on the page it is seen, and the colour is not.
        "\x1b[1;31hun\x1b[0mter2x",
        "\x1b[hun\x1b[1mter2x",
        "\x1b[31m\x1b[h\x1b[32munter2x",
        "\x1b[1;38;2;200;100;50;48;2;255;255;255hunt\x1b[0mer2x",
        "\x1b(hun\x1b[1mter2x",
    ] {
        let seen: String = shown(Some(mask()), text.as_bytes(), 0).concat();
        assert!(
            !plain(&seen).unwrap().contains("hunter2x"),
            "{text:?}: {seen:?}"
        );
    }
    let far = "x".repeat((64 << 10) - 6);
    for at in 0..40 {
        let text = format!("{}hunt\x1b[1;31mer2x", &far[at..]);
        let seen: String = shown(Some(mask()), text.as_bytes(), 0).concat();
        assert!(
            !plain(&seen).unwrap().contains("hunter2x"),
            "cut at {at} before the end"
        );
    }
}

#[test]
fn without_a_mask_each_line_is_hidden() {
    const HIDDEN: &str = "(hidden: the known secrets cannot be looked for in it)";
    for (text, expected) in [
        ("", 0),
        ("one", 1),
        ("one\n", 1),
        ("one\n\x1b[31mtwo", 2),
        ("\n\n", 2),
    ] {
        for cut in 0..=text.len() {
            assert_eq!(
                shown(None, text.as_bytes(), cut),
                vec![HIDDEN; expected],
                "{text:?}"
            );
        }
    }
}

#[test]
fn hostile_output_shows_no_secret() {
    let good = [
        b"pass hunter2x \x1b[31mhun\x1b[0mter2x hunt\x1b[Ker2x\r\nhun\r\nter2x\n".to_vec(),
        b"\x1b[1;31hunter2x \x1b[hunter2x \x1b(hunter2x \x1b]0;hunter2x\x07 hunter2\x1b[38;2;1;2;3mx".to_vec(),
        b"\x1b[1m\x1b[0m\x1b[31;1m\x1b[h\x1b[1;2".to_vec(),
    ];
    let mask = mask();
    hostile("shown lines", &good, |bytes| {
        let whole = shown(Some(mask.clone()), bytes, 0);
        for line in &whole {
            let text = plain(line).unwrap();
            assert!(!text.contains("hunter2x"), "{text:?}");
        }
        assert_eq!(shown(Some(mask.clone()), bytes, bytes.len() / 2), whole);
    });
}
