//! Differences as people read them, in plain text.

use super::{ReleaseDifference, page};
use insta::assert_snapshot;
use proptest::prelude::*;
use scap_plan::{Difference, Manifest, Object, ObjectName, ReleaseName, compare};
use std::collections::BTreeMap;

const STORED: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  template:
    metadata: { annotations: { checksum/settings: 1f3a } }
    spec:
      containers:
        - name: web
          image: registry.example/repos/shop/web:2026-03-01-101010-production
          args: [--workers, "4"]
          env:
            - { name: LEVEL, value: info }
            - { name: TOKEN, value: hunter2-of-old }
        - { name: mesh, image: "registry.example/mesh:1" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data:
  config.yaml: |
    level: info
    listen: 0.0.0.0:8080
    workers: 4
    cache:
      size: 100
      store: memcached
    search: http://shop:hunter2-of-old@search:9200
---
apiVersion: v1
kind: Secret
metadata: { name: passwords }
stringData: { token: hunter2-of-old, other: never-changes }
---
apiVersion: flink.apache.org/v1beta1
kind: FlinkDeployment
metadata: { name: stream }
spec: { taskManager: { replicas: 2 } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: edge }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec: { schedule: "0 3 * * *" }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { maxReplicas: 9, scaleTargetRef: { kind: Deployment, name: web } }
"#;

/// The desired and the live form of what is stored.
fn story() -> Difference {
    let desired = STORED
        .replace("2026-03-01-101010", "2026-03-04-090000")
        .replace("1f3a", "9c0d")
        .replace("[--workers, \"4\"]", "[--verbose, --workers, \"4\"]")
        .replace("hunter2-of-old", "hunter2-of-new")
        .replace("workers: 4", "workers: 8")
        .replace("port: 80", "port: 80, targetPort: http")
        .replace(
            "        - { name: mesh, image: \"registry.example/mesh:1\" }\n",
            "          readinessProbe: { httpGet: { path: /healthz, port: 8080 } }\n",
        )
        .replace(
            "kind: CronJob\nmetadata: { name: nightly }",
            "kind: CronJob\nmetadata: { name: hourly }",
        );
    let live = STORED
        .replace("replicas: 2\n", "replicas: 7\n")
        .replace("value: info", "value: trace")
        .replace("replicas: 2 }", "replicas: 3 }")
        .replace("maxReplicas: 9", "maxReplicas: 12")
        .replace(
            "kind: ServiceAccount\nmetadata: { name: web }",
            "kind: ServiceAccount\nmetadata: { name: was }",
        );
    difference(STORED, &desired, &live)
}

fn difference(stored: &str, desired: &str, live: &str) -> Difference {
    let [stored, desired, live] = [stored, desired, live].map(|text| Manifest::read(text).unwrap());
    let absent = stored
        .objects
        .iter()
        .map(|object| (object.object_name(), None));
    let mut found: BTreeMap<ObjectName, Option<Object>> = absent.collect();
    found.extend(
        live.objects
            .into_iter()
            .map(|object| (object.object_name(), Some(object))),
    );
    compare(&desired, Some(&stored), &found, "shop")
}

fn text(difference: &Difference, width: usize) -> String {
    let nothing = Difference::default();
    let [main, canary] = ["main", "canary"].map(|name| ReleaseName::new(name).unwrap());
    let releases = [(&canary, &nothing), (&main, difference)].map(|(release, difference)| {
        let place = "shop in eqiad".to_owned();
        ReleaseDifference {
            place,
            release,
            difference,
        }
    });
    crate::view::tests::text(&page(&releases, width))
}

#[test]
fn a_difference_says_what_an_apply_does() {
    assert_snapshot!("difference", text(&story(), 100));
}

#[test]
fn a_difference_fits_the_width() {
    for width in [60, 80, 120] {
        for line in text(&story(), width).lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn no_difference_is_one_line() {
    let same = difference(STORED, STORED, STORED);
    assert_snapshot!(text(&same, 80), @r"
    canary  shop in eqiad   no difference

    main  shop in eqiad   no difference

    8 objects unchanged
    ");
}

proptest! {
    #[test]
    fn no_secret_is_seen(old in "[A-Z][A-Z0-9]{11,29}", new in "[A-Z][A-Z0-9]{11,29}", live in "[A-Z][A-Z0-9]{11,29}") {
        let with = |secret: &str| STORED.replace("hunter2-of-old", secret);
        let text = text(&difference(&with(&old), &with(&new), &with(&live)), 200);
        for secret in [old, new, live] {
            prop_assert!(!text.contains(&secret), "{secret} in {text}");
        }
    }
}
