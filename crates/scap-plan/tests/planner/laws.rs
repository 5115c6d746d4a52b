//! What holds for every plan, on generated groups, services and installed releases.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use scap_plan::{
    ClusterSources, EnvironmentName, EnvironmentType, Gate, Inputs, Installed, Namespace, Plan,
    ReleaseName, ReleaseStep, Selection, Source, Sources, Step, StepId, StepKind, plan_releases,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const DATACENTERS: &[&str] = &["codfw", "eqiad", "ulsfo"];
const STAGES: &[&str] = &["TEST", "CANARY", "PRODUCTION"];
const RELEASES: &[&str] = &["main", "canary", "support"];

/// A cluster group and one service in it; numbers are places in the lists above.
#[derive(Debug, Clone)]
struct World {
    /// Datacenter, and whether it is staging.
    environments: Vec<(usize, bool)>,
    stages: usize,
    default_stage: usize,
    primary: usize,
    namespaces: Vec<Vec<Destination>>,
    has_checks: bool,
}

/// An environment of a namespace.
#[derive(Debug, Clone)]
struct Destination {
    environment: usize,
    /// In order, with the stage of each; none: those that are installed.
    listed: Option<Vec<(usize, Option<usize>)>>,
    installed: Vec<usize>,
}

fn releases(stages: usize) -> impl Strategy<Value = Vec<(usize, Option<usize>)>> {
    subsequence(vec![0, 1, 2], 1..=3)
        .prop_shuffle()
        .prop_flat_map(move |releases| {
            let count = releases.len();
            vec(proptest::option::of(0..stages), count)
                .prop_map(move |stages| releases.iter().copied().zip(stages).collect())
        })
}

fn destinations(environments: usize, stages: usize) -> impl Strategy<Value = Vec<Destination>> {
    btree_set(0..environments, 1..=environments)
        .prop_map(Vec::from_iter)
        .prop_shuffle()
        .prop_flat_map(move |environments| {
            let each: Vec<_> = environments
                .into_iter()
                .map(|environment| {
                    let installed = subsequence(vec![0, 1, 2], 0..=3).prop_shuffle();
                    (proptest::option::of(releases(stages)), installed).prop_map(
                        move |(listed, installed)| Destination {
                            environment,
                            listed,
                            installed,
                        },
                    )
                })
                .collect();
            each
        })
}

fn worlds() -> impl Strategy<Value = World> {
    (
        vec((0..DATACENTERS.len(), any::<bool>()), 1..5),
        1..=STAGES.len(),
    )
        .prop_flat_map(|(environments, stages)| {
            let namespaces = vec(destinations(environments.len(), stages), 1..4);
            (
                Just(environments),
                Just(stages),
                0..stages,
                0..DATACENTERS.len(),
                namespaces,
                any::<bool>(),
            )
                .prop_map(
                    |(environments, stages, default_stage, primary, namespaces, has_checks)| {
                        World {
                            environments,
                            stages,
                            default_stage,
                            primary,
                            namespaces,
                            has_checks,
                        }
                    },
                )
        })
}

impl World {
    fn inputs(&self) -> Inputs {
        let sources = Sources {
            service_catalog: Source::new("service-catalog.yaml", self.catalog()),
            clusters: Some(ClusterSources {
                cluster_groups: Source::new("cluster-groups.yaml", self.groups()),
                conftool_state: Source::new(
                    "conftool-state.yaml",
                    format!("mw: {{primary_dc: {}}}\n", DATACENTERS[self.primary]),
                ),
            }),
        };
        Inputs::read(&sources).unwrap()
    }

    fn groups(&self) -> String {
        let mut text = "group:\n  environments:\n".to_owned();
        for (index, (datacenter, is_staging)) in self.environments.iter().enumerate() {
            let kind = if *is_staging { "STAGING" } else { "PRODUCTION" };
            writeln!(
                text,
                "    e{index}: {{datacenter: {}, type: {kind}, aliases: [a{index}]}}",
                DATACENTERS[*datacenter]
            )
            .unwrap();
        }
        let default = STAGES[self.default_stage];
        writeln!(text, "  environment_stages: {:?}", &STAGES[..self.stages]).unwrap();
        writeln!(text, "  environment_default_stage: {default}").unwrap();
        text
    }

