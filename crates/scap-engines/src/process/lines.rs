//! Lines of text for people, put together from records.

use scap_mask::ShownLines;

use super::output::{Record, Stream};
use crate::secrets::KnownSecrets;

/// One line of output as people see it: masked, with colours only, and without its end. A line longer than 64 KiB comes in
/// pieces. Programs that read other programs' output read [`super::Output`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    pub stream: Stream,
    /// When its end arrived.
    pub unix_milliseconds: u64,
    pub text: String,
}

/// Turns records into lines that anybody may see; each stream has its own line in the making.
///
/// What may be the beginning of a secret is shown when more has come or the program has ended, however long that takes:
/// half a secret that was shown after some time cannot be taken back.
pub struct Lines {
    stdout: ShownLines,
    stderr: ShownLines,
    last_unix_milliseconds: u64,
}

impl Lines {
    /// `secrets` that are learned later are not masked.
    pub fn new(secrets: &KnownSecrets) -> Self {
        Self {
            stdout: secrets.shown_lines(),
            stderr: secrets.shown_lines(),
            last_unix_milliseconds: 0,
        }
    }

    /// The lines that `record` completes, as far as none of them can be the beginning of a secret.
    pub fn add(&mut self, record: &Record) -> impl Iterator<Item = OutputLine> + use<> {
        let texts = self.take(record);
        lines(record.stream, record.unix_milliseconds, texts)
    }

    /// Takes `record` in as [`Self::add`] does, so that what comes after it is masked as it must be, and only counts the
    /// lines.
    pub(super) fn pass_over(&mut self, record: &Record) -> u64 {
        self.take(record).len() as u64
    }

    /// The last lines, which the program left without an end.
    pub fn finish(self) -> impl Iterator<Item = OutputLine> {
        let at = self.last_unix_milliseconds;
        let stdout = lines(Stream::Stdout, at, self.stdout.finish());
        stdout.chain(lines(Stream::Stderr, at, self.stderr.finish()))
    }

    fn take(&mut self, record: &Record) -> Vec<String> {
        self.last_unix_milliseconds = record.unix_milliseconds;
        let shown = match record.stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        shown.push(&record.bytes)
    }
}

fn lines(
    stream: Stream,
    unix_milliseconds: u64,
    texts: Vec<String>,
) -> impl Iterator<Item = OutputLine> {
    texts.into_iter().map(move |text| OutputLine {
        stream,
        unix_milliseconds,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(records: &[(Stream, &[u8])]) -> Vec<(Stream, String)> {
        let mut lines = Lines::new(&KnownSecrets::default());
        let mut all = Vec::new();
        for (stream, bytes) in records {
            let record = Record {
                stream: *stream,
                unix_milliseconds: 0,
                bytes: bytes.to_vec(),
            };
            all.extend(lines.add(&record));
        }
        all.extend(lines.finish());
        all.into_iter()
            .map(|line| (line.stream, line.text))
            .collect()
    }

    #[test]
    fn lines_of_both_streams_are_put_together_across_records() {
        use Stream::{Stderr, Stdout};
        let lines = lines_of(&[
            (Stdout, b"one\ntw"),
            (Stderr, b"warn"),
            (Stdout, b"o\r\n\nend"),
            (Stderr, b"ing\n"),
        ]);
        let expected = [
            (Stdout, "one"),
            (Stdout, "two"),
            (Stdout, ""),
            (Stderr, "warning"),
            (Stdout, "end"),
        ];
        assert_eq!(lines, expected.map(|(s, text)| (s, text.to_owned())));
    }

    #[test]
    fn lines_that_are_passed_over_are_counted_and_the_one_they_end_in_is_whole() {
        let mut lines = Lines::new(&KnownSecrets::default());
        let record = |text: &str| Record {
            stream: Stream::Stdout,
            unix_milliseconds: 0,
            bytes: text.as_bytes().to_vec(),
        };
        assert_eq!(lines.pass_over(&record("one\ntwo\nth")), 2);
        assert_eq!(lines.pass_over(&record("re")), 0);
        let texts: Vec<String> = lines
            .add(&record("e\nfour\n"))
            .map(|line| line.text)
            .collect();
        assert_eq!(texts, ["three", "four"]);
    }

    #[test]
    fn a_line_without_end_is_cut_so_that_memory_is_bounded() {
        let chunk = vec![b'x'; 64 << 10];
        let lines = lines_of(&[(Stream::Stdout, &chunk), (Stream::Stdout, b"y")]);
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn of_what_a_terminal_would_act_on_only_colours_are_left() {
        let lines = lines_of(&[
            (Stream::Stdout, b"\x1b]0;title\x07\x1b[31mred\x1b[0m\n"),
            (Stream::Stdout, b" 10 %\r 90 %\r100 %\n"),
        ]);
        let texts: Vec<&str> = lines.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "\u{241b}]0;title\u{2407}\x1b[31mred\x1b[0m",
                "\u{240d}100 %"
            ]
        );
    }

    #[test]
    fn hostile_output_becomes_lines_that_are_bounded_and_masked() {
        let secrets = KnownSecrets::default();
        secrets.learn([crate::secrets::Secret {
            label: "secret store/password".to_owned(),
            value: b"hunter2x".to_vec(),
        }]);
        let good = [
            b"one\r\n\x1b[31mtwo hunter2x aHVudGVyMng= three\n".to_vec(),
            b"\xff\0 end".to_vec(),
        ];
        scap_hostile::hostile("lines", &good, |bytes| {
            let mut lines = Lines::new(&secrets);
            let mut all = Vec::new();
            for (place, piece) in bytes.chunks(37).enumerate() {
                let record = Record {
                    stream: if place % 5 == 0 {
                        Stream::Stderr
                    } else {
                        Stream::Stdout
                    },
                    unix_milliseconds: 0,
                    bytes: piece.to_vec(),
                };
                all.extend(lines.add(&record));
            }
            all.extend(lines.finish());
            for line in all {
                assert!(
                    !line.text.contains("hunter2x") && !line.text.contains(['\n', '\r', '\x07'])
                );
            }
        });
    }
}
