//! The settings of scap.cfg that hold on the deploying host.

use super::ini;
use super::keys::{self, DEFAULT_GROUP, Effective, LIMIT_SUFFIX, TARGETS_SUFFIX, group_names};
use super::values::Values;
use super::{FailureLimit, LaterKey, TargetFile};
use crate::error::{ConfigError, Source, sort};
use crate::{HostGroupName, Period, ServiceName};

/// What scap.cfg says about a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scap3Settings {
    /// Where a host has the deployed revision: `git_deploy_dir`/`git_repo`.
    pub deploy_directory: String,
    /// In the order of deployment.
    pub targets: Vec<TargetFile>,
    /// How many revisions a host keeps.
    pub kept_revisions: usize,
    /// Empty when nothing needs a restart.
    pub restart_command: Vec<String>,
    pub service_port: Option<u16>,
    pub service_timeout: Period,
    /// Where a host has its NRPE configuration.
    pub nrpe_directory: Option<String>,
    /// What the file says and this version does not act on.
    pub later: Vec<LaterKey>,
}

const DEFAULT_DEPLOY_DIRECTORY: &str = "/srv/deployment";
const DEFAULT_KEPT_REVISIONS: usize = 5;
const DEFAULT_SERVICE_TIMEOUT: Period = Period::from_secs(120);

impl Scap3Settings {
    /// Reads scap.cfg for a deploying host in `domain`: a section holds there when its name is the domain or what
    /// the domain ends with; the longer name wins.
    pub fn read(source: &Source, domain: Option<&str>) -> Result<Self, Vec<ConfigError>> {
        let Effective {
            values,
            later,
            mut errors,
        } = keys::effective(source, &ini::parse(source)?, domain);
        let values = Values {
            file: &source.file,
            values,
        };
        match settings(&values, later, &mut errors) {
            Some(settings) if errors.is_empty() => Ok(settings),
            _ => Err(sort(errors)),
        }
    }
}

fn settings(
    values: &Values<'_>,
    later: Vec<LaterKey>,
    errors: &mut Vec<ConfigError>,
) -> Option<Scap3Settings> {
    let deploy_directory = keep(deploy_directory(values), errors);
    let targets = targets(values, errors);
    let kept_revisions = keep(values.number("cache_revs", 1..=1000), errors);
    let restart_command = keep(restart_command(values), errors);
    let service_port = keep(values.number("service_port", 1..=u16::MAX), errors);
    let service_timeout = keep(values.seconds("service_timeout"), errors);
    let nrpe_directory = keep(nrpe_directory(values), errors);
    Some(Scap3Settings {
        deploy_directory: deploy_directory?,
        targets: targets?,
        kept_revisions: kept_revisions?.unwrap_or(DEFAULT_KEPT_REVISIONS),
        restart_command: restart_command?,
        service_port: service_port?,
        service_timeout: service_timeout?.unwrap_or(DEFAULT_SERVICE_TIMEOUT),
        nrpe_directory: nrpe_directory?,
        later,
    })
}

/// Records an error, so that the next value can be read too.
fn keep<T>(result: Result<T, ConfigError>, errors: &mut Vec<ConfigError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn is_safe(path: &str) -> bool {
    path.split('/').all(|part| ServiceName::new(part).is_ok())
}

/// An absolute path without its last `/`.
fn folder<'a>(
    values: &Values<'a>,
    key: &str,
    default: Option<&'a str>,
) -> Result<&'a str, ConfigError> {
    let folder = values.text(key, default)?.trim_end_matches('/');
    if !folder.strip_prefix('/').is_some_and(is_safe) {
        return Err(values.wrong(key, "must be an absolute path without `..`"));
    }
    Ok(folder)
}

fn nrpe_directory(values: &Values<'_>) -> Result<Option<String>, ConfigError> {
    const KEY: &str = "nrpe_dir";
    let is_there = values.get(KEY).is_some();
    is_there
        .then(|| folder(values, KEY, None).map(str::to_owned))
        .transpose()
}

