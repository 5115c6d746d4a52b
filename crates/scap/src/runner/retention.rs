//! Removes what programs of ended runs printed, once it is too old or all of it is too much.

use crate::trouble::Trouble;
use scap_engines::process::{Kept, ProgramError};
use scap_journal::Journal;
use scap_plan::Retention;
use scap_run::{Failure, RunId};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What of a run can be removed: its programs' folders, and its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    bytes: u64,
    changed: SystemTime,
}

/// Looks at all that is kept and removes what is due; says each in a line of the log.
pub(crate) fn apply(
    (state_dir, journal): (&Path, &Journal),
    retention: &Retention,
    now: SystemTime,
) -> Result<(), Trouble> {
    let programs = Kept::new(state_dir.join("programs"));
    let failed = |error: ProgramError| {
        Trouble::from(Failure::failed("old output cannot be removed").caused_by(&error))
    };
    let mut kept: BTreeMap<RunId, Left> = BTreeMap::new();
    for run in programs.runs().map_err(failed)? {
        let Ok(id) = run.run.parse().map(RunId) else {
            continue;
        };
        add(&mut kept, id, run.bytes, run.changed);
    }
    for (run, path) in terminals(state_dir)? {
        let file = fs::metadata(&path)?;
        add(&mut kept, run, file.len(), file.modified()?);
    }
    // Asked after the folders were listed, so that a run which begins meanwhile is one that goes on.
    let open = journal.open_runs()?;
    let lines = open.runs.iter().map(|line| line.run);
    let going: BTreeSet<RunId> = lines.chain(open.damaged.iter().copied()).collect();
    for run in due(&kept, &going, retention, now) {
        programs.remove(&run.to_string()).map_err(failed)?;
        for (_, path) in terminals(state_dir)?
            .into_iter()
            .filter(|(of, _)| *of == run)
        {
            fs::remove_file(path)?;
        }
        let mebibytes = kept[&run].bytes.div_ceil(1 << 20);
        tracing::info!(
            "what run {run} printed was removed: {mebibytes} MiB, by `retention` of scap.yaml"
        );
    }
    Ok(())
}

fn add(kept: &mut BTreeMap<RunId, Left>, run: RunId, bytes: u64, changed: SystemTime) {
    if bytes == 0 {
        return;
    }
    let left = kept.entry(run).or_insert(Left { bytes: 0, changed });
    left.bytes += bytes;
    left.changed = left.changed.max(changed);
}

/// Too old ones, and then the oldest until the rest is little enough; none of those that go on.
fn due(
    kept: &BTreeMap<RunId, Left>,
    going: &BTreeSet<RunId>,
    retention: &Retention,
    now: SystemTime,
) -> Vec<RunId> {
    let most = retention.gibibytes.saturating_mul(1 << 30);
    let mut all: u64 = kept.values().map(|left| left.bytes).sum();
    let ended = kept.iter().filter(|(run, _)| !going.contains(run));
    let mut ended: Vec<(RunId, Left)> = ended.map(|(run, left)| (*run, *left)).collect();
    ended.sort_by_key(|(run, left)| (left.changed, *run));
    let is_due = |(_, left): &&(RunId, Left)| {
        // A clock that was put back makes nothing old.
        let age = now.duration_since(left.changed).unwrap_or(Duration::ZERO);
        let is_due = age > retention.age.duration() || all > most;
        if is_due {
            all -= left.bytes;
        }
        is_due
    };
    ended.iter().filter(is_due).map(|(run, _)| *run).collect()
}

fn terminals(state_dir: &Path) -> Result<Vec<(RunId, PathBuf)>, Trouble> {
    let mut terminals = Vec::new();
    for entry in fs::read_dir(state_dir.join("terminals"))? {
        let path = entry?.path();
        let run = path
            .file_stem()
            .and_then(|name| name.to_str()?.parse().ok());
        terminals.extend(run.map(|run| (RunId(run), path)));
    }
    Ok(terminals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scap_plan::Period;

    const GIB: u64 = 1 << 30;
    const DAY: u64 = 24 * 60 * 60;

    /// Runs with their GiB, ages in days, and whether they go on; what is removed.
    type Case<'a> = (&'a [(i64, u64, u64, bool)], &'a [i64]);

    #[test]
    fn too_old_ones_go_then_the_oldest_of_too_many_and_none_that_goes_on() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * DAY);
        let retention = Retention {
            age: Period::from_secs(90 * DAY),
            gibibytes: 10,
        };
        let cases: [Case<'_>; 7] = [
            (&[], &[]),
            (&[(1, 1, 89, false), (2, 9, 1, false)], &[]),
            (&[(1, 1, 91, false), (2, 1, 1, false)], &[1]),
            (&[(1, 1, 91, true), (2, 1, 91, false)], &[2]),
            (
                &[(1, 4, 1, false), (2, 4, 3, false), (3, 4, 2, false)],
                &[2],
            ),
            (&[(1, 4, 3, true), (2, 4, 2, false), (3, 4, 1, false)], &[2]),
            (
                &[(1, 40, 3, true), (2, 4, 2, false), (3, 1, 1, false)],
                &[2, 3],
            ),
        ];
        for (runs, expected) in cases {
            let mut kept = BTreeMap::new();
            for (run, gibibytes, days, _) in runs {
                let changed = now - Duration::from_secs(days * DAY);
                add(&mut kept, RunId(*run), gibibytes * GIB, changed);
            }
            let going = runs.iter().filter(|run| run.3);
            let going = going.map(|run| RunId(run.0)).collect();
            let removed = due(&kept, &going, &retention, now);
            let removed: Vec<i64> = removed.iter().map(|run| run.0).collect();
            assert_eq!(removed, expected, "{runs:?}");
        }
    }
}
