//! What has been done to people who looked at output: each is text that does nothing.

use crate::lines;
use crate::plain::plain;

/// What it is, what a program writes, and the lines that are seen.
pub(crate) const ATTACKS: &[(&str, &[u8], &[&str])] = &[
    (
        "CVE-2019-0542, a line run by the answer to DECRQSS",
        b"\x1bP$q\n;id\n;\x1b\\",
        &["␛P$q", ";id", ";␛\\"],
    ),
    (
        "CVE-2008-2383, the same in xterm",
        b"\x1bP$q\r\nxclock\r\n\x1b\\",
        &["␛P$q", "xclock", "␛\\"],
    ),
    (
        "CVE-2021-25743, a clean screen in an event",
        b"\x1b[2J\x1b[1;1HNormal  Pulled",
        &["␛[2J␛[1;1HNormal  Pulled"],
    ),
    (
        "CVE-2003-0063, the title reported as input",
        b"\x1b]2;id\x07\x1b[21t",
        &["␛]2;id␇␛[21t"],
    ),
    (
        "CVE-2022-45063, the font reported as input",
        b"\x1b]50;i$(id)\x07\x1b]50;?\x07",
        &["␛]50;i$(id)␇␛]50;?␇"],
    ),
    ("CVE-2021-33477, ESC G Q", b"\x1bGQ;id", &["␛GQ;id"]),
    (
        "CVE-2019-9535, the protocol of tmux",
        b"\x1bP1000p%output %1 x\n",
        &["␛P1000p%output %1 x"],
    ),
    (
        "CVE-2021-42574, source that is read the other way",
        "if \u{202e}a\u{2066}b\u{2069}\u{202c}".as_bytes(),
        &["if <U+202E>a<U+2066>b<U+2069><U+202C>"],
    ),
    (
        "clipboard written, OSC 52",
        b"\x1b]52;c;aWQ=\x07",
        &["␛]52;c;aWQ=␇"],
    ),
    (
        "clipboard read, OSC 52",
        b"\x1b]52;c;?\x1b\\",
        &["␛]52;c;?␛\\"],
    ),
    (
        "hyperlink, OSC 8",
        b"\x1b]8;;http://evil.example\x1b\\docs\x1b]8;;\x1b\\",
        &["␛]8;;http://evil.example␛\\docs␛]8;;␛\\"],
    ),
    ("title, OSC 0", b"\x1b]0;root@db\x07ok", &["␛]0;root@db␇ok"]),
    (
        "colours of the palette, OSC 4",
        b"\x1b]4;1;#000000\x07",
        &["␛]4;1;#000000␇"],
    ),
    (
        "file, OSC 1337",
        b"\x1b]1337;File=inline=1:AAAA\x07",
        &["␛]1337;File=inline=1:AAAA␇"],
    ),
    (
        "notification, OSC 99",
        b"\x1b]99;;hello\x1b\\",
        &["␛]99;;hello␛\\"],
    ),
    (
        "OSC without end",
        b"\x1b]0;never\nclosed\n",
        &["␛]0;never", "closed"],
    ),
    (
        "OSC in 8 bits",
        b"\x9d52;c;aWQ=\x9c",
        &["\\x9D52;c;aWQ=\\x9C"],
    ),
    ("sixel", b"\x1bPq#0~~@@\x1b\\", &["␛Pq#0~~@@␛\\"]),
    (
        "keys redefined, DECUDK",
        b"\x1bP1;1|17/6964\x1b\\",
        &["␛P1;1|17/6964␛\\"],
    ),
    ("APC", b"\x1b_Gf=24;AAAA\x1b\\", &["␛_Gf=24;AAAA␛\\"]),
    ("PM", b"\x1b^private\x1b\\", &["␛^private␛\\"]),
    ("SOS", b"\x1bXhidden\x1b\\", &["␛Xhidden␛\\"]),
    ("CSI in 8 bits", b"\x9b31mred", &["\\x9B31mred"]),
    (
        "CSI in 8 bits, as UTF-8",
        b"\xc2\x9b31mred",
        &["<U+009B>31mred"],
    ),
    (
        "device attributes",
        b"\x1b[c\x1b[>c\x1b[=c\x1bZ",
        &["␛[c␛[>c␛[=c␛Z"],
    ),
    ("where the cursor is", b"\x1b[6n\x1b[?6n", &["␛[6n␛[?6n"]),
    ("who is there", b"\x05", &["␅"]),
    ("mode asked for, DECRQM", b"\x1b[?2026$p", &["␛[?2026$p"]),
    (
        "capability asked for, XTGETTCAP",
        b"\x1bP+q544e\x1b\\",
        &["␛P+q544e␛\\"],
    ),
    (
        "checksum of an area, DECRQCRA",
        b"\x1b[1;1;1;1;1;1*y",
        &["␛[1;1;1;1;1;1*y"],
    ),
    (
        "line above written over",
        b"failed\n\x1b[1A\x1b[2Kok\n",
        &["failed", "␛[1A␛[2Kok"],
    ),
    ("line written over", b"rm -rf /\rls\n", &["␍ls"]),
    (
        "letters written over",
        b"bad\x08\x08\x08ok\n",
        &["bad␈␈␈ok"],
    ),
    (
        "another screen",
        b"\x1b[?1049hfake\x1b[?1049l",
        &["␛[?1049hfake␛[?1049l"],
    ),
    (
        "mouse, paste and focus reported",
        b"\x1b[?1000h\x1b[?2004h\x1b[?1004h",
        &["␛[?1000h␛[?2004h␛[?1004h"],
    ),
    ("keyboard locked", b"\x1b[2h", &["␛[2h"]),
    ("screen printed", b"\x1b[i\x1b[5i", &["␛[i␛[5i"]),
    (
        "window moved",
        b"\x1b[3;0;0t\x1b[8;1;1t",
        &["␛[3;0;0t␛[8;1;1t"],
    ),
    ("scrolling region", b"\x1b[2;3r", &["␛[2;3r"]),
    ("cursor hidden", b"\x1b[?25l", &["␛[?25l"]),
    ("reset, soft reset", b"\x1bc\x1b[!p", &["␛c␛[!p"]),
    ("screen of E", b"\x1b#8", &["␛#8"]),
    (
        "last character again",
        b"x\x1b[999999999b",
        &["x␛[999999999b"],
    ),
    (
        "other characters",
        b"\x1b(0lqk\x1b(B\x0eq\x0f",
        &["␛(0lqk␛(B␎q␏"],
    ),
    ("out of UTF-8", b"\x1b%@", &["␛%@"]),
    ("concealed", b"\x1b[8mrm -rf /\x1b[0m", &["rm -rf /"]),
    (
        "keys modified, which ends as colours do",
        b"\x1b[>4;2m\x1b[?4m",
        &["␛[>4;2m␛[?4m"],
    ),
    (
        "colours with something between",
        b"\x1b[31 m\x1b[3\x071m\x1b[3\x181m",
        &["␛[31 m␛[3␇1m␛[3␘1m"],
    ),
    ("colours over two lines", b"\x1b[3\n1m", &["␛[3", "1m"]),
    (
        "colours of more than a byte",
        b"\x1b[38;2;256;0;0mx\x1b[38;5;999my",
        &["xy"],
    ),
    (
        "a number too long",
        b"\x1b[0000000031mx",
        &["␛[0000000031mx"],
    ),
    (
        "too many numbers",
        b"\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mx",
        &["␛[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1mx"],
    ),
    (
        "more numbers than a parser keeps",
        b"\x1b[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;mx",
        &["␛[;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;mx"],
    ),
    (
        "an escape in an escape",
        b"\x1b\x1b[31mx\x1b]0;\x1b[32my\x07",
        &["␛\x1b[31mx␛]0;\x1b[0;32my␇\x1b[0m"],
    ),
    ("an escape without end", b"\x1b[31", &["␛[31"]),
    ("nothing but an escape", b"\x1b", &["␛"]),
    (
        "zero-width characters",
        "sc\u{200b}ap\u{200d}\u{2060}\u{feff}".as_bytes(),
        &["sc<U+200B>ap<U+200D><U+2060><U+FEFF>"],
    ),
    (
        "tags",
        "ok\u{e0041}\u{e007f}".as_bytes(),
        &["ok<U+E0041><U+E007F>"],
    ),
    (
        "selectors that hold bytes",
        "a\u{fe0f}\u{fe00}\u{e0100}".as_bytes(),
        &["a<U+FE0F><U+FE00><U+E0100>"],
    ),
    (
        "fillers",
        "a\u{3164}\u{ffa0}\u{115f}\u{34f}b".as_bytes(),
        &["a<U+3164><U+FFA0><U+115F><U+034F>b"],
    ),
    (
        "soft hyphens and marks of direction",
        "a\u{ad}b\u{200e}\u{200f}\u{61c}".as_bytes(),
        &["a<U+00AD>b<U+200E><U+200F><U+061C>"],
    ),
    (
        "ends of lines that are none",
        "a\u{2028}b\u{2029}c\u{85}d\x0be\x0cf".as_bytes(),
        &["a<U+2028>b<U+2029>c<U+0085>d␋e␌f"],
    ),
    (
        "no UTF-8",
        b"a\xffb\xc3(\xed\xa0\x80\xf5\x80",
        &["a\\xFFb\\xC3(\\xED\\xA0\\x80\\xF5\\x80"],
    ),
    (
        "an escape in too many bytes",
        b"\xc0\x9b\xe0\x80\x9b[31m",
        &["\\xC0\\x9B\\xE0\\x80\\x9B[31m"],
    ),
    ("zeros", b"a\0b\x7f", &["a␀b␡"]),
];

#[test]
fn attacks_are_text() {
    for (name, text, expected) in ATTACKS {
        for cut in 0..=text.len() {
            assert_eq!(lines(text, &[cut]), *expected, "{name}, cut at {cut}");
        }
        for line in *expected {
            assert_eq!(plain(line).err(), None, "{name}");
        }
    }
}
