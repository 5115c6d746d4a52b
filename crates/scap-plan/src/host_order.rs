//! The plan of a service on hosts: one group after the other.

use crate::error::{short, visible};
use crate::inputs::{Service, Target};
use crate::scap3::{HostGroup, Scap3Repository};
use crate::selection::SelectionError;
use crate::wave::assemble;
use crate::{HostGroupStep, Plan, Step, StepKind};

/// Plans a service on hosts. `checkout` is the repository's path on the deploying host, `revision` a full commit.
pub fn plan_hosts(
    service: &Service,
    repository: &Scap3Repository,
    checkout: &str,
    revision: &str,
) -> Result<Plan, SelectionError> {
    let Target::Hosts { .. } = &service.target else {
        return Err(SelectionError::OnKubernetes {
            service: service.name.clone(),
        });
    };
    let is_commit =
        [40, 64].contains(&revision.len()) && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_commit {
        return Err(SelectionError::NotACommit(visible(&short(revision))));
    }
    let groups = &repository.groups;
    let steps: Vec<Step> = groups
        .iter()
        .enumerate()
        .map(|(index, group)| Step {
            kind: StepKind::HostGroup(step(repository, group, checkout, revision)),
            reason: reason(groups, index),
            needs: Vec::new(),
            before: None,
        })
        .collect();
    Ok(Plan {
        service: service.name.clone(),
        cluster_group: None,
        primary_datacenter: None,
        waves: assemble(&steps, &service.team),
        steps,
        unchanged: Vec::new(),
        policy: service.team.policy(),
        links: service.team.links.clone(),
    })
}

fn step(
    repository: &Scap3Repository,
    group: &HostGroup,
    checkout: &str,
    revision: &str,
) -> HostGroupStep {
    let settings = &repository.settings;
    HostGroupStep {
        group: group.name.clone(),
        hosts: group.hosts.clone(),
        failure_limit: group.failure_limit,
        repository: checkout.to_owned(),
        revision: revision.to_owned(),
        deploy_directory: settings.deploy_directory.clone(),
        kept_revisions: settings.kept_revisions,
        restart_command: settings.restart_command.clone(),
        service_port: settings.service_port,
        service_timeout: settings.service_timeout,
        nrpe_directory: settings.nrpe_directory.clone(),
    }
}

fn reason(groups: &[HostGroup], index: usize) -> String {
    let group = &groups[index];
    let later: usize = groups[index + 1..]
        .iter()
        .map(|group| group.hosts.len())
        .sum();
    let place = match index {
        _ if groups.len() == 1 => "the only group of hosts".to_owned(),
        0 if group.hosts.len() < later => {
            "first group of server_groups: a small one finds trouble early".to_owned()
        }
        0 => "first group of server_groups".to_owned(),
        _ => format!(
            "after {}, the order of server_groups",
            groups[index - 1].name
        ),
    };
    let taken = group
        .taken
        .iter()
        .map(|(host, owner)| format!("; {host} belongs to {owner} already"));
    std::iter::once(place).chain(taken).collect()
}
