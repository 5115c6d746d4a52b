//! Releases come after those that they need, and what comes too late or never is unmet.

use scap_plan::{
    ClusterSources, EnvironmentName, Inputs, Installed, InstalledRelease, Manifest, Namespace,
    Plan, ReleaseName, ReleaseNeeds, ReleaseRef, Selection, Source, Sources, StepId, StepKind,
    plan_releases, unmet,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

const CATALOG: &str = "
services:
  shop:
    cluster_group: wikikube
    namespaces:
      shop: {environments: {eqiad: {releases: {canary: {stage: CANARY}, main: {}}}}}
      base: {environments: {eqiad: {releases: {extra: {}, base: {}}}}}
";
const GROUPS: &str = "
wikikube:
  environments: {eqiad: {datacenter: eqiad, type: PRODUCTION}}
  environment_stages: [CANARY, PRODUCTION]
  environment_default_stage: PRODUCTION
";

fn pod(name: &str, settings: &[&str]) -> String {
    let volumes: Vec<String> = settings
        .iter()
        .map(|settings| format!("{{name: {settings}, configMap: {{name: {settings}}}}}"))
        .collect();
    let volumes = volumes.join(", ");
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [], volumes: [{volumes}]}}}}"
    )
}

fn settings(name: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}")
}

/// All are in one namespace of the cluster, whatever their helmfile's is called.
fn plan(needs: &[(&str, (&str, &str))]) -> Plan {
    let source = |name: &str, text: &str| Source::new(name, text.to_owned());
    let inputs = Inputs::read(&Sources {
        service_catalog: source("service-catalog.yaml", CATALOG),
        clusters: Some(ClusterSources {
            cluster_groups: source("cluster-groups.yaml", GROUPS),
            conftool_state: source("conftool-state.yaml", "mw: {primary_dc: eqiad}"),
        }),
    });
    let place = |namespace: &str| {
        let environment = EnvironmentName::new("eqiad").unwrap();
        (Namespace::new(namespace).unwrap(), environment)
    };
    let release = |name: &&str| {
        let of_release = needs.iter().filter(|(release, _)| release == name);
        let needs = of_release.map(|(_, (namespace, release))| {
            let namespace = Namespace::new(*namespace).unwrap();
            (namespace, ReleaseName::new(*release).unwrap())
        });
        InstalledRelease {
            needs: needs.collect(),
            ..ReleaseName::new(*name).unwrap().into()
        }
    };
    let mut installed = Installed::new();
    for (namespace, releases) in [("shop", ["canary", "main"]), ("base", ["extra", "base"])] {
        installed.insert(place(namespace), releases.iter().map(release).collect());
    }
    let inputs = inputs.unwrap();
    let shop = inputs.service("shop").unwrap();
    plan_releases(shop, &Selection::default(), Some(&installed)).unwrap()
}

fn name(plan: &Plan, id: StepId) -> &str {
    match &plan.step(id).kind {
        StepKind::Release(step) => step.release.as_ref().unwrap().as_str(),
        StepKind::HostGroup(_) => unreachable!("all are releases"),
    }
}

fn order(plan: &Plan) -> Vec<String> {
    let step = |id: StepId| {
        let needs = plan.step(id).needs.iter();
        let needs: Vec<&str> = needs.map(|needed| name(plan, *needed)).collect();
        format!("{} {}", name(plan, id), needs.join(" "))
    };
    plan.step_ids()
        .map(|id| step(id).trim_end().to_owned())
        .collect()
}

#[test]
fn releases_wait_for_those_that_they_need() {
    assert_eq!(order(&plan(&[])), ["canary", "main", "extra", "base"]);
    let needs = [("main", ("base", "base")), ("base", ("base", "extra"))];
    let expected = ["canary", "extra", "base extra", "main base"];
    assert_eq!(order(&plan(&needs)), expected);
    // A stage comes before what its releases need; who need each other stay as they stand.
    let needs = [("canary", ("base", "base")), ("main", ("base", "base"))];
    let circle = [("base", ("shop", "main"))];
    let needs = [&needs[..], &circle[..]].concat();
    let expected = ["canary", "extra", "main", "base main"];
    assert_eq!(order(&plan(&needs)), expected);
}

#[test]
fn what_comes_too_late_or_never_is_unmet() {
    let plan = plan(&[("main", ("base", "base"))]);
    let manifests: BTreeMap<&str, Manifest> = [
        ("canary", pod("canary", &["of-base", "of-nobody"])),
        ("main", pod("main", &["of-base", "of-extra"])),
        ("extra", settings("of-extra")),
        ("base", settings("of-base")),
    ]
    .map(|(name, text)| (name, Manifest::read(&text).unwrap()))
    .into();
    let releases = plan.step_ids().map(|id| {
        let release = ReleaseRef {
            service: plan.service.clone(),
            environment: EnvironmentName::new("eqiad").unwrap(),
            namespace: Namespace::new("shop").unwrap(),
            release: ReleaseName::new(name(&plan, id)).unwrap(),
        };
        let needs = ReleaseNeeds {
            release,
            manifest: Cow::Borrowed(&manifests[name(&plan, id)]),
            declared: Vec::new(),
        };
        (id, needs)
    });
    let found = unmet(&plan, &releases.collect());
    let found: Vec<String> = found
        .iter()
        .map(|unmet| {
            let late = unmet.brought_by.iter().map(|id| name(&plan, *id));
            let late: Vec<&str> = late.collect();
            let (step, wanted) = (name(&plan, unmet.step), &unmet.requirement.wanted);
            format!("{step}: {wanted}, late by {late:?}")
        })
        .collect();
    assert_eq!(
        found,
        [
            "canary: ConfigMap of-nobody, late by []",
            "canary: ConfigMap of-base, late by [\"base\"]",
            "main: ConfigMap of-extra, late by [\"extra\"]",
        ]
    );
}
