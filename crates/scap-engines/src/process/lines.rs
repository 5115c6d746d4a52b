//! Lines of text for people, put together from records.

use std::collections::VecDeque;

use super::output::{Record, Stream};
use crate::secrets::{KnownSecrets, MaskedStream};

/// A line longer than this is handed out in pieces.
const LINE_LIMIT_BYTES: usize = 64 << 10;

/// One line of output, without its end; bytes that are no UTF-8 are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    pub stream: Stream,
    /// When its end arrived.
    pub unix_milliseconds: u64,
    pub text: String,
}

/// Turns records into lines that anybody may see; each stream has its own line in the making.
pub struct Lines {
    stdout: InTheMaking,
    stderr: InTheMaking,
    last_unix_milliseconds: u64,
    whole: VecDeque<OutputLine>,
}

struct InTheMaking {
    masked: MaskedStream,
    line: Vec<u8>,
}

impl Lines {
    /// `secrets` that are learned later are not masked.
    pub fn new(secrets: &KnownSecrets) -> Self {
        let in_the_making = || InTheMaking {
            masked: secrets.stream(),
            line: Vec::new(),
        };
        Self {
            stdout: in_the_making(),
            stderr: in_the_making(),
            last_unix_milliseconds: 0,
            whole: VecDeque::new(),
        }
    }

    /// The lines that `record` completes, as far as none of them can be the beginning of a secret.
    pub fn add(&mut self, record: &Record) -> impl Iterator<Item = OutputLine> {
        self.last_unix_milliseconds = record.unix_milliseconds;
        let seen = self.of(record.stream).masked.push(&record.bytes);
        self.take(record.stream, &seen);
        self.whole.drain(..)
    }

    /// Takes `record` in as [`Self::add`] does, so that what comes after it is masked as it must be, and only counts the
    /// lines.
    pub(super) fn pass_over(&mut self, record: &Record) -> u64 {
        self.last_unix_milliseconds = record.unix_milliseconds;
        let in_the_making = self.of(record.stream);
        let seen = in_the_making.masked.push(&record.bytes);
        let mut ends = seen.iter().rev();
        match ends.position(|byte| *byte == b'\n') {
            Some(rest) => in_the_making.line = seen[seen.len() - rest..].to_vec(),
            None => in_the_making.line.extend(&seen),
        }
        in_the_making.line.truncate(LINE_LIMIT_BYTES);
        seen.iter()
            .fold(0, |lines, byte| lines + u64::from(*byte == b'\n'))
    }

    /// The last lines, which the program left without an end.
    pub fn finish(mut self) -> impl Iterator<Item = OutputLine> {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let seen = self.of(stream).masked.finish();
            self.take(stream, &seen);
            if !self.of(stream).line.is_empty() {
                self.complete(stream);
            }
        }
        self.whole.into_iter()
    }

    /// Takes in what has passed the mask.
    fn take(&mut self, stream: Stream, seen: &[u8]) {
        for piece in seen.split_inclusive(|byte| *byte == b'\n') {
            let line = &mut self.of(stream).line;
            line.extend(piece);
            if line.ends_with(b"\n") || line.len() >= LINE_LIMIT_BYTES {
                self.complete(stream);
            }
        }
    }

    fn of(&mut self, stream: Stream) -> &mut InTheMaking {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn complete(&mut self, stream: Stream) {
        let line = std::mem::take(&mut self.of(stream).line);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.whole.push_back(OutputLine {
            stream,
            unix_milliseconds: self.last_unix_milliseconds,
            text: String::from_utf8_lossy(line).into_owned(),
        });
    }
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
        let chunk = vec![b'x'; LINE_LIMIT_BYTES];
        let lines = lines_of(&[(Stream::Stdout, &chunk), (Stream::Stdout, b"y")]);
        assert_eq!(lines.len(), 2);
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
                assert!(!line.text.contains("hunter2x") && !line.text.contains('\n'));
            }
        });
    }
}
