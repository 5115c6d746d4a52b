//! What is kept of the programs of runs, for those who may see it without the mask.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use scap_mask::Terminal;

use super::ProgramError;
use super::folder::{Folder, unusable};
use super::output::{Output, Stream};
use super::program::ProgramId;

/// The programs below one folder, those of all runs.
#[derive(Clone, Debug)]
pub struct Kept {
    base: PathBuf,
}

/// What a program printed, as it did but for escape sequences: those are shown as text, and only colours are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawLines {
    pub lines: Vec<String>,
    /// How many there were before these.
    pub left_out: u64,
}

/// What programs of one run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRun {
    /// Its folder's name.
    pub run: String,
    pub bytes: u64,
    /// When something of it was written last; long ago where there is nothing.
    pub changed: SystemTime,
}

impl KeptRun {
    fn take_in(&mut self, program: &Path) -> io::Result<()> {
        for file in fs::read_dir(program)? {
            let file = file?.metadata()?;
            self.bytes += file.len();
            self.changed = self.changed.max(file.modified()?);
        }
        Ok(())
    }
}

impl Kept {
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into() }
    }

    /// The programs of a run, in the order in which they were started; none where nothing of it is kept.
    pub fn programs(&self, run: &str) -> Result<Vec<ProgramId>, ProgramError> {
        let run: ProgramId = run.parse()?;
        let folder = self.base.join(&run);
        let mut programs = Vec::new();
        for name in names(&folder).map_err(unusable(&folder))? {
            // The fence is no program.
            let Ok(id) = format!("{run}/{name}").parse::<ProgramId>() else {
                continue;
            };
            let start = Folder::new(&self.base, &id).start()?;
            let started = start.map_or(u64::MAX, |start| start.started_unix_milliseconds);
            programs.push((started, name, id));
        }
        programs.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        Ok(programs.into_iter().map(|(_, _, id)| id).collect())
    }

    /// What a person calls the program.
    pub fn label(&self, id: &ProgramId) -> Result<String, ProgramError> {
        let program = Folder::new(&self.base, id).program()?;
        Ok(program.map_or_else(|| id.to_string(), |program| program.label))
    }

    /// What all runs left, by the names of their folders.
    pub fn runs(&self) -> Result<Vec<KeptRun>, ProgramError> {
        let runs = names(&self.base).map_err(unusable(&self.base))?;
        let runs = runs.into_iter().map(|run| {
            let folder = self.base.join(&run);
            let mut kept = KeptRun {
                run,
                bytes: 0,
                changed: SystemTime::UNIX_EPOCH,
            };
            for program in program_folders(&folder)? {
                kept.take_in(&program)?;
            }
            Ok(kept)
        });
        let runs = runs.collect::<io::Result<_>>();
        Ok(runs.map_err(unusable(&self.base))?)
    }

    /// Removes what programs of an ended run left. Its fence stays: a runner that was stopped may still come late.
    pub fn remove(&self, run: &str) -> Result<(), ProgramError> {
        let run: ProgramId = run.parse()?;
        let folder = self.base.join(&run);
        let removed = program_folders(&folder)
            .and_then(|programs| programs.iter().try_for_each(fs::remove_dir_all));
        Ok(removed.map_err(unusable(&folder))?)
    }

    /// The last lines, of both streams, that have so many bytes together. Nothing is masked.
    pub fn raw_lines(&self, id: &ProgramId, most_bytes: usize) -> Result<RawLines, ProgramError> {
        let mut last = Last::new(most_bytes);
        let (mut stdout, mut stderr) = (Terminal::default(), Terminal::default());
        for record in Output::at(Folder::new(&self.base, id).file("output")) {
            let record = record?;
            let terminal = match record.stream {
                Stream::Stdout => &mut stdout,
                Stream::Stderr => &mut stderr,
            };
            last.extend(terminal.push(&record.bytes));
        }
        last.extend(stdout.finish());
        last.extend(stderr.finish());
        Ok(RawLines {
            lines: last.lines.into(),
            left_out: last.left_out,
        })
    }
}

/// As many lines as there is room for.
struct Last {
    lines: VecDeque<String>,
    left_out: u64,
    bytes: usize,
    most_bytes: usize,
}

impl Last {
    fn new(most_bytes: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            left_out: 0,
            bytes: 0,
            most_bytes,
        }
    }

    fn extend(&mut self, lines: Vec<String>) {
        for line in lines {
            self.bytes += line.len();
            self.lines.push_back(line);
        }
        while self.bytes > self.most_bytes
            && let Some(first) = self.lines.pop_front()
        {
            self.bytes -= first.len();
            self.left_out += 1;
        }
    }
}

/// Those of a run; a fence is a file.
fn program_folders(run: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = names(run)?.into_iter().map(|name| run.join(name));
    Ok(paths.filter(|path| path.is_dir()).collect())
}

/// Of all that is in a folder; of none where there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::output::frame;
    use std::fs::create_dir_all;

    fn kept_of(records: &[(Stream, &str)]) -> (tempfile::TempDir, Kept, ProgramId) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("7/0-act-1");
        create_dir_all(&program).unwrap();
        fs::write(folder.path().join("7/.fence"), "1").unwrap();
        let (mut output, mut record) = (Vec::new(), Vec::new());
        for (stream, text) in records {
            frame(&mut record, *stream, 0, text.as_bytes());
            output.extend(&record);
        }
        fs::write(program.join("output"), output).unwrap();
        let kept = Kept::new(folder.path());
        (folder, kept, "7/0-act-1".parse().unwrap())
    }

    #[test]
    fn all_programs_of_a_run_are_found_and_nothing_else() {
        let (_folder, kept, id) = kept_of(&[]);
        assert_eq!(kept.programs("7").unwrap(), [id]);
        assert_eq!(kept.programs("8").unwrap(), []);
        assert!(kept.programs("../7").is_err());
    }

    #[test]
    fn what_a_run_left_is_measured_and_removed_but_for_its_fence() {
        let (folder, kept, _) = kept_of(&[(Stream::Stdout, "end\n")]);
        let runs = kept.runs().unwrap();
        let header = 17;
        assert_eq!((runs.len(), runs[0].bytes), (1, header + 4));
        assert!(runs[0].changed > SystemTime::UNIX_EPOCH);
        kept.remove("7").unwrap();
        assert_eq!(kept.runs().unwrap()[0].bytes, 0);
        assert!(folder.path().join("7/.fence").exists());
        assert!(kept.remove("../7").is_err());
    }

    #[test]
    fn raw_lines_are_as_they_were_printed_but_for_escapes() {
        use Stream::{Stderr, Stdout};
        let (_folder, kept, id) = kept_of(&[
            (Stdout, "password hun"),
            (Stderr, "\x1b]52;c;eA==\x07warned\n"),
            (Stdout, "ter2x\n\x1b[31mred\x1b[m\nend"),
        ]);
        let lines = kept.raw_lines(&id, 1_000).unwrap();
        let expected = [
            "␛]52;c;eA==␇warned",
            "password hunter2x",
            "\x1b[31mred\x1b[0m",
            "end",
        ];
        assert_eq!(
            (lines.lines, lines.left_out),
            (expected.map(str::to_owned).to_vec(), 0)
        );
    }

    #[test]
    fn of_long_output_the_last_lines_are_read() {
        let (_folder, kept, id) = kept_of(&[(Stream::Stdout, "one\ntwo\nthree\nfour\n")]);
        let lines = kept.raw_lines(&id, 9).unwrap();
        assert_eq!(
            (lines.lines, lines.left_out),
            (vec!["three".to_owned(), "four".to_owned()], 2)
        );
    }
}