    fn catalog(&self) -> String {
        let mut text = "services:\n  service:\n    cluster_group: group\n".to_owned();
        if self.has_checks {
            text += "    checks: {errors: {type: counters, requests: requests, errors: errors}}\n";
        }
        text += "    namespaces:\n";
        for (index, destinations) in self.namespaces.iter().enumerate() {
            writeln!(text, "      n{index}:\n        environments:").unwrap();
            for Destination {
                environment,
                listed,
                ..
            } in destinations
            {
                let releases = listed.as_ref().map_or_else(String::new, |listed| {
                    let releases: Vec<String> = listed
                        .iter()
                        .map(|(release, stage)| {
                            let stage = stage.map_or_else(String::new, |stage| {
                                format!("stage: {}", STAGES[stage])
                            });
                            format!("{}: {{{stage}}}", RELEASES[*release])
                        })
                        .collect();
                    format!("releases: {{{}}}", releases.join(", "))
                });
                writeln!(text, "          a{environment}: {{{releases}}}").unwrap();
            }
        }
        text
    }

    fn installed(&self) -> Installed {
        let mut installed = Installed::new();
        for (index, destinations) in self.namespaces.iter().enumerate() {
            for Destination {
                environment,
                installed: releases,
                ..
            } in destinations
            {
                let key = (
                    Namespace::new(format!("n{index}")).unwrap(),
                    EnvironmentName::new(format!("a{environment}")).unwrap(),
                );
                installed.insert(
                    key,
                    releases
                        .iter()
                        .map(|release| ReleaseName::new(RELEASES[*release]).unwrap().into())
                        .collect(),
                );
            }
        }
        installed
    }

    fn plan(&self, environments: Vec<String>) -> Plan {
        let inputs = self.inputs();
        let selection = Selection {
            environments,
            ..Selection::default()
        };
        plan_releases(
            inputs.service("service").unwrap(),
            &selection,
            Some(&self.installed()),
        )
        .unwrap()
    }

    /// Namespace, environment and release of everything that is to be deployed, and its place in the order.
    fn expected(&self) -> BTreeSet<(Rank, String)> {
        let mut expected = BTreeSet::new();
        for (namespace, destinations) in self.namespaces.iter().enumerate() {
            for Destination {
                environment,
                listed,
                installed,
            } in destinations
            {
                let all = listed
                    .clone()
                    .unwrap_or_else(|| installed.iter().map(|release| (*release, None)).collect());
                let (datacenter, is_staging) = self.environments[*environment];
                for (index, (release, stage)) in all.iter().enumerate() {
                    let stage = stage.unwrap_or(self.default_stage);
                    let rank = (
                        !is_staging,
                        stage,
                        datacenter == self.primary,
                        *environment,
                        namespace,
                        index,
                    );
                    expected.insert((
                        rank,
                        format!("n{namespace}/a{environment}/{}", RELEASES[*release]),
                    ));
                }
            }
        }
        expected
    }
}

/// Production, stage, primary datacenter, environment, namespace, release: smaller comes first.
type Rank = (bool, usize, bool, usize, usize, usize);

fn is_in_production(step: &ReleaseStep) -> bool {
    step.environment_type == EnvironmentType::Production
}

fn release(step: &Step) -> &ReleaseStep {
    match &step.kind {
        StepKind::Release(step) => step,
        StepKind::HostGroup(_) => panic!("a service in Kubernetes has no host groups"),
    }
}

fn name(step: &Step) -> String {
    let step = release(step);
    format!(
        "{}/{}/{}",
        step.namespace,
        step.environment,
        step.release.as_ref().unwrap()
    )
}

