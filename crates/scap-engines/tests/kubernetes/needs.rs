//! What a release needs and neither its plan nor its cluster has.

use scap_plan::Step;
use scap_run::{Finding, Inspect, Severity};
use serde_json::{Value, json};

use crate::faked::{Fake, canary};
use crate::place::{absent, plan};

const POD: &str = "
kind: Pod
apiVersion: v1
metadata: { name: web }
spec:
  serviceAccountName: shop
  imagePullSecrets: [{ name: registry }]
  containers:
    - name: web
      args: [\"http://$(STORE_SERVICE_HOST)\"]
      env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: a } } }]
      envFrom: [{ secretRef: { name: passwords } }, { secretRef: { name: perhaps, optional: true } }]
---
kind: Certificate
apiVersion: cert-manager.io/v1
metadata: { name: web }
";
const CORE: &str = "/api/v1/namespaces/shellbox";

async fn fake() -> Fake {
    let fake = Fake::new().await;
    fake.render(POD);
    fake
}

async fn findings(fake: &Fake, steps: Vec<Step>) -> Vec<(Severity, String)> {
    let mut plan = plan(steps);
    plan.waves =
        vec![serde_json::from_value(json!({"name": "all", "steps": [0], "gates": []})).unwrap()];
    let findings = fake.place.engine.preflight(&plan).await;
    let said = |finding: Finding| (finding.severity, finding.message);
    findings.into_iter().map(said).collect()
}

fn object(kind: &str, name: &str, data: &Value) -> Value {
    json!({"kind": kind, "apiVersion": "v1", "metadata": {"name": name}, "data": data})
}

#[tokio::test]
async fn each_thing_that_is_missing_is_one_finding() {
    let fake = fake().await;
    fake.api.have(
        "/apis",
        json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
    );
    fake.api.have(
        format!("{CORE}/services").leak(),
        json!({"kind": "ServiceList", "apiVersion": "v1", "metadata": {}, "items": []}),
    );
    let missing = |what: &str, harm: &str| {
        let message =
            format!("{what} is missing in namespace `shellbox` of eqiad: `canary` needs it{harm}");
        (Severity::Error, message)
    };
    let harm = ", and a container that starts without never gets the variable";
    let perhaps =
        "Secret `registry` is missing in namespace `shellbox` of eqiad: `canary` may need it";
    let kind = "the definition of kind `Certificate` of `cert-manager.io` is missing in eqiad: `canary` needs it";
    assert_eq!(
        findings(&fake, vec![canary(&absent())]).await,
        [
            missing("ServiceAccount `shop`", ""),
            missing("Secret `passwords`", ""),
            missing("ConfigMap `settings`", ""),
            missing("a Service that sets `STORE_SERVICE_HOST`", harm),
            (Severity::Error, kind.to_owned()),
            missing("release `main`", ""),
            (Severity::Warning, perhaps.to_owned()),
        ]
    );
}

#[tokio::test]
async fn what_the_cluster_has_is_not_missing() {
    let fake = fake().await;
    fake.api.install_main();
    for (path, kind, name, data) in [
        ("/serviceaccounts/shop", "ServiceAccount", "shop", json!({})),
        ("/secrets/registry", "Secret", "registry", json!({})),
        ("/secrets/passwords", "Secret", "passwords", json!({})),
        (
            "/configmaps/settings",
            "ConfigMap",
            "settings",
            json!({"b": ""}),
        ),
    ] {
        let path = format!("{CORE}{path}").leak();
        fake.api.have(path, object(kind, name, &data));
    }
    let services = |address: &str| {
        json!({"kind": "ServiceList", "apiVersion": "v1", "metadata": {},
            "items": [{"metadata": {"name": "store"}, "spec": {"clusterIP": address}}]})
    };
    let path: &str = format!("{CORE}/services").leak();
    // One without an address sets no variable.
    fake.api.have(path, services("None"));
    fake.api.forbid(&["/apis"]);
    let unknown = "cannot tell whether the definition of kind `Certificate` of `cert-manager.io` is in eqiad: \
                   the server says Forbidden; `canary` needs it";
    let without_key =
        "ConfigMap `settings` in namespace `shellbox` of eqiad has no key `a`: `canary` needs it";
    let found = findings(&fake, vec![canary(&absent())]).await;
    let said: Vec<(Severity, &str)> = found
        .iter()
        .map(|(severity, message)| (*severity, message.as_str()))
        .collect();
    let [first, second, third] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert_eq!(*first, (Severity::Error, without_key));
    assert!(second.1.contains("STORE_SERVICE_HOST"), "{second:?}");
    assert_eq!(*third, (Severity::Warning, unknown));
    fake.api.have(path, services("10.1.2.3"));
    fake.api.have(
        format!("{CORE}/configmaps/settings").leak(),
        object("ConfigMap", "settings", &json!({"a": ""})),
    );
    let found = findings(&fake, vec![canary(&absent())]).await;
    assert_eq!(found, [(Severity::Warning, unknown.to_owned())]);
}
