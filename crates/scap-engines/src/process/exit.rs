//! How a program ended, as its supervisor recorded it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The end of a program; `exit.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    pub ending: Ending,
    /// Set when the supervisor stopped the program; the ending then says how it reacted.
    pub interruption: Option<Interruption>,
    pub started_unix_milliseconds: u64,
    pub ended_unix_milliseconds: u64,
    pub output: OutputSize,
    /// Processes of the tree that could not be killed (uninterruptible, or another user's). Empty but for rare cases.
    pub survivors: Vec<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    Exited {
        code: i32,
    },
    Signaled {
        signal: i32,
    },
    /// It did not run at all; the reason is the operating system's or an abort that came first.
    NotStarted {
        reason: String,
    },
    /// Its supervisor was killed or the machine went down: what it did is unknown. What was left of it is dead now.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    Aborted,
    TimedOut,
}

/// How much of the output was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputSize {
    pub kept_bytes: u64,
    pub dropped_bytes: u64,
    /// Why output was dropped below the limit, for example a full disk.
    pub write_error: Option<String>,
}

impl Exit {
    /// An end at this moment, without output.
    pub(super) fn now(started_unix_milliseconds: u64, ending: Ending) -> Self {
        Self {
            ending,
            interruption: None,
            started_unix_milliseconds,
            ended_unix_milliseconds: unix_milliseconds(),
            output: OutputSize::default(),
            survivors: Vec::new(),
        }
    }

    /// The program ended by itself with code 0.
    pub fn succeeded(&self) -> bool {
        self.ending == Ending::Exited { code: 0 } && self.interruption.is_none()
    }
}

/// The wall clock, for people; nothing is decided by it.
pub(super) fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_exits_are_taken_as_written_or_refused() {
        let endings = [
            Ending::Exited { code: 0 },
            Ending::Signaled { signal: 9 },
            Ending::NotStarted {
                reason: "no such file".to_owned(),
            },
        ];
        let good = endings.map(|ending| serde_json::to_vec(&Exit::now(1, ending)).unwrap());
        scap_hostile::hostile("exit", &good, |bytes| {
            if let Ok(exit) = serde_json::from_slice::<Exit>(bytes) {
                let is_done = exit.ending == Ending::Exited { code: 0 };
                assert!(is_done || !exit.succeeded());
            }
        });
    }
}
