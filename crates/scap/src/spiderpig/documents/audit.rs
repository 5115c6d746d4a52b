//! Who did, saw, forced and approved what.

use crate::spiderpig::Porter;
use crate::spiderpig::visitor::of_control;
use scap_plan::Right;
use scap_run::{RunId, UnixMillis};
use schemars::JsonSchema;
use serde::Serialize;
use spiderpig_control::{Asker, Entry};
use spiderpig_protocol::Problem;

/// Entries that are shown at once.
const PAGE: usize = 100;

#[derive(Serialize, JsonSchema)]
pub(super) struct AuditPage {
    entries: Vec<AuditEntry>,
    more: bool,
    /// Whether the chain holds up to the newest entry.
    holds: bool,
}

#[derive(Serialize, JsonSchema)]
struct AuditEntry {
    number: u64,
    at: UnixMillis,
    person: String,
    from: String,
    /// Past tense: `deployed`, `answered`.
    did: String,
    what: String,
    run: Option<RunId>,
    reason: Option<String>,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let deed = entry.deed;
        let what = [&deed.service, &deed.to].into_iter().flatten();
        Self {
            number: entry.seq,
            at: entry.at,
            person: deed.person.clone(),
            from: deed
                .address
                .map_or_else(|| "this host".to_owned(), |it| it.to_string()),
            did: deed.act.word().replace('_', " "),
            what: what.cloned().collect::<Vec<_>>().join(" "),
            run: deed.run,
            reason: deed.reason,
        }
    }
}

impl AuditEntry {
    fn has(&self, words: &[String]) -> bool {
        let run = self
            .run
            .map_or_else(String::new, |run| format!("run {run}"));
        let reason = self.reason.as_deref().unwrap_or_default();
        let line = format!(
            "{} {} {} {} {run} {reason}",
            self.person, self.from, self.did, self.what
        );
        let line = line.to_lowercase();
        words.iter().all(|word| line.contains(word))
    }
}

impl Porter {
    pub(super) fn audit_entries(
        &self,
        asker: &Asker,
        search: &str,
        before: Option<u64>,
    ) -> Result<AuditPage, Problem> {
        self.demand(asker, Right::Audit)?;
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let is_wanted = |entry: &Entry| {
            before.is_none_or(|before| entry.seq < before)
                && AuditEntry::from(entry.clone()).has(&words)
        };
        let found = self.audit.list(is_wanted, PAGE + 1).map_err(of_control)?;
        let verified = self.audit.verify(&[], &self.audit.public_key());
        let more = found.len() > PAGE;
        let entries = found.into_iter().take(PAGE);
        Ok(AuditPage {
            entries: entries.map(AuditEntry::from).collect(),
            more,
            holds: verified.map_err(of_control)?.damages.is_empty(),
        })
    }
}
