//! Removes old revisions from a host.

use std::collections::BTreeSet;
use std::fs;
use std::time::SystemTime;

use super::HostError;
use super::site::{COMPLETE, Site};
use crate::sources::git::is_full_commit;

/// Removes the oldest revisions until `kept` are left. What is deployed, what is in `needed` and what scap did not make stays.
pub(super) fn prune(site: &Site, needed: &[String], kept: usize) -> Result<(), HostError> {
    let deployed = site.deployed()?;
    let needed = needed.iter().map(String::as_str);
    let needed: BTreeSet<&str> = needed.chain(deployed.as_deref()).collect();
    let mut revisions = complete_revisions(site)?;
    revisions.sort_unstable();
    let mut excess = revisions.len().saturating_sub(kept);
    for (_, revision) in &revisions {
        if excess > 0 && !needed.contains(revision.as_str()) {
            remove(site, revision)?;
            excess -= 1;
        }
    }
    Ok(())
}

/// Revisions with the time at which they were completed.
fn complete_revisions(site: &Site) -> Result<Vec<(SystemTime, String)>, HostError> {
    let entries = fs::read_dir(&site.revisions);
    let mut revisions = Vec::new();
    for entry in entries.map_err(HostError::file("read", &site.revisions))? {
        let entry = entry.map_err(HostError::file("read", &site.revisions))?;
        let name = entry.file_name().into_string().unwrap_or_default();
        if !is_full_commit(&name) || !site.is_complete(&name) {
            continue;
        }
        let marker = entry.path().join(COMPLETE);
        let completed = fs::metadata(&marker).and_then(|marker| marker.modified());
        revisions.push((completed.map_err(HostError::file("read", &marker))?, name));
    }
    Ok(revisions)
}

/// The marker goes first: a revision that is half removed is no revision.
fn remove(site: &Site, revision: &str) -> Result<(), HostError> {
    let folder = site.revision(revision);
    let marker = folder.join(COMPLETE);
    fs::remove_file(&marker).map_err(HostError::file("remove", &marker))?;
    fs::remove_dir_all(&folder).map_err(HostError::file("remove", &folder))
}
