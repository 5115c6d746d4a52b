//! Where lines end, what is left of one that is written anew, and that all is bounded.

use scap_mask::Terminal;

use crate::lines;

#[test]
fn of_a_line_that_is_written_anew_the_last_state_is_seen() {
    for (text, expected) in [
        ("one\r\ntwo\r\r\nthree", &["one", "two", "three"][..]),
        ("10%\r20%\r100%\n", &["␍100%"]),
        ("10%\r100%\r\n", &["␍100%"]),
        ("\r10%\r", &["10%"]),
        ("10%\r\r\r\n", &["10%"]),
        ("10%\r   \rdone\n", &["␍done"]),
        ("10%\r\x1b[Kdone\n", &["␍␛[Kdone"]),
        ("10%\r\x1b[0m\n", &["10%"]),
        ("a\rb\nc\n", &["␍b", "c"]),
        ("\n\n", &["", ""]),
        ("", &[]),
    ] {
        for cut in 0..=text.len() {
            assert_eq!(
                lines(text.as_bytes(), &[cut]),
                expected,
                "{text:?}, cut at {cut}"
            );
        }
    }
}

#[test]
fn what_people_write_stays() {
    for text in [
        "a\tb  c",
        "äπ漢字 עברית العربية e\u{301} 😀",
        "⚠\u{fe0f} ❤\u{fe0f} ✔\u{fe0e} 🇩🇪",
        "├── 50% ▓▓░░ │ \u{e0b0}",
    ] {
        for cut in 0..=text.len() {
            assert_eq!(lines(text.as_bytes(), &[cut]), [text], "cut at {cut}");
        }
    }
}

#[test]
fn lines_come_out_when_they_end() {
    let mut terminal = Terminal::default();
    for (chunk, expected) in [
        ("one\ntw", &["one"][..]),
        ("o\r", &[]),
        ("\nthree\x1b[3", &["two"]),
        ("1m!\n\n", &["three\x1b[31m!\x1b[0m", ""]),
        ("end", &[]),
    ] {
        assert_eq!(terminal.push(chunk.as_bytes()), expected, "{chunk:?}");
    }
    assert_eq!(terminal.finish(), ["\x1b[31mend\x1b[0m"]);
}

#[test]
fn what_has_no_end_is_handed_out_in_pieces() {
    for part in [
        "x",
        "\x1b]0;",
        "\x1b[1;",
        "\x1bPq",
        "\u{202e}",
        "\x1b[31m\x1b[32mx",
        "1\r2",
        "\x1b",
        "ä",
    ] {
        let whole = part.repeat((1 << 20) / part.len());
        let mut terminal = Terminal::default();
        let mut pieces = Vec::new();
        for chunk in whole.as_bytes().chunks(4_093) {
            pieces.extend(terminal.push(chunk));
        }
        pieces.extend(terminal.finish());
        let longest = pieces.iter().map(String::len).max().unwrap();
        assert!(longest < 66 << 10, "{part:?} makes {longest} bytes");
        assert_eq!(pieces, lines(whole.as_bytes(), &[]), "{part:?}");
    }
}
