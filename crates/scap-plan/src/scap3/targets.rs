//! Target files: one host a line.

use super::{HostGroup, TargetFile};
use crate::error::{ConfigError, MOST_FINDINGS, Place, Source, short};
use crate::{HostGroupName, HostName};
use std::collections::BTreeMap;

/// Reads each group's hosts. A host of two groups belongs to the first; a group that has none left is left out.
pub(super) fn read(
    targets: &[TargetFile],
    texts: &BTreeMap<String, Source>,
) -> Result<Vec<HostGroup>, Vec<ConfigError>> {
    let mut owner: BTreeMap<HostName, HostGroupName> = BTreeMap::new();
    let mut groups = Vec::new();
    let mut errors = Vec::new();
    for target in targets {
        let group = &target.group;
        let Some(source) = texts.get(&target.path) else {
            let message = format!("target file of host group {group} was not read");
            errors.push(Place::START.error(&target.path, message));
            continue;
        };
        match hosts(group, source) {
            Err(found) => errors.extend(found),
            Ok(hosts) => {
                let (taken, hosts): (Vec<_>, Vec<_>) =
                    hosts.into_iter().partition(|host| owner.contains_key(host));
                let taken = taken
                    .into_iter()
                    .map(|host| (host.clone(), owner[&host].clone()))
                    .collect();
                owner.extend(hosts.iter().map(|host| (host.clone(), group.clone())));
                let failure_limit = target.failure_limit.of(hosts.len());
                groups.push(HostGroup {
                    name: group.clone(),
                    hosts,
                    taken,
                    failure_limit,
                });
            }
        }
    }
    groups.retain(|group| !group.hosts.is_empty());
    if errors.is_empty() {
        Ok(groups)
    } else {
        Err(errors)
    }
}

fn hosts(group: &HostGroupName, source: &Source) -> Result<Vec<HostName>, Vec<ConfigError>> {
    let mut hosts = Vec::new();
    let mut lines: BTreeMap<HostName, usize> = BTreeMap::new();
    let mut errors = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() || errors.len() == MOST_FINDINGS {
            continue;
        }
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let place = Place {
            line: index + 1,
            column,
        };
        match HostName::new(text) {
            Err(error) => {
                let message = format!("host {} of host group {group} {error}", short(text));
                errors.push(place.error(&source.file, message));
            }
            Ok(host) => match lines.insert(host.clone(), index + 1) {
                Some(first) => {
                    let message = format!(
                        "host group {group} contains duplicate entries: '{host}' is at line {first} already"
                    );
                    errors.push(place.error(&source.file, message));
                }
                None => hosts.push(host),
            },
        }
    }
    if hosts.is_empty() && errors.is_empty() {
        errors
            .push(Place::START.error(&source.file, format!("host group {group} defines no hosts")));
    }
    if errors.is_empty() {
        Ok(hosts)
    } else {
        Err(errors)
    }
}
