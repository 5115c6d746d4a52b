//! Tests of the type `httpbb`: their hosts, and the files as the plan has them.

use std::collections::BTreeMap;

use scap_plan::{HostPattern, HttpbbTest, Period, TestKind};
use scap_run::TestReport;

use super::{World, serve};

const GOOD: &str = "http://shop.example: [{path: /host, assert_body_contains: shop.example}]";
const BAD: &str = "http://shop.example: [{path: /, assert_status: 204}, {path: /page}]";

/// `files` are in the folder `below` that of the world, which the plan calls by its whole path.
fn httpbb(world: &World, below: &str, files: &[(&str, &str)]) -> HttpbbTest {
    let path = |name: &str| world.folder.path().join(below).join(name);
    let text = |(name, text): &(&str, &str)| (path(name).display().to_string(), text.to_string());
    HttpbbTest {
        files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
        hosts: Vec::new(),
        https_port: None,
        http_port: None,
        insecure: false,
        request_timeout: Period::from_secs(5),
        texts: files.iter().map(text).collect(),
    }
}

fn hosts(names: &[&str]) -> Vec<HostPattern> {
    let pattern = |name: &&str| HostPattern::try_from((*name).to_owned()).unwrap();
    names.iter().map(pattern).collect()
}

async fn reports(world: &World, wanted: HttpbbTest, step: usize) -> Vec<(String, String)> {
    let reports = world.reports(vec![TestKind::Httpbb(wanted)], step).await;
    let pair = |it: TestReport| (it.instance, it.failure.unwrap_or_default());
    reports.into_iter().map(pair).collect()
}

#[tokio::test]
async fn the_waves_own_hosts_are_asked_at_the_services_port() {
    let world = World::new(serve(11).await);
    let wanted = httpbb(&world, "", &[("a.yaml", GOOD), ("b.yaml", BAD)]);
    let expected = "1 of 3 requests failed; b.yaml:1: GET http://shop.example/: expected status 204, found status 200";
    assert_eq!(
        reports(&world, wanted, 0).await,
        [("web1".to_owned(), expected.to_owned())]
    );
}

#[tokio::test]
async fn a_release_is_asked_at_the_hosts_that_its_names_fill_in() {
    let address = serve(12).await;
    let world = World::new(address);
    let wanted = HttpbbTest {
        hosts: hosts(&["127.0.42.12", "{release}.{datacenter}.invalid"]),
        http_port: Some(address.port()),
        ..httpbb(&world, "shop", &[("a.yaml", GOOD)])
    };
    let [own, other] = <[_; 2]>::try_from(reports(&world, wanted, 1).await).unwrap();
    assert_eq!(own, ("127.0.42.12".to_owned(), String::new()));
    assert_eq!(other.0, "canary.eqiad.invalid");
    assert!(
        other.1.starts_with("1 of 1 requests failed; "),
        "{}",
        other.1
    );
}

#[tokio::test]
async fn a_host_of_several_steps_is_asked_once() {
    let address = serve(13).await;
    let world = World::new(address);
    let wanted = HttpbbTest {
        hosts: hosts(&["127.0.42.13", "127.0.42.13"]),
        http_port: Some(address.port()),
        ..httpbb(&world, "", &[("a.yaml", GOOD)])
    };
    assert_eq!(reports(&world, wanted, 0).await.len(), 1);
}

#[tokio::test]
async fn what_the_plan_does_not_have_is_not_read_from_anywhere() {
    let world = World::new(serve(14).await);
    std::fs::write(world.folder.path().join("a.yaml"), GOOD).unwrap();
    let wanted = HttpbbTest {
        texts: BTreeMap::new(),
        ..httpbb(&world, "", &[("a.yaml", GOOD)])
    };
    let [(_, failure)] = <[_; 1]>::try_from(reports(&world, wanted, 0).await).unwrap();
    assert!(
        failure.starts_with("the plan does not have the text of "),
        "{failure}"
    );
}
