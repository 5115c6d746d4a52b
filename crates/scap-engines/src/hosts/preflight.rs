//! What stands against a plan's host groups, all of it at once.

use std::collections::BTreeSet;
use std::path::Path;

use futures::future::join_all;
use scap_plan::{HostGroupStep, HostName, HostObservation, Observation, Plan, Step, StepKind};
use scap_run::Finding;

use super::site::Site;
use super::{HostError, HostsEngine};
use crate::causes::with_causes;
use crate::search_path::find_program;
use crate::sources::git::GitError;

/// More would hide the other findings.
const PATHS_SHOWN: usize = 5;

pub(super) async fn preflight<'a>(engine: &HostsEngine, plan: &'a Plan) -> Vec<Finding> {
    let source = |step: &'a Step| match &step.kind {
        StepKind::HostGroup(group) => Some((group.repository.as_str(), group.revision.as_str())),
        StepKind::Release(_) => None,
    };
    let sources: BTreeSet<(&str, &str)> = plan.steps.iter().filter_map(source).collect();
    let looks = sources
        .into_iter()
        .map(|source| look_at_source(engine, source));
    let mut findings = join_all(looks).await.concat();
    for step in &plan.steps {
        if let StepKind::HostGroup(group) = &step.kind {
            findings.extend(look_at_group(engine, step, group));
        }
    }
    findings
}

/// The repository, and whether the revision is all that somebody may expect to be deployed.
async fn look_at_source(engine: &HostsEngine, (path, revision): (&str, &str)) -> Vec<Finding> {
    let repository = Path::new(path);
    let (commit, uncommitted) = futures::join!(
        engine.git.resolve(repository, revision),
        engine.git.uncommitted(repository)
    );
    if let Err(error) = commit {
        let hint = match error {
            GitError::NoCommit { .. } => format!("fetch it: git -C {path} fetch --all"),
            _ => "`repository` in the service catalog names it".to_owned(),
        };
        return vec![Finding::error(with_causes(&error), hint)];
    }
    // A bare repository has nothing that could be uncommitted, and says so by an error.
    let paths = uncommitted.unwrap_or_default();
    if paths.is_empty() {
        return Vec::new();
    }
    let shown = paths[..paths.len().min(PATHS_SHOWN)].join(", ");
    let more = if paths.len() > PATHS_SHOWN {
        ", …"
    } else {
        ""
    };
    vec![Finding {
        hint: Some(format!("commit or stash it: git -C {path} status")),
        ..Finding::warning(format!(
            "`{path}` has changes that are not committed and will not be deployed: {shown}{more}"
        ))
    }]
}

fn look_at_group(engine: &HostsEngine, step: &Step, group: &HostGroupStep) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut out_of_reach = Vec::new();
    let mut versions = BTreeSet::new();
    for host in &group.hosts {
        let looked = engine.site(group, host);
        let looked = looked.and_then(|site| Ok((site.observation()?, site)));
        match looked {
            Ok((now, site)) => {
                findings.extend(look_at_host(step, group, &site, &now));
                if now.unreachable.is_none() {
                    versions.insert(now.revision);
                }
            }
            Err(error) => out_of_reach.push((host, error)),
        }
    }
    let few = out_of_reach.len() <= group.failure_limit;
    findings.extend(
        out_of_reach
            .iter()
            .map(|(host, error)| blind(host, error, few)),
    );
    if versions.len() > 1 {
        let versions: Vec<&str> = versions
            .iter()
            .map(|version| version.as_deref().map_or("nothing", Plan::short))
            .collect();
        let message = format!(
            "hosts of `{}` are on different versions: {}",
            group.group,
            versions.join(", ")
        );
        findings.push(Finding::warning(message));
    }
    findings
}

fn blind(host: &HostName, error: &HostError, few: bool) -> Finding {
    let message = format!("{host}: {}", with_causes(error));
    let hint = match error {
        HostError::Unknown(_) => "add it under `hosts.addresses` in scap.yaml",
        HostError::Unreachable { .. } => "bring the host up, or take it out of the target files",
        HostError::NotALink(_) | HostError::Foreign { .. } => {
            "move it out of the way; scap makes the symlink anew"
        }
        HostError::UnsafeDirectory(_) => "`git_deploy_dir` in scap.cfg names it",
        _ => "look at the host",
    };
    match error {
        HostError::Unreachable { .. } if few => Finding {
            hint: Some(hint.to_owned()),
            ..Finding::warning(message)
        },
        _ => Finding::error(message, hint),
    }
}

fn look_at_host(
    step: &Step,
    group: &HostGroupStep,
    site: &Site,
    now: &HostObservation,
) -> Vec<Finding> {
    let host = &site.host.name;
    let before = match &step.before {
        Some(Observation::HostGroup { hosts }) => hosts.get(host),
        _ => None,
    };
    let mut findings = Vec::new();
    if let Some(unknown) = &now.unreachable {
        let message = format!("{host}: what runs is not known: {unknown}");
        findings.push(Finding::warning(message));
    } else if let Some(before) = before
        && before != now
    {
        let error = HostError::OtherRevision {
            found: now.revision.clone(),
            expected: before.revision.clone(),
        };
        let message = format!("{host}: {error}, since the plan was made");
        findings.push(Finding::error(message, "plan again"));
    }
    findings.extend(look_at_undo_target(group, site, now));
    if let Some(command) = group.restart_command.first()
        && let Err(error) = find_program(command, &site.host.root)
    {
        let message = format!("{host}: cannot restart the service: {error}");
        findings.push(Finding::error(
            message,
            "`restart_command` in scap.cfg names it",
        ));
    }
    findings
}

/// The way back must be there before the way forward begins.
fn look_at_undo_target(
    group: &HostGroupStep,
    site: &Site,
    now: &HostObservation,
) -> Option<Finding> {
    let revision = now.revision.as_ref()?;
    if site.is_complete(revision) {
        return None;
    }
    let error = HostError::Incomplete {
        revision: revision.clone(),
        revisions: site.revisions.clone(),
    };
    let message = format!("{}: it could not be brought back: {error}", site.host.name);
    let folder = site.revision(revision);
    let marker = folder.join(super::COMPLETE);
    let mark = format!("echo {revision} > {}", marker.display());
    let hint = if folder.is_dir() {
        format!("if it is whole, say so: {mark}")
    } else {
        let (repository, folder) = (&group.repository, folder.display());
        format!(
            "make it again: mkdir {folder} && git -C {repository} archive {revision} | tar -x -C {folder} && {mark}"
        )
    };
    Some(Finding::error(message, hint))
}
