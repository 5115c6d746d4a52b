//! A `StatefulSet`, whose pods come one after the other; in a cluster group without staging.

use crate::place::Place;
use serde_json::Value;

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn every_pod_of_a_stateful_set_is_waited_for() {
    let place = Place::new();
    place.deploy("opensearch-toolhub", 0);
    for (environment, pods) in [("codfw", 2), ("eqiad", 3)] {
        let wanted = ["get", "statefulsets", "-o", "json"];
        let sets = Place::kubectl("opensearch-toolhub", environment, &wanted);
        let sets: Value = serde_json::from_str(&sets).unwrap();
        assert_eq!(sets["items"][0]["status"]["readyReplicas"], pods, "{sets}");
        let status = Place::helm_status("opensearch-toolhub", environment, "main");
        assert!(status.unwrap().starts_with("deployed "));
    }
}
