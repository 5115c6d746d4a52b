//! Plans of host groups.

use scap_plan::{
    Gate, HostGroupName, HostGroupStep, HostName, Period, Plan, Policy, ServiceName, Step, StepId,
    StepKind, Wave,
};
use scap_run::Event;
use std::collections::BTreeMap;

/// The first event of a run of waves, each with the steps that run side by side and the gates after them.
pub(crate) fn created(waves: Vec<(Vec<Step>, Vec<Gate>)>) -> Event {
    let mut plan = Plan {
        service: ServiceName::new("shop").expect("a safe name"),
        cluster_group: None,
        primary_datacenter: None,
        steps: Vec::new(),
        waves: Vec::new(),
        unchanged: Vec::new(),
        policy: Policy::default(),
        links: BTreeMap::new(),
    };
    for (place, (steps, gates)) in waves.into_iter().enumerate() {
        let first = plan.steps.len();
        plan.steps.extend(steps);
        plan.waves.push(Wave {
            name: format!("wave {place}"),
            steps: (first..plan.steps.len()).map(StepId).collect(),
            gates,
        });
    }
    Event::RunCreated {
        plan: Box::new(plan),
        person: "ada".to_owned(),
        reason: None,
        approved: true,
    }
}

pub(crate) fn step(group: String, hosts: &[String]) -> Step {
    Step {
        kind: StepKind::HostGroup(HostGroupStep {
            group: HostGroupName::new(group).expect("a safe name"),
            hosts: hosts
                .iter()
                .map(|host| HostName::new(host).expect("a safe name"))
                .collect(),
            failure_limit: 0,
            repository: "shop".to_owned(),
            revision: "3f2c91a0b7d24e5f86a1c0d9e8b7a6f5c4d3e2b1".to_owned(),
            deploy_directory: "/srv/deployment/shop".to_owned(),
            kept_revisions: 5,
            restart_command: vec!["restart".to_owned(), "shop".to_owned()],
            service_port: Some(8080),
            service_timeout: Period::from_secs(10),
            nrpe_directory: None,
        }),
        reason: "follows the groups before it".to_owned(),
        needs: Vec::new(),
        before: None,
    }
}
