//! What is left of texts when they are read.

use super::*;

fn read(reading: Reading, text: &str) -> String {
    let mut left = Vec::new();
    reading.read(text.as_bytes(), |byte, _| left.push(byte));
    String::from_utf8(left).unwrap()
}

#[test]
fn blanks_and_colours_are_not_seen() {
    for (text, expected) in [
        ("a b\r\n\t c\u{0}\u{7f}", "abc"),
        ("\x1b[31;1ma\x1b[0m\x1b[Kb\x1b[38;2;255;0;0mc", "abc"),
        ("\x1b[31ma\x1b(B\x1b[mb", "ab"),
        ("\x1b(&\x1b(", "(&("),
        ("\x1b]0;abc\x07", "]0;abc"),
        ("\x1b[123456mabc", "[123456mabc"),
        ("abc\x1b[", "abc["),
        ("abc\x1b[3", "abc[3"),
    ] {
        assert_eq!(read(Reading::Plain, text), expected, "{text:?}");
    }
}

#[test]
fn quotes_are_left_out() {
    let text = r#""a\"b" 'c'\''d' \&lt\; %41+e"#;
    assert_eq!(read(Reading::Unquoted, text), "abcd&lt;%41e");
}

#[test]
fn escapes_are_undone_as_often_as_they_are_nested() {
    for (text, expected) in [
        ("a%20b%2Fc%2fd+e", "ab/c/de"),
        ("%2541 %25252541", "AA"),
        ("%c3%a9 %C3%A9", "éé"),
        ("%4 %zz %", "%4%zz%"),
        (r#""a\"b" 'c'\''d' 'e''f'"#, "abcdef"),
        (r"a\\n b\n", "anbn"),
        (r"\u0026lt;\u00e9\xc3\xa9\303\251\U0001F600", "<ééé😀"),
        (r"\ud83d\ude00 \\u003d \ud83d", "😀=ud83d"),
        ("&lt;&amp;amp;gt;&#39;&#x3E;&#233;&nbsp;", "<>>é&nbsp;"),
        ("%26amp;lt; %5Cu0041", "<A"),
        ("&#999999999; &#x; &#", "&#999999999;&#x;&#"),
    ] {
        assert_eq!(read(Reading::Decoded, text), expected, "{text:?}");
    }
}

#[test]
fn an_escape_is_undone_where_a_line_was_broken_in_it() {
    for (lines, expected) in [
        (&["a%", "4", "1b"][..], "aAb"),
        (&["a%4\r\n", "1b"], "aAb"),
        (&["a%4 \n", "1b"], "a%41b"),
        (&["\\ud83d\\", "ude0", "0"], "😀"),
        (&["&am", "p;l", "t;", "&#x3", "E;"], "<>"),
        (&["%2", "54", "1 100%", "\n", "x"], "A100%x"),
        (&["a\\", "u00e"], "au00e"),
    ] {
        let mut decoder = Decoder::default();
        let mut left = Vec::new();
        for line in lines {
            decoder.read(line.as_bytes(), 0, &mut |byte, _| left.push(byte));
        }
        decoder.finish(&mut |byte, _| left.push(byte));
        assert_eq!(String::from_utf8(left).unwrap(), expected, "{lines:?}");
    }
}

#[test]
fn a_sequence_that_is_cut_is_known_by_its_beginning() {
    for (text, expected) in [
        ("ab\x1b", 1),
        ("ab\x1b[", 2),
        ("ab\x1b[1;3", 5),
        ("ab\x1b[1;3m", 0),
        ("ab\x1b[1;3 ", 0),
        ("ab\x1b]", 0),
        ("ab", 0),
    ] {
        assert_eq!(open_sequence(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn each_byte_knows_where_it_stands() {
    let mut spans = Vec::new();
    Reading::Decoded.read(br#"a\u0041 %42"c"#, |byte, span| {
        spans.push((char::from(byte), span));
    });
    assert_eq!(
        spans,
        [('a', 0..1), ('A', 1..7), ('B', 8..11), ('c', 12..13)]
    );
}
