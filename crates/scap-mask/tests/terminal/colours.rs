//! Colours that stay, each line by itself.

use crate::lines;

#[test]
fn colours_are_kept_in_one_form() {
    for (text, expected) in [
        ("\x1b[31mred\x1b[0m plain", "\x1b[31mred\x1b[0m plain"),
        ("\x1b[31mred\x1b[m plain", "\x1b[31mred\x1b[0m plain"),
        (
            "\x1b[1;4;31ma\x1b[22mb",
            "\x1b[1;4;31ma\x1b[0;4;31mb\x1b[0m",
        ),
        (
            "\x1b[1;2;3;7mx\x1b[23;27my",
            "\x1b[1;2;3;7mx\x1b[0;1;2my\x1b[0m",
        ),
        ("\x1b[4:3mcurly\x1b[4:0mnot", "\x1b[4mcurly\x1b[0mnot"),
        ("\x1b[21mtwice\x1b[24mnot", "\x1b[4mtwice\x1b[0mnot"),
        ("\x1b[97;104mx\x1b[39;49my", "\x1b[97;104mx\x1b[0my"),
        ("\x1b[38;5;208;48;5;7mx", "\x1b[38;5;208;48;5;7mx\x1b[0m"),
        (
            "\x1b[38;2;1;2;3mx\x1b[48:2:4:5:6my",
            "\x1b[38;2;1;2;3mx\x1b[0;38;2;1;2;3;48;2;4;5;6my\x1b[0m",
        ),
        (
            "\x1b[38:2::1:2:3mx\x1b[38:5:9my",
            "\x1b[38;2;1;2;3mx\x1b[0;38;5;9my\x1b[0m",
        ),
        ("\x1b[58;5;1mx\x1b[58;2;1;31;4my", "xy"),
        ("\x1b[5;9;53;31mx", "\x1b[31mx\x1b[0m"),
        ("\x1b[31m\x1b[32m\x1b[33mx\x1b[34m", "\x1b[33mx\x1b[0m"),
        ("\x1b[31m\x1b[0m", ""),
        ("\x1b[38mx\x1b[38;5my\x1b[38;7;1mz", "xy\x1b[1mz\x1b[0m"),
    ] {
        assert_eq!(lines(text.as_bytes(), &[]).concat(), expected, "{text:?}");
    }
}

#[test]
fn each_line_stands_alone() {
    for (text, expected) in [
        (
            "\x1b[31ma\nb\n\nc\x1b[0m\nd",
            &[
                "\x1b[31ma\x1b[0m",
                "\x1b[31mb\x1b[0m",
                "",
                "\x1b[31mc\x1b[0m",
                "d",
            ][..],
        ),
        ("a\x1b[1m\nb", &["a", "\x1b[1mb\x1b[0m"]),
        ("\x1b[32m10%\r\x1b[31m20%\n", &["␍\x1b[31m20%\x1b[0m"]),
    ] {
        assert_eq!(lines(text.as_bytes(), &[]), expected, "{text:?}");
    }
}
