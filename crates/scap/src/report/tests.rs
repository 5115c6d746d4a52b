//! The report is as its published schema says.

use super::*;
use crate::published::is_published;
use crate::queries;
use crate::view::stories;

#[test]
fn the_published_schema_is_that_of_the_report() {
    assert!(
        is_published("explanation.json", &schema()),
        "schemas/explanation.json is not that of the report: run with UPDATE_SCHEMAS=1"
    );
}

#[test]
fn every_story_is_told_as_the_schema_says() {
    let schema = serde_json::to_value(schema()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let stories = [
        stories::preparing(),
        stories::rolled_back(),
        stories::with_stragglers(),
        stories::stuck(),
        stories::answered(),
        stories::refused(),
        stories::shadowed(),
        stories::mathoid_waiting(),
    ];
    for story in stories {
        let queries = queries::of_run(&story.state, None);
        let report = serde_json::to_value(Report::explaining(&story.state, &queries)).unwrap();
        let wrong: Vec<String> = schema
            .iter_errors(&report)
            .map(|it| it.to_string())
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{report}");
    }
}

#[test]
fn an_explanation_has_all_that_a_chart_needs() {
    let story = stories::rolled_back();
    let queries = queries::of_run(&story.state, None);
    let report = serde_json::to_value(Report::explaining(&story.state, &queries)).unwrap();
    let evidence = &report["gates"][1]["evidence"];
    let chart = &evidence["chart"];
    let points = chart["points"].as_array().unwrap();
    assert_eq!(points.len(), story.state.gates[0][1].ticks.len());
    assert!(points.last().unwrap()["log_e"].as_f64() >= chart["limit"].as_f64());
    assert_eq!(chart["verdict"]["verdict"], "fail");
    assert_eq!(chart["kinds"][0]["is_new"], true);
    assert_eq!(evidence["queries"][0]["query"], "GET /metrics");
    assert_eq!(evidence["examples"][0]["instance"], "shop1");
}
