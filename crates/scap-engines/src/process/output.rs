//! The output file: what a program wrote to stdout and stderr, in the order of arrival, without loss.
//!
//! A sequence of records, each `stream: u8` (1 stdout, 2 stderr), `unix_milliseconds: u64`, `length: u32`,
//! `crc32: u32` (of the other fields and the bytes), then `length` bytes; numbers are little-endian. A record holds
//! what one read of a pipe gave, at most 64 KiB. Between the streams the order is that of the supervisor's reads.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use thiserror::Error;

/// The most that one record holds.
pub(super) const RECORD_LIMIT_BYTES: usize = 64 << 10;
const CHECKED_BYTES: usize = 13;
const HEADER_BYTES: usize = CHECKED_BYTES + 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout = 1,
    Stderr = 2,
}

/// Some bytes of output, as they arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub stream: Stream,
    pub unix_milliseconds: u64,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Error)]
pub enum OutputError {
    #[error("cannot read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{}` is damaged at byte {offset}", path.display())]
    Damaged { path: PathBuf, offset: u64 },
}

/// Reads the records of an output file that may still grow.
///
/// It ends where the last whole record ends and can be asked again later, except after damage; a file that does not
/// exist yet is empty.
pub struct Output {
    path: PathBuf,
    file: Option<BufReader<File>>,
    offset: u64,
    damaged: bool,
}

impl Output {
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            file: None,
            offset: 0,
            damaged: false,
        }
    }

    /// What the file has, whole or not, that was not read yet; none while it cannot be asked.
    pub(super) fn unread_bytes(&self) -> u64 {
        let file = self.file.as_ref().map(|file| file.get_ref().metadata());
        let length = file.and_then(Result::ok).map_or(0, |file| file.len());
        length.saturating_sub(self.offset)
    }

    fn next_record(&mut self) -> io::Result<Record> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufReader::new(File::open(&self.path)?)),
        };
        let record = read_record(file);
        match &record {
            Ok(record) => self.offset += (HEADER_BYTES + record.bytes.len()) as u64,
            Err(_) => _ = file.seek(SeekFrom::Start(self.offset))?,
        }
        record
    }
}

impl Iterator for Output {
    type Item = Result<Record, OutputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.damaged {
            return None;
        }
        let source = match self.next_record() {
            Ok(record) => return Some(Ok(record)),
            Err(source) => source,
        };
        let path = self.path.clone();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => None,
            io::ErrorKind::InvalidData => {
                self.damaged = true;
                let offset = self.offset;
                Some(Err(OutputError::Damaged { path, offset }))
            }
            _ => Some(Err(OutputError::Unreadable { path, source })),
        }
    }
}

/// Puts the record of `bytes` into `frame`, in place of what was there.
pub(super) fn frame(frame: &mut Vec<u8>, stream: Stream, unix_milliseconds: u64, bytes: &[u8]) {
    debug_assert!(bytes.len() <= RECORD_LIMIT_BYTES);
    let length = u32::try_from(bytes.len()).expect("a record is far below 4 GiB");
    frame.clear();
    frame.push(stream as u8);
    frame.extend(unix_milliseconds.to_le_bytes());
    frame.extend(length.to_le_bytes());
    frame.extend(checksum(frame, bytes).to_le_bytes());
    frame.extend(bytes);
}

/// Fails with `UnexpectedEof` on a record that is not whole (yet), with `InvalidData` on a damaged one.
fn read_record(file: &mut impl Read) -> io::Result<Record> {
    let mut checked = [0; CHECKED_BYTES];
    let mut expected = [0; 4];
    file.read_exact(&mut checked)?;
    file.read_exact(&mut expected)?;
    let (milliseconds, length) = checked[1..].split_at(8);
    let milliseconds = milliseconds.try_into().expect("eight bytes");
    let length = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
    let stream = match checked[0] {
        1 => Stream::Stdout,
        2 => Stream::Stderr,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    if length > RECORD_LIMIT_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    if checksum(&checked, &bytes).to_le_bytes() != expected {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Record {
        stream,
        unix_milliseconds: u64::from_le_bytes(milliseconds),
        bytes,
    })
}

fn checksum(header: &[u8], bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(header);
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_records() -> (Vec<u8>, usize) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        frame(&mut first, Stream::Stdout, 7, b"on its way\n");
        frame(&mut second, Stream::Stderr, 8, b"\xff\0\n");
        let border = first.len();
        first.extend(second);
        (first, border)
    }

    fn read(path: &std::path::Path) -> Vec<Result<Record, OutputError>> {
        Output::at(path.to_owned()).collect()
    }

    #[test]
    fn a_file_torn_at_any_byte_gives_its_whole_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let (bytes, border) = two_records();
        for length in 0..=bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let whole = usize::from(length >= border) + usize::from(length == bytes.len());
            let records: Vec<_> = read(&path).into_iter().map(Result::unwrap).collect();
            assert_eq!(records.len(), whole, "cut at {length}");
        }
    }

    #[test]
    fn a_reader_goes_on_when_a_torn_record_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let (bytes, border) = two_records();
        let mut output = Output::at(path.clone());
        assert!(output.next().is_none());
        std::fs::write(&path, &bytes[..border + 5]).unwrap();
        assert_eq!(output.next().unwrap().unwrap().bytes, b"on its way\n");
        assert!(output.next().is_none());
        std::fs::write(&path, &bytes).unwrap();
        let second = output.next().unwrap().unwrap();
        let expected = (Stream::Stderr, 8, b"\xff\0\n".to_vec());
        assert_eq!(
            (second.stream, second.unix_milliseconds, second.bytes),
            expected
        );
    }

    /// A flipped length may look like a torn tail; what counts is that no wrong byte is handed out.
    #[test]
    fn no_flipped_bit_is_read_as_output() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("output");
        let (bytes, _) = two_records();
        std::fs::write(&path, &bytes).unwrap();
        let right: Vec<_> = read(&path).into_iter().map(Result::unwrap).collect();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &flipped).unwrap();
            let whole: Vec<_> = read(&path).into_iter().map_while(Result::ok).collect();
            assert!(whole.len() < 2, "bit {bit}");
            assert_eq!(whole, right[..whole.len()], "bit {bit}");
        }
    }

    #[test]
    fn hostile_output_files_are_read_to_an_end() {
        let (good, _) = two_records();
        scap_hostile::hostile("output", &[good], |bytes| {
            let mut rest = bytes;
            let mut held = 0;
            while let Ok(record) = read_record(&mut rest) {
                held += record.bytes.len();
            }
            assert!(held <= bytes.len());
        });
    }
}