proptest! {
    #[test]
    fn every_selected_release_comes_once_and_in_the_order_of_the_format(world in worlds()) {
        let planned: Vec<String> = world.plan(Vec::new()).steps.iter().map(name).collect();
        let expected: Vec<String> = world.expected().into_iter().map(|(_, name)| name).collect();
        prop_assert_eq!(planned, expected);
    }

    #[test]
    fn a_selection_leaves_out_the_rest_and_keeps_the_order(world in worlds(), place: Index) {
        let destinations: Vec<&Destination> = world.namespaces.iter().flatten().collect();
        let environment = place.get(&destinations).environment;
        let all = world.plan(Vec::new());
        let wanted: Vec<String> =
            all.steps.iter().map(name).filter(|name| name.contains(&format!("/a{environment}/"))).collect();
        let selected = world.plan(vec![format!("e{environment}")]);
        prop_assert_eq!(selected.steps.iter().map(name).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn waves_cover_all_steps_in_order_and_share_type_stage_and_datacenter(world in worlds()) {
        let plan = world.plan(Vec::new());
        let covered: Vec<StepId> = plan.waves.iter().flat_map(|wave| wave.steps.clone()).collect();
        prop_assert_eq!(covered, plan.step_ids().collect::<Vec<_>>());
        for wave in &plan.waves {
            let common = |id: &StepId| {
                let step = release(plan.step(*id));
                (step.environment_type, step.stage.clone(), step.datacenter.clone())
            };
            prop_assert!(wave.steps.iter().all(|step| common(step) == common(&wave.steps[0])));
        }
    }

    #[test]
    fn a_canary_is_in_its_wave_and_its_control_comes_later(world in worlds()) {
        let plan = world.plan(Vec::new());
        for wave in &plan.waves {
            for gate in &wave.gates {
                let Gate::Evidence(evidence) = gate else { continue };
                prop_assert!(!evidence.canary.is_empty() && !evidence.control.is_empty());
                prop_assert!(evidence.canary.iter().all(|step| wave.steps.contains(step)));
                prop_assert!(evidence.control.iter().all(|step| step > wave.steps.last().unwrap()));
            }
        }
    }

    #[test]
    fn with_checks_each_namespace_in_two_production_datacenters_is_judged(mut world in worlds()) {
        world.has_checks = true;
        let plan = world.plan(Vec::new());
        let mut datacenters: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for step in plan.steps.iter().map(release).filter(|step| is_in_production(step)) {
            datacenters.entry(step.namespace.clone()).or_default().insert(step.datacenter.clone());
        }
        let mut judged = BTreeSet::new();
        for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
            let Gate::Evidence(evidence) = gate else { continue };
            let canaries = evidence.canary.iter().map(|id| release(plan.step(*id)));
            judged.extend(canaries.filter(|step| is_in_production(step)).map(|step| step.namespace.clone()));
        }
        for (namespace, datacenters) in datacenters {
            prop_assert!(judged.contains(&namespace) || datacenters.len() < 2, "{}", namespace);
        }
    }

    #[test]
    fn releases_are_compared_with_their_own_namespace_only(mut world in worlds()) {
        world.has_checks = true;
        let plan = world.plan(Vec::new());
        for gate in plan.waves.iter().flat_map(|wave| &wave.gates) {
            let Gate::Evidence(evidence) = gate else { continue };
            let namespaces = |ids: &[StepId]| -> BTreeSet<_> {
                ids.iter().map(|id| release(plan.step(*id)).namespace.clone()).collect()
            };
            prop_assert_eq!(namespaces(&evidence.canary), namespaces(&evidence.control));
        }
    }

    #[test]
    fn the_digest_is_that_of_the_plan_and_of_nothing_else(one in worlds(), other in worlds()) {
        let (plan, other) = (one.plan(Vec::new()), other.plan(Vec::new()));
        prop_assert_eq!(plan.digest(), one.plan(Vec::new()).digest());
        prop_assert_eq!(plan == other, plan.digest() == other.digest());
        let stored: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        prop_assert_eq!(stored.digest(), plan.digest());
    }

    #[test]
    fn one_changed_word_changes_the_digest(world in worlds(), step: Index) {
        let plan = world.plan(Vec::new());
        prop_assume!(!plan.steps.is_empty());
        let mut changed = plan.clone();
        changed.steps[step.index(plan.steps.len())].reason.push('!');
        prop_assert_ne!(plan.digest(), changed.digest());
    }
}
