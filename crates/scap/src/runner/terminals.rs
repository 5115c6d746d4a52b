//! What a run's terminal shows: its events as sentences, and the lines of its programs as they come; numbered, and kept in a file.

use super::ecs_log::{EcsLog, Source};
use crate::clock::now;
use crate::trouble::Trouble;
use crate::view::plain::Teller;
use jiff::tz::Offset;
use scap_journal::{Cursor, Journal};
use scap_plan::StepId;
use scap_run::{RunId, RunState};
use spiderpig_protocol::Told;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// How often the journal is looked at while a run goes on.
const LOOK: Duration = Duration::from_millis(100);
const LINES_OF_A_MESSAGE: u64 = 1_000;
/// Messages that are kept for those who are a little behind the others.
const PIECES: usize = 32;

/// The terminals of all runs of a state folder. One process has them, the runner.
pub(crate) struct Terminals {
    folder: PathBuf,
    journal: Journal,
    /// Where the same goes for a log store.
    ecs_log: Option<Arc<EcsLog>>,
    open: Mutex<BTreeMap<RunId, Weak<Terminal>>>,
}

/// One terminal. Whoever shows it waits for lines, and reads from where it stopped.
pub(crate) struct Terminal {
    kept: Mutex<Kept>,
    lines: watch::Sender<u64>,
}

/// Lines as a page is told them.
#[derive(Clone)]
pub(crate) struct Piece {
    from: u64,
    /// The number of the line that comes next.
    pub(crate) next: u64,
    pub(crate) text: Arc<str>,
}

struct Kept {
    file: File,
    /// Where each line begins, and where the next one will.
    offsets: Vec<u64>,
    journal: Journal,
    ecs_log: Option<Arc<EcsLog>>,
    run: RunId,
    told: Option<Taken>,
    /// Events that the file has sentences of.
    events_in_file: u64,
    /// What was told last, the oldest first: most who watch are at the same places.
    pieces: VecDeque<Piece>,
}

/// How far the run's events were taken in.
struct Taken {
    cursor: Cursor,
    state: RunState,
    teller: Teller,
    events: u64,
}

impl Terminals {
    pub(crate) fn new(state_dir: &Path, journal: Journal) -> io::Result<Self> {
        let folder = state_dir.join("terminals");
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            journal,
            ecs_log: None,
            open: Mutex::default(),
        })
    }

    /// Also writes what is told from now on there.
    pub(crate) fn shipping(self, ecs_log: EcsLog) -> Self {
        Self {
            ecs_log: Some(Arc::new(ecs_log)),
            ..self
        }
    }

    /// The terminal of a run, with all that has happened so far.
    pub(crate) fn open(&self, run: RunId) -> Result<Arc<Terminal>, Trouble> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, terminal| terminal.strong_count() > 0);
        let known = open.get(&run).and_then(Weak::upgrade);
        let terminal = if let Some(terminal) = known {
            terminal
        } else {
            // A run that never was has no terminal.
            let summary = self.journal.run(run)?;
            let path = self.folder.join(format!("{run}.txt"));
            // Of an ended run all is there already, unless its file was removed: then it is told once more, and to people only.
            let ecs_log = self.ecs_log.clone();
            let ecs_log = ecs_log.filter(|_| summary.outcome.is_none());
            let journal = self.journal.clone();
            let terminal = Arc::new(Terminal::open(&path, run, (journal, ecs_log))?);
            open.insert(run, Arc::downgrade(&terminal));
            terminal
        };
        terminal.tell()?;
        Ok(terminal)
    }
}

