//! Whatever is written: text and colours come out, the same however it is cut; a real terminal's parser agrees.

use scap_hostile::hostile;
use vte::{Params, Parser, Perform};

use crate::attacks::ATTACKS;
use crate::lines;
use crate::plain::plain;

#[test]
fn hostile_output_is_text_and_colours() {
    let good: Vec<Vec<u8>> = ATTACKS.iter().map(|(_, text, _)| text.to_vec()).collect();
    let lively =
        b"\x1b[1;31mfailed\x1b[0m 10%\r\x1b[38;2;1;2;3m20%\xe2\x9a\xa0\xef\xb8\x8f\r\n".to_vec();
    let all = good.concat();
    hostile("terminal", &[good, vec![lively, all]].concat(), |bytes| {
        let whole = lines(bytes, &[]);
        for line in &whole {
            assert_eq!(plain(line).err(), None);
            let mut seen = Seen::default();
            Parser::new().advance(&mut seen, line.as_bytes());
            assert!(seen.others.is_empty(), "{line:?} does {:?}", seen.others);
            assert_eq!(plain(line).as_ref(), Ok(&seen.text));
        }
        let step = bytes.len() / 5 + 1;
        let cuts: Vec<usize> = (0..bytes.len()).step_by(step).collect();
        assert_eq!(lines(bytes, &cuts), whole);
        if bytes.len() < 300 {
            let cuts: Vec<usize> = (0..bytes.len()).collect();
            assert_eq!(lines(bytes, &cuts), whole);
        }
    });
}

/// What a terminal would do.
#[derive(Default)]
struct Seen {
    text: String,
    others: Vec<String>,
}

impl Perform for Seen {
    fn print(&mut self, character: char) {
        self.text.push(character);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\t' => self.text.push('\t'),
            _ => self.others.push(format!("control {byte}")),
        }
    }

    fn csi_dispatch(&mut self, _: &Params, between: &[u8], is_cut: bool, action: char) {
        if action != 'm' || !between.is_empty() || is_cut {
            self.others.push(format!("CSI {action}"));
        }
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, action: char) {
        self.others.push(format!("DCS {action}"));
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.others.push("OSC".to_owned());
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.others.push(format!("ESC {byte}"));
    }
}
