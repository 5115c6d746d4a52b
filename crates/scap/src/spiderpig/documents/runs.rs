//! History: all runs, the newest first, searched by what stands in their lines.

use super::failed;
use super::lines::RunLine;
use crate::spiderpig::Porter;
use scap_journal::RunSummary;
use scap_run::RunId;
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_control::Asker;
use spiderpig_protocol::Problem;
use std::collections::BTreeMap;

/// Runs that are shown at once.
const PAGE: usize = 50;
/// Runs that are read at once, and at most for one page of a search.
const READ: u32 = 2_000;
const MOST: u32 = 200_000;

#[derive(Serialize, JsonSchema)]
pub(super) struct RunList {
    runs: Vec<RunLine>,
    /// Whether there are older ones.
    more: bool,
}

impl Porter {
    pub(super) fn runs(
        &self,
        asker: &Asker,
        search: &str,
        before: Option<RunId>,
    ) -> Result<RunList, Problem> {
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let mut sees: BTreeMap<String, bool> = BTreeMap::new();
        let mut is_wanted = |run: &RunSummary| {
            let is_older = before.is_none_or(|before| run.run < before);
            is_older
                && has_all(run, &words)
                && *sees
                    .entry(run.service.clone())
                    .or_insert_with(|| self.sees(asker, &run.service))
        };
        let mut limit = READ;
        loop {
            let listing = self.desk.journal.runs(None, limit).map_err(failed)?;
            let is_all = listing.runs.len() + listing.damaged.len() < limit as usize;
            let mut found: Vec<RunSummary> = listing
                .runs
                .into_iter()
                .filter(|run| is_wanted(run))
                .collect();
            if found.len() > PAGE || is_all || limit >= MOST {
                let more = found.len() > PAGE;
                found.truncate(PAGE);
                let runs = found.into_iter().map(|run| self.line(run));
                return Ok(RunList {
                    runs: runs.collect::<Result<_, _>>()?,
                    more,
                });
            }
            limit = limit.saturating_mul(10).min(MOST);
        }
    }
}

/// Whether each word stands in some part of the line.
fn has_all(run: &RunSummary, words: &[String]) -> bool {
    let outcome = serde_json::to_value(run.outcome).unwrap_or_default();
    let phase = serde_json::to_value(run.phase).unwrap_or_default();
    let line = format!(
        "{} {} {} {} {} {}",
        run.run,
        run.service,
        run.person,
        run.version,
        outcome.as_str().unwrap_or_default(),
        phase.as_str().unwrap_or_default(),
    );
    let line = line.to_lowercase();
    words.iter().all(|word| line.contains(word))
}
