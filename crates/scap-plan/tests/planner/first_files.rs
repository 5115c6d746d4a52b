//! Every folder of `tests/first_file/` is what was found of a service, and the first file that is made of it: it is read by
//! the reader of such files, and so are its examples.

use crate::expected::{expect, folders};
use scap_plan::{
    Clues, ClusterSources, Inputs, Service, Source, Sources, Team, first_file, schemas,
};
use serde_json::Value;
use std::fs;
use std::path::Path;

const CATALOG: &str = "
services:
  shop: {cluster_group: wikikube, namespaces: {shop: {environments: {eqiad: {}}}}}
  store: {hosts: {repository: store}}
";
const GROUPS: &str = "
wikikube:
  environments: {eqiad: {datacenter: eqiad, type: PRODUCTION}}
  environment_stages: [PRODUCTION]
  environment_default_stage: PRODUCTION
";

/// One on hosts, where the case is of those, else one in Kubernetes.
fn service(folder: &Path) -> Service {
    let sources = Sources {
        service_catalog: Source::new("catalog", CATALOG),
        clusters: Some(ClusterSources {
            cluster_groups: Source::new("groups", GROUPS),
            conftool_state: Source::new("state", "mw: {primary_dc: eqiad}"),
        }),
    };
    let is_on_hosts = folder.to_str().unwrap().ends_with("-hosts");
    let name = if is_on_hosts { "store" } else { "shop" };
    let inputs = Inputs::read(&sources).unwrap();
    inputs.service(name).unwrap().clone()
}

fn clues(folder: &Path) -> Clues {
    serde_json::from_slice(&fs::read(folder.join("clues.json")).unwrap()).unwrap()
}

/// What the text says, by the reader of such files and by their schema.
fn read(service: &Service, text: &str) -> Team {
    let team = service.read_team_file(&Source::new("scap.yaml", text));
    let team = team.unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    let value: Value = serde_saphyr::from_str(text).unwrap();
    let (_, schema) = schemas()
        .into_iter()
        .find(|(name, _)| *name == "team")
        .unwrap();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}\n{text}");
    team
}

#[test]
fn every_first_file_is_as_expected_and_is_read() {
    let mut wrong = Vec::new();
    for folder in folders("first_file") {
        let service = service(&folder);
        let text = first_file(&service, &clues(&folder));
        read(&service, &text);
        expect(&folder.join("team.yaml"), &text, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The text with all examples taken in, and without the sentences beside them.
fn with_examples(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let indent = &line[..line.len() - line.trim_start().len()];
        let said = line.trim_start();
        let example = said.strip_prefix("# ").unwrap_or(said);
        let key = example.trim_start().split(':').next().unwrap_or_default();
        let is_sentence = key.is_empty() || key.contains(' ');
        if is_sentence {
            String::new()
        } else {
            format!("{indent}{example}\n")
        }
    });
    lines.collect()
}

#[test]
fn examples_hold_where_they_are_taken_in() {
    for folder in folders("first_file") {
        let service = service(&folder);
        let text = with_examples(&first_file(&service, &clues(&folder)));
        let team = read(&service, &text);
        assert!(team.checks.len() >= 2 && team.tests.len() >= 3, "{text}");
        assert_eq!((team.links.len(), team.owners.len()), (1, 1), "{text}");
    }
}

#[test]
fn hostile_clues_make_a_file_that_is_read() {
    for folder in folders("first_file") {
        let service = service(&folder);
        let good = fs::read(folder.join("clues.json")).unwrap();
        scap_hostile::hostile("clues", &[good], |bytes| {
            if let Ok(clues) = serde_json::from_slice::<Clues>(bytes) {
                let text = first_file(&service, &clues);
                assert_eq!(text, first_file(&service, &clues));
                let team = service.read_team_file(&Source::new("scap.yaml", &text));
                assert!(team.is_ok(), "{team:?}\n{text}");
            }
        });
    }
}
