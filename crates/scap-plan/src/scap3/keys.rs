//! Which keys scap.cfg may have, and which of its values hold for the deploying host.

use super::LaterKey;
use super::ini::{Section, Setting};
use crate::error::{ConfigError, Source, did_you_mean, list, short};
use std::collections::BTreeMap;

const KEYS: &[&str] = &[
    "git_repo",
    "git_deploy_dir",
    "dsh_targets",
    "server_groups",
    "failure_limit",
    "service_name",
    "service_port",
    "service_timeout",
    "cache_revs",
    "restart_command",
    "nrpe_dir",
];
/// Known to scap3, not acted on yet.
const LATER_KEYS: &[&str] = &[
    "git_repo_user",
    "ssh_user",
    "group_size",
    "batch_size",
    "git_submodules",
    "git_binary_manager",
    "config_deploy",
    "lock_file",
    "require_valid_service",
];
/// What follows a group's name in a key of the group.
const GROUP_SUFFIXES: &[&str] = &[TARGETS_SUFFIX, LIMIT_SUFFIX];
const LATER_GROUP_SUFFIXES: &[&str] = &["_group_size", "_batch_size"];

pub(super) const TARGETS_SUFFIX: &str = "_dsh_targets";
pub(super) const LIMIT_SUFFIX: &str = "_failure_limit";
pub(super) const DEFAULT_GROUP: &str = "default";

/// The values that hold for the deploying host, and what else was found.
pub(super) struct Effective<'a> {
    pub(super) values: BTreeMap<String, Setting<'a>>,
    pub(super) later: Vec<LaterKey>,
    pub(super) errors: Vec<ConfigError>,
}

/// Lays the sections that hold in `domain` over `[global]`. Keys are checked in every section, also in others.
pub(super) fn effective<'a>(
    source: &Source,
    sections: &[Section<'a>],
    domain: Option<&str>,
) -> Effective<'a> {
    let known = Known::of(sections);
    let mut found = Effective {
        values: BTreeMap::new(),
        later: Vec::new(),
        errors: Vec::new(),
    };
    let mut ordered: Vec<&Section<'a>> = sections.iter().collect();
    ordered.sort_by_key(|section| (section.name != "global", section.name.len()));
    for section in ordered {
        for setting in &section.settings {
            let key = &setting.key;
            if known.later.contains(key) {
                let (file, line) = (source.file.clone(), setting.key_place.line);
                found.later.push(LaterKey {
                    file,
                    line,
                    key: key.clone(),
                });
            } else if !known.now.contains(key) {
                found
                    .errors
                    .push(known.refuse(source, section.name, setting));
            }
            if holds(section.name, domain) {
                found.values.insert(key.clone(), setting.clone());
            }
        }
    }
    found.later.sort_by_key(|later| later.line);
    found
}

fn holds(section: &str, domain: Option<&str>) -> bool {
    let ends = |domain: &str| {
        domain
            .strip_suffix(section)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    section == "global" || domain.is_some_and(ends)
}

/// The names in `server_groups`.
pub(super) fn group_names(listed: &str) -> impl Iterator<Item = &str> {
    listed
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

struct Known {
    now: Vec<String>,
    later: Vec<String>,
}

impl Known {
    /// The keys of the format, and those of the groups that any section names.
    fn of(sections: &[Section<'_>]) -> Self {
        let settings = sections.iter().flat_map(|section| &section.settings);
        let named = settings
            .filter(|setting| setting.key == "server_groups")
            .flat_map(|setting| group_names(setting.value));
        let mut groups: Vec<String> = named
            .chain([DEFAULT_GROUP])
            .map(str::to_lowercase)
            .collect();
        groups.sort();
        groups.dedup();
        let keys = |plain: &[&str], suffixes: &[&str]| {
            let of_groups = groups.iter().flat_map(|group| {
                suffixes
                    .iter()
                    .map(move |suffix| format!("{group}{suffix}"))
            });
            plain
                .iter()
                .map(ToString::to_string)
                .chain(of_groups)
                .collect()
        };
        let mut now: Vec<String> = keys(KEYS, GROUP_SUFFIXES);
        // Its targets are those of `dsh_targets`.
        now.retain(|key| *key != format!("{DEFAULT_GROUP}{TARGETS_SUFFIX}"));
        Self {
            now,
            later: keys(LATER_KEYS, LATER_GROUP_SUFFIXES),
        }
    }

    fn refuse(
        &self,
        source: &Source,
        section: &str,
        Setting { key, key_place, .. }: &Setting<'_>,
    ) -> ConfigError {
        let (section, shown) = (short(section), short(key));
        let known = || self.now.iter().chain(&self.later);
        let message = format!(
            "section {section} of scap.cfg has unexpected key(s): {shown} (expected: {})",
            list(known())
        );
        key_place
            .error(&source.file, message)
            .with_hint(did_you_mean(key, known()))
    }
}