impl Terminal {
    fn open(
        path: &Path,
        run: RunId,
        (journal, ecs_log): (Journal, Option<Arc<EcsLog>>),
    ) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        let (offsets, events_in_file) = index(&file)?;
        let lines = watch::Sender::new(number(offsets.len() - 1));
        let kept = Kept {
            file,
            offsets,
            journal,
            ecs_log,
            run,
            told: None,
            events_in_file,
            pieces: VecDeque::new(),
        };
        Ok(Self {
            kept: Mutex::new(kept),
            lines,
        })
    }

    /// How many lines there are; changes whenever there are more.
    pub(crate) fn lines(&self) -> watch::Receiver<u64> {
        self.lines.subscribe()
    }

    /// Some lines from number `from` on, as many as one message has; nothing where there are none yet.
    pub(crate) fn piece(&self, from: u64) -> io::Result<Option<Piece>> {
        self.kept().piece(from)
    }

    /// Takes in a line that a step's program printed: masked already, and with colours only.
    pub(crate) fn line(&self, step: StepId, text: &str) {
        let mut kept = self.kept();
        let name = kept.step(step);
        if let (Some(log), Some(told)) = (&kept.ecs_log, &kept.told) {
            log.write(&told.state, now(), text, Source::Output { step: &name });
        }
        let line = format!("{name}: {text}");
        if let Err(error) = kept.append(&line) {
            tracing::error!("a line of run {} is not shown: {error}", kept.run);
        }
        self.publish(&kept);
    }

    /// Takes in what the journal has more than was told.
    pub(crate) fn tell(&self) -> Result<(), Trouble> {
        let mut kept = self.kept();
        let told = kept.tell();
        self.publish(&kept);
        told
    }

    /// Carries something out, and meanwhile tells what the run writes down.
    pub(crate) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let mut looks = tokio::time::interval(LOOK);
        let end = loop {
            tokio::select! {
                end = &mut work => break end,
                _ = looks.tick() => self.tell_or_log(),
            }
        };
        self.tell_or_log();
        end
    }

    fn tell_or_log(&self) {
        if let Err(error) = self.tell() {
            tracing::error!("a terminal is behind its run: {}", error.in_a_line());
        }
    }

    fn publish(&self, kept: &Kept) {
        let lines = number(kept.offsets.len() - 1);
        self.lines.send_if_modified(|known| {
            let is_news = *known != lines;
            *known = lines;
            is_news
        });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn tell(&mut self) -> Result<(), Trouble> {
        loop {
            let mut cursor = match &self.told {
                Some(told) => told.cursor,
                None => Cursor::start(self.run),
            };
            let events = self.journal.events(&mut cursor, 1_000)?;
            if events.is_empty() {
                return Ok(());
            }
            for recorded in events {
                let mut told = match self.told.take() {
                    Some(mut told) => {
                        recorded.apply_to(&mut told.state)?;
                        told
                    }
                    None => Taken {
                        cursor,
                        state: recorded.begin(self.run)?,
                        teller: Teller::new(Offset::UTC),
                        events: 0,
                    },
                };
                told.events += 1;
                told.cursor = cursor;
                let sentence = told.teller.line(&recorded, &told.state);
                let is_new = told.events > self.events_in_file;
                let sentence = sentence.filter(|_| is_new);
                if let (Some(log), Some(sentence)) = (&self.ecs_log, &sentence) {
                    let source = Source::Event(&recorded);
                    log.write(&told.state, recorded.at, sentence, source);
                }
                self.told = Some(told);
                if let Some(sentence) = sentence {
                    self.append(&sentence)?;
                }
            }
        }
    }

    fn step(&self, step: StepId) -> String {
        let told = self.told.as_ref();
        told.map_or_else(
            || format!("step {}", step.0 + 1),
            |told| told.state.plan.step(step).to_string(),
        )
    }

    /// Each line has the number of events told up to it before it, so that a runner that comes next tells none twice.
    fn append(&mut self, text: &str) -> io::Result<()> {
        let events = self.told.as_ref().map_or(0, |told| told.events);
        let line = format!("{}\t{text}\n", events.max(self.events_in_file));
        self.file.write_all(line.as_bytes())?;
        let end = self.offsets.last().copied().unwrap_or_default();
        self.offsets.push(end + line.len() as u64);
        Ok(())
    }

    /// Made once for all who are at the same place. A piece ends where others end too, so that who is behind soon stands where
    /// others stood; else each viewer of a burst would have its own pieces, and the run would wait for all of them.
    fn piece(&mut self, from: u64) -> io::Result<Option<Piece>> {
        if let Some(known) = self.pieces.iter().find(|piece| piece.from == from) {
            return Ok(Some(known.clone()));
        }
        let most = LINES_OF_A_MESSAGE - from % LINES_OF_A_MESSAGE;
        let lines = self.read(from, usize::try_from(most).unwrap_or_default())?;
        if lines.is_empty() {
            return Ok(None);
        }
        let (run, next) = (self.run, from + number(lines.len()));
        let told = Told::Lines { run, from, lines };
        let text = serde_json::to_string(&told).expect("lines are texts");
        let text = format!("{text}\n").into();
        let piece = Piece { from, next, text };
        self.pieces.push_back(piece.clone());
        if self.pieces.len() > PIECES {
            self.pieces.pop_front();
        }
        Ok(Some(piece))
    }

    fn read(&self, from: u64, most: usize) -> io::Result<Vec<String>> {
        let last = self.offsets.len() - 1;
        let from = usize::try_from(from).map_or(last, |from| from.min(last));
        let to = from.saturating_add(most).min(last);
        let (begin, end) = (self.offsets[from], self.offsets[to]);
        let mut bytes = vec![0; usize::try_from(end - begin).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, begin)?;
        let text = String::from_utf8_lossy(&bytes);
        let shown = |line: &str| {
            let (_, text) = line.split_once('\t').unwrap_or(("", line));
            text.to_owned()
        };
        Ok(text.lines().map(shown).collect())
    }
}

/// Where lines begin, and how many events were told up to the last. What a killed runner left half written is cut off.
fn index(file: &File) -> io::Result<(Vec<u64>, u64)> {
    let (mut offsets, mut events, mut line) = (vec![0], 0, Vec::new());
    let mut reader = BufReader::new(file);
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        let end = offsets.last().copied().unwrap_or_default();
        if line.last() != Some(&b'\n') {
            if read > 0 {
                file.set_len(end)?;
            }
            return Ok((offsets, events));
        }
        let before = line.split(|byte| *byte == b'\t').next().unwrap_or_default();
        let before = str::from_utf8(before).ok().and_then(|it| it.parse().ok());
        events = before.unwrap_or(events);
        offsets.push(end + read as u64);
    }
}

fn number(lines: usize) -> u64 {
    u64::try_from(lines).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
