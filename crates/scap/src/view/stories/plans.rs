//! Plans of the stories: a service on hosts and one in clusters.

use super::{CANARY, DEFAULT};
use scap_plan::{
    CheckMode, Counters, CountersSettings, CountersSource, EnvironmentType, Evidence, Exposition,
    Gate, HostGroupStep, HostObservation, Observation, Ordinary, Origin, Period, Plan, Policy,
    ReleaseObservation, ReleaseStatus, ReleaseStep, RollbackPolicy, Step, StepId, StepKind, Test,
    TestKind, Wave,
};
use std::collections::BTreeMap;

const OLD: &str = "9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e";
const NEW: &str = "3f2c91a0b7d2e4c6f8a0b1c2d3e4f5a6b7c8d9e0";

/// A service on six hosts.
pub(crate) fn shop(rollback: RollbackPolicy) -> Plan {
    let tests = || Gate::Tests {
        tests: vec![http("health", "/health"), http("home", "/")],
    };
    let steps = vec![
        group(
            "canary",
            &["shop1"],
            "first group of server_groups: a small one finds trouble early",
        ),
        group(
            "default",
            &["shop2", "shop3", "shop4", "shop5", "shop6"],
            "after canary, the order of server_groups",
        ),
    ];
    let evidence = Gate::Evidence(Evidence {
        counters: errors(),
        canary: vec![CANARY],
        control: vec![DEFAULT],
        ordinary: Ordinary {
            calm: true,
            ..Ordinary::default()
        },
        watch: None,
        load: None,
    });
    let bake = Gate::Bake {
        period: Period::from_secs(120),
    };
    Plan {
        service: "shop".to_owned().try_into().unwrap(),
        cluster_group: None,
        primary_datacenter: None,
        steps,
        waves: vec![
            wave("canary", &[CANARY], vec![tests(), evidence]),
            wave("default", &[DEFAULT], vec![tests(), bake]),
        ],
        unchanged: Vec::new(),
        policy: Policy {
            rollback,
            ..Policy::default()
        },
        links: BTreeMap::from([(
            "dashboard".to_owned(),
            "https://grafana.example.org/d/shop?from={from_milliseconds}&to={to_milliseconds}"
                .to_owned(),
        )]),
    }
}

fn wave(name: &str, steps: &[StepId], gates: Vec<Gate>) -> Wave {
    Wave {
        name: name.to_owned(),
        steps: steps.to_vec(),
        gates,
    }
}

pub(crate) fn errors() -> Counters {
    Counters {
        name: "errors".to_owned(),
        source: CountersSource::Exposition(Exposition {
            port: None,
            path: "/metrics".to_owned(),
            requests: "requests_total".to_owned(),
            errors: "errors_total".to_owned(),
            signature: Some("kind".to_owned()),
        }),
        settings: CountersSettings {
            maximum_hold: Period::from_secs(60),
            ..CountersSettings::default()
        },
        mode: CheckMode::Blocking,
        origin: Origin::Team,
        is_shared: false,
    }
}

fn http(name: &str, path: &str) -> Test {
    let kind = TestKind::Http {
        path: path.to_owned(),
        port: None,
        status: 200,
        text: None,
    };
    Test::new(name, Period::from_secs(5), kind)
}

fn group(name: &str, hosts: &[&str], reason: &str) -> Step {
    let before = |host: &&str| {
        let seen = HostObservation {
            revision: Some(OLD.to_owned()),
            unreachable: None,
        };
        ((*host).to_owned().try_into().unwrap(), seen)
    };
    Step {
        kind: StepKind::HostGroup(HostGroupStep {
            group: name.to_owned().try_into().unwrap(),
            hosts: hosts
                .iter()
                .map(|host| (*host).to_owned().try_into().unwrap())
                .collect(),
            failure_limit: 1,
            repository: "/srv/deployment/shop".to_owned(),
            revision: NEW.to_owned(),
            deploy_directory: "/srv/deployment/shop".to_owned(),
            kept_revisions: 5,
            restart_command: Vec::new(),
            service_port: None,
            service_timeout: Period::from_secs(8),
            nrpe_directory: None,
        }),
        needs: Vec::new(),
        reason: reason.to_owned(),
        before: Some(Observation::HostGroup {
            hosts: hosts.iter().map(before).collect(),
        }),
    }
}

/// A service in clusters, with names that are long.
pub(crate) fn mathoid() -> Plan {
    let places = [
        (EnvironmentType::Staging, "staging", "staging", Some(4)),
        (EnvironmentType::Production, "canary", "codfw", Some(7)),
        (EnvironmentType::Production, "canary", "eqiad", Some(7)),
        (
            EnvironmentType::Production,
            "production-with-a-name-that-is-very-long-indeed",
            "codfw",
            Some(7),
        ),
        (
            EnvironmentType::Production,
            "production-with-a-name-that-is-very-long-indeed",
            "eqiad",
            None,
        ),
    ];
    let steps: Vec<Step> = places
        .into_iter()
        .map(|place| release(place.0, place.1, place.2, place.3))
        .collect();
    let names = [
        "staging",
        "canary codfw",
        "canary eqiad",
        "production codfw",
        "production eqiad",
    ];
    let gates = || {
        vec![
            Gate::Tests {
                tests: vec![http("health", "/")],
            },
            Gate::Bake {
                period: Period::from_secs(120),
            },
        ]
    };
    let waves = names
        .iter()
        .enumerate()
        .map(|(index, name)| wave(name, &[StepId(index)], gates()));
    Plan {
        service: "mathoid".to_owned().try_into().unwrap(),
        cluster_group: Some("wikikube".to_owned().try_into().unwrap()),
        primary_datacenter: Some("eqiad".to_owned().try_into().unwrap()),
        waves: waves.collect(),
        steps,
        unchanged: Vec::new(),
        policy: Policy {
            rollback: RollbackPolicy::Ask,
            ..Policy::default()
        },
        links: BTreeMap::new(),
    }
}

fn release(kind: EnvironmentType, release: &str, environment: &str, revision: Option<u32>) -> Step {
    Step {
        kind: StepKind::Release(ReleaseStep {
            environment_type: kind,
            stage: "CANARY".to_owned().try_into().unwrap(),
            environment: environment.to_owned().try_into().unwrap(),
            canonical_environment: environment.to_owned().try_into().unwrap(),
            datacenter: environment.to_owned().try_into().unwrap(),
            namespace: "mathoid".to_owned().try_into().unwrap(),
            release: Some(release.to_owned().try_into().unwrap()),
            directory: "services/mathoid".to_owned(),
            rendering: None,
            relief: None,
            restores: None,
        }),
        needs: Vec::new(),
        reason:
            "stage CANARY comes before the others; eqiad is the primary datacenter and comes last"
                .to_owned(),
        before: Some(Observation::Release(ReleaseObservation {
            status: if revision.is_some() {
                ReleaseStatus::Deployed
            } else {
                ReleaseStatus::Absent
            },
            revision,
            deployed_revision: revision,
            chart: Some("mathoid-1.2.3".to_owned()),
            images: vec!["registry.example.org/mathoid:2026-03-01-101010-production".to_owned()],
            manifest_digest: None,
        })),
    }
}
