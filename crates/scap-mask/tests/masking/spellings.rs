//! A value is hidden however it is written, and only it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::writers::{EXACT, coloured};
use crate::{MASKED, mask_of, seen};

/// With all that is written in special ways; the second and third show that a part of a long value is one, too.
const VALUES: [&str; 6] = [
    "hunter2x",
    r#"p"a's\s %41&lt<w>+ö😀d/=$ x9"#,
    "Aa1!Bb2@Cc3#Dd4$Ee5%Ff6^Gg7&Hh8*Ii9(Jj0)Kk-Ll_Mm=Nn+Oo[Pp]Qq{Rr}Ss|Tt:Uu;Vv,Ww.Xx<Yy>Zz/",
    "first-line-of-it\nshort\nsecond line: \"of\" it\n\tthird\\line",
    "n\\new%20line",
    "0123456789",
];

#[test]
fn a_value_is_hidden_in_each_spelling_and_at_each_cut() {
    for value in VALUES {
        let mask = mask_of(&[value]);
        for (name, write) in EXACT {
            let text = format!("key: \"{}\" end\n", write(value));
            let expected = format!("key: \"{MASKED}\" end\n");
            for cut in 0..text.len() {
                let seen = seen(&mask, text.as_bytes(), &[cut]);
                let seen = String::from_utf8_lossy(&seen);
                assert_eq!(seen, expected, "{name} of {value:?}, cut at {cut}");
            }
        }
    }
}

#[test]
fn what_looks_like_an_escape_in_a_value_is_found_too() {
    let mask = mask_of(&["&lt;ersand%26;\\u0041", r"C:\new\table"]);
    for text in [
        r"&lt;ersand%26;\u0041",
        r"&amp;lt;ersand%26;\u0041",
        r"&lt;ersand%26;\\u0041",
        "Jmx0O2Vyc2FuZCUyNjtcdTAwNDE=",
        r"C:\new\table",
        r"C:\\new\\table",
        "C%3A%5Cnew%5Ctable",
    ] {
        assert_eq!(mask.mask(text), MASKED, "{text}");
    }
}

#[test]
fn colours_inside_of_a_value_are_kept() {
    for value in VALUES {
        let text = format!("\x1b[1mkey: {}\x1b[0m end", coloured(value));
        let expected = format!("\x1b[1mkey: {MASKED}\x1b[0;31m\x1b[0m end");
        assert_eq!(mask_of(&[value]).mask(&text), expected);
    }
    let diff = "\x1b[32mkey: |\x1b[0m\n\x1b[32m  hunter\x1b[0m\n\x1b[32m  second\x1b[0m\n";
    let expected = format!("\x1b[32mkey: |\x1b[0m\n\x1b[32m  {MASKED}\x1b[0m\x1b[32m\x1b[0m\n");
    assert_eq!(mask_of(&["hunter\nsecond\n"]).mask(diff), expected);
}

#[test]
fn a_value_inside_of_longer_base64_leaves_at_most_the_digits_at_its_borders() {
    for value in VALUES {
        let mask = mask_of(&[value]);
        for lead in 0..4 {
            for trail in 0..4 {
                let inner = format!("{}{value}{}", &"a: b"[..lead], &"c: d"[..trail]);
                let once = BASE64_STANDARD.encode(inner);
                let twice = BASE64_STANDARD.encode(format!("--{once}--"));
                for (text, most_left) in [(once, 8 + 8), (twice, 16 + 16)] {
                    let seen = mask.mask(&text).into_owned();
                    assert_eq!(seen.matches(MASKED).count(), 1, "{seen}");
                    let left = seen.len() - MASKED.len();
                    assert!(left <= most_left, "{value:?}: {seen}");
                }
            }
        }
    }
}

#[test]
fn base32_and_utf_16_are_known() {
    let mask = mask_of(&["foobar!", "hunter2x"]);
    for (text, expected) in [
        ("MZXW6YTBOIQQ====", MASKED.to_owned()),
        ("h\0u\0n\0t\0e\0r\x002\0x\0", format!("{MASKED}\0")),
    ] {
        assert_eq!(mask.mask(text), expected);
    }
}

#[test]
fn lines_of_a_value_are_hidden_where_something_stands_before_each() {
    let mask = mask_of(&["-----BEGIN CERTIFICATE-----\nMIIBszCCAVmg\nq83u\nAwIBAgIUJTq/\n"]);
    let text = "12:01 -----BEGIN CERTIFICATE-----\n12:02 MIIBszCCAVmg\n12:03 AwIBAgIUJTq/\n";
    let expected = format!("12:01 -----BEGIN CERTIFICATE-----\n12:02 {MASKED}\n12:03 {MASKED}\n");
    assert_eq!(mask.mask(text), expected);
}

#[test]
fn a_part_of_a_long_value_is_hidden() {
    let value: String = (100..140).map(|it| it.to_string()).collect();
    let text = format!("begins {}…", &value[..70]);
    let expected = format!("begins {MASKED}{}…", &value[64..70]);
    assert_eq!(mask_of(&[&value]).mask(&text), expected);
}

#[test]
fn values_that_overlap_are_hidden_together() {
    let mask = mask_of(&["abcdefgh", "efghijkl", "hijklmno"]);
    assert_eq!(mask.mask("xabcdefghijklmnoy"), format!("x{MASKED}y"));
    assert_eq!(mask.mask("xabcdefghabcdefghy"), format!("x{MASKED}y"));
}
