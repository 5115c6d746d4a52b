//! The schemas have the keys that are read, no more and no fewer.

use super::schemas;
use crate::catalog::{checks, test_kinds, test_terms};
use crate::configuration::spiderpig::sign_in;
use crate::policy_file::rule;
use crate::{catalog, cluster_groups, configuration, httpbb, policy_file};
use serde_json::Value;
use std::collections::BTreeSet;

fn schema(format: &str) -> Value {
    let found = schemas().into_iter().find(|(name, _)| *name == format);
    serde_json::to_value(found.unwrap().1).unwrap()
}

/// The keys of the mapping at `pointer`.
fn keys(format: &str, pointer: &str) -> BTreeSet<String> {
    let schema = schema(format);
    let properties = schema
        .pointer(pointer)
        .and_then(|found| found.get("properties"));
    properties
        .unwrap_or_else(|| panic!("{format}: no properties at {pointer:?}"))
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

fn assert_keys(format: &str, pointer: &str, read: &[&[&str]]) {
    let read: BTreeSet<String> = read.concat().iter().map(ToString::to_string).collect();
    assert_eq!(keys(format, pointer), read, "{format}{pointer}");
}

#[test]
fn schemas_have_the_keys_that_are_read() {
    let service = [
        catalog::SERVICE_KEYS,
        catalog::HOST_SERVICE_KEYS,
        catalog::team::KEYS,
    ];
    assert_keys("service-catalog", "", &[catalog::KEYS]);
    assert_keys("service-catalog", "/$defs/Service", &service);
    assert_keys("service-catalog", "/$defs/Hosts", &[catalog::HOSTS_KEYS]);
    assert_keys(
        "service-catalog",
        "/$defs/Namespace",
        &[catalog::NAMESPACE_KEYS],
    );
    assert_keys(
        "service-catalog",
        "/$defs/Environment",
        &[catalog::ENVIRONMENT_KEYS],
    );
    assert_keys(
        "service-catalog",
        "/$defs/Image",
        &[catalog::team::IMAGE_KEYS],
    );
    assert_keys(
        "service-catalog",
        "/$defs/Release",
        &[catalog::RELEASE_KEYS],
    );
    let checks = [
        checks::COUNTERS_KEYS,
        checks::PROMETHEUS_KEYS,
        checks::SLOW_COUNTERS_KEYS,
        checks::SLOW_PROMETHEUS_KEYS,
        checks::LOGS_KEYS,
    ];
    let tests = [
        test_kinds::HTTP_KEYS,
        test_kinds::PORT_KEYS,
        test_kinds::COMMAND_KEYS,
        test_kinds::HELM_TEST_KEYS,
        test_kinds::HTTPBB_KEYS,
        test_kinds::OPENAPI_KEYS,
        test_kinds::REQUESTS_KEYS,
    ];
    for format in ["service-catalog", "team", "scap"] {
        for (index, keys) in checks.into_iter().enumerate() {
            let pointer = format!("/$defs/Check/oneOf/{index}");
            assert_keys(format, &pointer, &[checks::COMMON_KEYS, keys]);
        }
        for name in ["Slow", "SlowQuery"] {
            assert_keys(format, &format!("/$defs/{name}"), &[checks::SLOW_KEYS]);
        }
        for (index, keys) in tests.into_iter().enumerate() {
            let pointer = format!("/$defs/Test/oneOf/{index}");
            assert_keys(format, &pointer, &[test_terms::KEYS, keys]);
        }
    }
    assert_keys(
        "service-catalog",
        "/$defs/Passes",
        &[test_kinds::PASSES_KEYS],
    );
    assert_keys("team", "", &[catalog::team::KEYS]);
    assert_keys(
        "cluster-groups",
        "/$defs/ClusterGroup",
        &[cluster_groups::GROUP_KEYS],
    );
    assert_keys(
        "cluster-groups",
        "/$defs/Environment",
        &[cluster_groups::ENVIRONMENT_KEYS],
    );
    assert_keys("httpbb", "/$defs/Request", &[httpbb::request::KEYS]);
    assert_keys("scap", "", &[configuration::KEYS]);
    assert_keys("scap", "/$defs/Binaries", &[configuration::BINARIES_KEYS]);
    assert_keys("scap", "/$defs/Bump", &[configuration::bump::KEYS]);
    let retention = configuration::retention::KEYS;
    assert_keys("scap", "/$defs/Retention", &[retention]);
    assert_keys("scap", "/$defs/Hosts", &[configuration::HOSTS_KEYS]);
    assert_keys("scap", "/$defs/Metrics", &[configuration::METRICS_KEYS]);
    assert_keys("scap", "/$defs/Logs", &[configuration::LOGS_KEYS]);
    assert_keys("scap", "/$defs/Defaults", &[catalog::team::DEFAULTS_KEYS]);
    let spiderpig = configuration::spiderpig::KEYS;
    assert_keys("scap", "/$defs/Spiderpig", &[spiderpig]);
    for (index, keys) in [sign_in::OIDC_KEYS, sign_in::CAS_KEYS]
        .into_iter()
        .enumerate()
    {
        let pointer = format!("/$defs/SignIn/oneOf/{index}");
        assert_keys("scap", &pointer, &[sign_in::KEYS, keys]);
    }
    assert_keys("policy", "", &[policy_file::KEYS]);
    assert_keys("policy", "/$defs/Rule", &[rule::KEYS]);
    assert_keys("policy", "/$defs/StepUp", &[rule::STEP_UP_KEYS]);
    assert_keys("policy", "/$defs/Approval", &[rule::APPROVAL_KEYS]);
}
