//! Journals as released versions wrote them: `tests/recorded/VERSION/*.jsonl`, the end in the first line, then an event a line.

use crate::story::creation;
use scap_journal::{Journal, Lease};
use scap_run::{Event, RunId, RunState, UnixMillis};
use serde_json::Value;
use std::path::Path;

pub(crate) struct Recording {
    pub(crate) name: String,
    /// What a fold must come to.
    pub(crate) end: Value,
    pub(crate) events: Vec<Written>,
}

/// An event as it lay in its row.
pub(crate) struct Written {
    pub(crate) at: UnixMillis,
    pub(crate) version: u32,
    pub(crate) body: String,
}

impl Recording {
    /// All of all versions, in order.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
        let mut files: Vec<_> = entries(&folder)
            .iter()
            .flat_map(|version| entries(version))
            .collect();
        files.sort();
        files.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let (end, events) = text.split_once('\n').unwrap();
        Self {
            name: path.display().to_string(),
            end: serde_json::from_str(end).unwrap(),
            events: events.lines().map(Written::read).collect(),
        }
    }

    /// Tells the run again, as one of `service`, up to an event.
    pub(crate) fn replay(&self, journal: &Journal, service: &str, events: usize) -> Lease {
        let mut first = self.events[0].event();
        if let Event::RunCreated { plan, .. } = &mut first {
            plan.service = scap_plan::ServiceName::new(service).unwrap();
        }
        let (mut lease, mut state) = journal.create(&creation(&first), "replayed").unwrap();
        for written in self.events.iter().take(events).skip(1) {
            let event = written.event();
            state.apply(written.at, &event).unwrap();
            journal
                .append(&mut lease, written.at, &event, &state)
                .unwrap();
        }
        lease
    }

    /// The state that its events lead to today.
    pub(crate) fn fold(&self) -> RunState {
        let first = &self.events[0];
        let mut state = RunState::create(RunId(1), first.at, &first.event()).unwrap();
        for written in &self.events[1..] {
            state.apply(written.at, &written.event()).unwrap();
        }
        state
    }
}

impl Written {
    fn read(line: &str) -> Self {
        let (head, body) = line.split_once(",\"body\":").unwrap();
        let head: Value = serde_json::from_str(&format!("{head}}}")).unwrap();
        Self {
            at: UnixMillis(head["at"].as_i64().unwrap()),
            version: head["version"].as_u64().unwrap().try_into().unwrap(),
            body: body.strip_suffix('}').unwrap().to_owned(),
        }
    }

    pub(crate) fn event(&self) -> Event {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// In the order of their names: a flip must find the same journal each time.
fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