fn deploy_directory(values: &Values<'_>) -> Result<String, ConfigError> {
    let repository = values.text("git_repo", None)?;
    if !is_safe(repository) {
        return Err(values.wrong("git_repo", "must be a relative path without `..`"));
    }
    let folder = folder(values, "git_deploy_dir", Some(DEFAULT_DEPLOY_DIRECTORY))?;
    Ok(format!("{folder}/{repository}"))
}

fn targets(values: &Values<'_>, errors: &mut Vec<ConfigError>) -> Option<Vec<TargetFile>> {
    let groups = keep(groups(values), errors)?;
    let targets: Vec<_> = groups
        .into_iter()
        .map(|group| keep(target(values, group), errors))
        .collect();
    targets.into_iter().collect()
}

/// The groups of `server_groups`; `default` is the last one unless it is listed.
fn groups(values: &Values<'_>) -> Result<Vec<HostGroupName>, ConfigError> {
    const KEY: &str = "server_groups";
    let mut groups: Vec<HostGroupName> = Vec::new();
    for name in group_names(values.get(KEY).unwrap_or_default()) {
        let group = HostGroupName::new(name)
            .map_err(|error| values.refuse(KEY, &format!("has group {name} that {error}")))?;
        if groups.contains(&group) {
            return Err(values.refuse(KEY, &format!("contains duplicate entries: {group}")));
        }
        groups.push(group);
    }
    if groups.is_empty() && values.get(KEY).is_some() {
        return Err(values.wrong(KEY, "must name at least one group"));
    }
    let default = HostGroupName::new(DEFAULT_GROUP).expect("it is a name");
    if !groups.contains(&default) && (groups.is_empty() || values.get("dsh_targets").is_some()) {
        groups.push(default);
    }
    Ok(groups)
}

fn target(values: &Values<'_>, group: HostGroupName) -> Result<TargetFile, ConfigError> {
    let key = |suffix| format!("{group}{suffix}").to_lowercase();
    let path = match group.as_str() {
        DEFAULT_GROUP => values.text("dsh_targets", None),
        _ => values.text(&key(TARGETS_SUFFIX), None),
    }?;
    let own_limit = key(LIMIT_SUFFIX);
    let limit_key = if values.get(&own_limit).is_some() {
        &own_limit
    } else {
        "failure_limit"
    };
    let failure_limit = failure_limit(values, limit_key)?;
    Ok(TargetFile {
        path: path.to_owned(),
        failure_limit,
        group,
    })
}

fn failure_limit(values: &Values<'_>, key: &str) -> Result<FailureLimit, ConfigError> {
    let Some(text) = values.get(key) else {
        return Ok(FailureLimit::Hosts(0));
    };
    let limit = match text.strip_suffix('%') {
        Some(share) => share
            .trim()
            .parse()
            .ok()
            .filter(|share| *share <= 100)
            .map(FailureLimit::Percent),
        None => text.parse().ok().map(FailureLimit::Hosts),
    };
    limit.ok_or_else(|| values.wrong(key, "must be a number of hosts, or a share such as 10%"))
}

/// `restart_command` as a shell would split it, else the restart of `service_name`.
fn restart_command(values: &Values<'_>) -> Result<Vec<String>, ConfigError> {
    match (values.get("restart_command"), values.get("service_name")) {
        (Some(command), _) => shlex::split(command)
            .filter(|words| !words.is_empty())
            .ok_or_else(|| values.wrong("restart_command", "must be words as a shell reads them")),
        (None, Some(service)) => match ServiceName::new(service) {
            Ok(_) => Ok(["systemctl", "restart", "--", service]
                .map(str::to_owned)
                .to_vec()),
            Err(error) => Err(values.wrong("service_name", &error.to_string())),
        },
        (None, None) => Ok(Vec::new()),
    }
}
