//! Writes the output file, up to a limit; the program is never held up by it.

use std::fs::File;
use std::io::Write;

use super::exit::{OutputSize, unix_milliseconds};
use super::output::{Stream, frame};

/// So that a limit that is smaller than a header leaves room for something.
const MOST_FOR_ONE_BYTES: u64 = 4096;

pub(super) struct Recorder {
    file: File,
    room_bytes: u64,
    /// The headers of records are kept as much room for as the output itself: a program that writes byte by byte has more
    /// of them.
    most_bytes: u64,
    end: u64,
    frame: Vec<u8>,
    size: OutputSize,
}

impl Recorder {
    pub(super) fn new(file: File, limit_bytes: u64) -> Self {
        Self {
            file,
            room_bytes: limit_bytes,
            most_bytes: limit_bytes.saturating_mul(2),
            end: 0,
            frame: Vec::new(),
            size: OutputSize::default(),
        }
    }

    /// Keeps `bytes` (at most one record's), or counts what there is no room for.
    pub(super) fn record(&mut self, stream: Stream, bytes: &[u8]) {
        let room = usize::try_from(self.room_bytes).unwrap_or(usize::MAX);
        let kept = bytes.len().min(room);
        let stored = if kept == 0 {
            0
        } else {
            self.store(stream, &bytes[..kept])
        };
        self.room_bytes -= stored.min(self.room_bytes);
        self.size.kept_bytes += stored;
        self.size.dropped_bytes += bytes.len() as u64 - stored;
    }

    fn store(&mut self, stream: Stream, bytes: &[u8]) -> u64 {
        frame(&mut self.frame, stream, unix_milliseconds(), bytes);
        if self.end + self.frame.len() as u64 > self.most_bytes.max(MOST_FOR_ONE_BYTES) {
            self.room_bytes = 0;
            return 0;
        }
        if let Err(error) = self.file.write_all(&self.frame) {
            // Half a record with others after it would be damage; a cut file with none after it is not.
            let _ = self.file.set_len(self.end);
            self.room_bytes = 0;
            self.size.write_error = Some(error.to_string());
            return 0;
        }
        self.end += self.frame.len() as u64;
        bytes.len() as u64
    }

    /// Makes the output durable and says how much of it there is.
    pub(super) fn finish(mut self) -> OutputSize {
        if let Err(error) = self.file.sync_data() {
            self.size.write_error.get_or_insert(error.to_string());
        }
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    #[test]
    fn what_is_beyond_the_limit_is_counted() {
        let mut recorder = Recorder::new(tempfile::tempfile().unwrap(), 5);
        recorder.record(Stream::Stdout, b"abc");
        recorder.record(Stream::Stderr, b"defg");
        recorder.record(Stream::Stdout, b"hi");
        let size = recorder.finish();
        assert_eq!((size.kept_bytes, size.dropped_bytes), (5, 4));
        assert_eq!(size.write_error, None);
    }

    #[test]
    fn a_program_that_writes_byte_by_byte_takes_twice_the_limit_at_most() {
        let file = tempfile::tempfile().unwrap();
        let mut recorder = Recorder::new(file.try_clone().unwrap(), 10_000);
        (0..5_000).for_each(|_| recorder.record(Stream::Stdout, b"x"));
        let size = recorder.finish();
        assert_eq!(size.kept_bytes + size.dropped_bytes, 5_000);
        let length = file.metadata().unwrap().len();
        assert!((19_000..=20_000).contains(&length), "{length}");
    }

    #[test]
    fn a_full_disk_drops_output_and_says_so() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut recorder = Recorder::new(full, 100);
        recorder.record(Stream::Stdout, b"abc");
        recorder.record(Stream::Stdout, b"de");
        let size = recorder.finish();
        assert_eq!((size.kept_bytes, size.dropped_bytes), (0, 5));
        let error = size.write_error.expect("the disk is full");
        assert!(error.contains("No space left"), "{error}");
    }
}
