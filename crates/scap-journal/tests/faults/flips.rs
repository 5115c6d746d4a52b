//! One bit of a journal's files is not what it was: nothing is used that was not written.

use crate::content::{Content, Files, Verdict, assert_named};
use crate::{folder, size};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_journal::Journal;
use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A bit of one of the two files.
struct Flip {
    file: &'static str,
    offset: usize,
    bit: u8,
}

/// When the bit is flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// Before a process opens the journal: its log is read anew.
    Closed,
    /// While the journal is open: its log is believed.
    Open,
}

#[test]
fn a_flipped_bit_is_never_used() {
    let journals = [
        Files::of_a_varied_journal(3),
        Files::of_a_journal_at_rest(3),
    ]
    .map(|files| {
        let written = files.written();
        (files, written)
    });
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let mut verdicts: BTreeMap<_, u32> = BTreeMap::new();
    for _ in 0..size("SCAP_CHAOS_FLIPS", 100) {
        let (files, written) = &journals[random.random_range(0..2)];
        let flip = Flip::draw(&mut random, files);
        let moment = [Moment::Closed, Moment::Open][random.random_range(0..2)];
        let fault = format!(
            "bit {} of byte {} of {}, {moment:?}",
            flip.bit, flip.offset, flip.file
        );
        let verdict = flip.strike(files, moment, written, &fault);
        *verdicts.entry((flip.file, moment, verdict)).or_default() += 1;
    }
    println!("{verdicts:?}");
}

impl Flip {
    fn draw(random: &mut ChaCha8Rng, files: &Files) -> Self {
        let (file, content) = if files.log.is_empty() || random.random_bool(0.5) {
            ("journal.db", &files.database)
        } else {
            ("journal.db-wal", &files.log)
        };
        let (offset, bit) = (
            random.random_range(0..content.len()),
            random.random_range(0..8),
        );
        Self { file, offset, bit }
    }

    fn strike(&self, files: &Files, moment: Moment, written: &Content, fault: &str) -> Verdict {
        let folder = folder();
        files.write(folder.path());
        let before = (moment == Moment::Open).then(|| Journal::open(folder.path()).unwrap());
        self.write(folder.path());
        let journal = match before {
            Some(journal) => journal,
            None => match Journal::open(folder.path()) {
                Ok(journal) => journal,
                Err(error) => {
                    assert_named(&error, fault);
                    return Verdict::Refused;
                }
            },
        };
        let verdict = written.compare(&Content::of(&journal), fault);
        let verified = journal.verify();
        if verdict == Verdict::Refused {
            let finds_it = verified.is_err_and(|error| error.is_damage())
                || journal
                    .verify()
                    .is_ok_and(|found| !found.damages.is_empty());
            assert!(finds_it, "{fault}: verify finds nothing");
        }
        verdict
    }

    fn write(&self, folder: &Path) {
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(folder.join(self.file))
            .unwrap();
        let mut byte = [0];
        let offset = self.offset as u64;
        file.read_exact_at(&mut byte, offset).unwrap();
        file.write_all_at(&[byte[0] ^ (1 << self.bit)], offset)
            .unwrap();
    }
}
