//! Every folder of `cases/` has a policy or cases for one; what was read, what is wrong or what is odd comes out.
//!
//! `UPDATE_CORPUS=1` writes what comes out.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

#[path = "../planner/expected.rs"]
mod expected;

use expected::{expect, folders};
use scap_hostile::hostile;
use scap_plan::{
    ClusterSources, ConfigError, Inputs, NamePattern, PolicyFile, Source, Sources, policy_cases,
};
use std::fs;
use std::path::Path;

const CATALOG: &str = "
services:
  mathoid:
    cluster_group: wikikube
    namespaces: { mathoid: { environments: { staging-alias: {}, eqiad: {} } } }
";
const GROUPS: &str = "
wikikube:
  environments:
    staging: { datacenter: eqiad, type: STAGING, aliases: [staging-alias] }
    eqiad: { datacenter: eqiad, type: PRODUCTION }
  environment_stages: [PRODUCTION]
  environment_default_stage: PRODUCTION
";

#[test]
fn every_case_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for case in folders("policy/cases") {
        let name = case.file_name().unwrap().to_str().unwrap();
        let read = read(&case);
        assert_eq!(read.is_err(), name.starts_with("bad-"), "{name}: {read:?}");
        let (file, found) = match read {
            Ok(found) => ("policy.txt", found),
            Err(errors) => ("error.txt", errors.iter().map(error).collect()),
        };
        expect(&case.join(file), &found, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_pattern_means_whole_names() {
    for (pattern, good, bad) in [
        ("mathoid", "mathoid", "mathoid2"),
        ("mw-*", "mw-", "amw-x"),
        ("*-next", "a-next", "a-next2"),
        ("a*b*c", "abbc", "abcb"),
        ("*", "x", "\u{0}never"),
        ("a*a", "aa", "a"),
        ("*ab*ab*", "abab", "aba"),
    ] {
        let pattern = NamePattern::try_from(pattern.to_owned()).unwrap();
        assert!(pattern.matches(good), "{pattern} {good}");
        assert!(
            pattern.as_str() == "*" || !pattern.matches(bad),
            "{pattern} {bad}"
        );
    }
}

#[test]
fn the_schema_takes_good_policies_and_refuses_wrong_shapes() {
    let schemas = scap_plan::schemas();
    let (_, schema) = schemas.iter().find(|(name, _)| *name == "policy").unwrap();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    for (case, is_good) in [
        ("everything", true),
        ("warnings", true),
        ("bad-shapes", false),
    ] {
        let file = folders("policy/cases")
            .into_iter()
            .find(|it| it.ends_with(case));
        let text = fs::read_to_string(file.unwrap().join("policy.yaml")).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(validator.is_valid(&value), is_good, "{case}");
    }
}

#[test]
fn a_hostile_policy_is_read_or_refused() {
    let good = fs::read(folders("policy/cases").pop().unwrap().join("policy.yaml")).unwrap();
    hostile("policy", &[good], |bytes| {
        if let Ok(policy) = policy(bytes.to_vec()) {
            policy.warnings(None);
        }
    });
}

fn read(case: &Path) -> Result<String, Vec<ConfigError>> {
    if let Ok(bytes) = fs::read(case.join("policy-cases.yaml")) {
        let source = Source::from_bytes("policy-cases.yaml", bytes).unwrap();
        return policy_cases(&source).map(|cases| format!("{cases:#?}\n"));
    }
    let policy = policy(fs::read(case.join("policy.yaml")).unwrap())?;
    let rules: Vec<String> = policy
        .rules
        .iter()
        .map(|rule| format!("{rule:?}\n"))
        .collect();
    let warnings: Vec<String> = policy
        .warnings(Some(&catalog()))
        .iter()
        .map(error)
        .collect();
    Ok(rules.concat() + &warnings.concat())
}

fn policy(bytes: Vec<u8>) -> Result<PolicyFile, Vec<ConfigError>> {
    let source = Source::from_bytes("policy.yaml", bytes).map_err(|error| vec![error])?;
    PolicyFile::read(&source)
}

fn catalog() -> Inputs {
    Inputs::read(&Sources {
        service_catalog: Source::new("catalog.yaml", CATALOG),
        clusters: Some(ClusterSources {
            cluster_groups: Source::new("groups.yaml", GROUPS),
            conftool_state: Source::new("state.yaml", "mw: { primary_dc: eqiad }"),
        }),
    })
    .unwrap()
}

fn error(error: &ConfigError) -> String {
    let ConfigError {
        file, line, column, ..
    } = error;
    let hint = error.hint.as_ref();
    let hint = hint.map(|hint| format!("  Hint: {hint}\n"));
    format!(
        "{file}:{line}:{column}: {error}\n{}",
        hint.unwrap_or_default()
    )
}
