//! Tests by what instances answer, by files near the service, and by the tests of its chart.

use super::clues::{Clues, SpecificationClue};
use super::text::{Entry, scalar, some};
use std::collections::BTreeSet;

pub(super) fn of(clues: &Clues, is_on_hosts: bool) -> Vec<Entry> {
    let mut tests = Vec::new();
    if let Some(port) = clues.service_port.filter(|_| is_on_hosts) {
        let because = format!(
            "`service_port` of scap.cfg is {port}: each host must accept a connection there"
        );
        tests.push(Entry::found("port", because).with("type", "port"));
    }
    tests.push(probe(clues));
    tests.push(specification(clues));
    tests.push(httpbb(clues, is_on_hosts));
    if !is_on_hosts {
        tests.push(helm_test(clues));
    }
    tests
}

fn probe(clues: &Clues) -> Entry {
    let Some(probe) = &clues.probe else {
        return Entry::example(
            "home",
            "no path for probes answered: each instance must answer a GET",
        )
        .with("type", "http")
        .with("path", "/");
    };
    Entry::found(
        "health",
        format!("answered with status 200 on {}", probe.place),
    )
    .with("type", "http")
    .with("path", &probe.what)
}

fn specification(clues: &Clues) -> Entry {
    let example = |because: String, (key, value): (&str, &str)| {
        Entry::example("examples", because)
            .with("type", "openapi")
            .with(key, value)
    };
    let Some(SpecificationClue {
        at: (key, value),
        place,
        without_examples,
    }) = &clues.specification
    else {
        let because = "no specification of OpenAPI was found: its examples (`x-amples`) are asked";
        return example(because.to_owned(), ("path", "/?spec"));
    };
    let because = format!("a specification of OpenAPI, found {place}");
    if let Some(why) = without_examples {
        return example(format!("{because}, {why}"), (key, value));
    }
    Entry::found("examples", because)
        .with("type", "openapi")
        .with(key, value)
}

/// One test for all files; those of httpbb in Kubernetes need to be told whom to ask.
fn httpbb(clues: &Clues, is_on_hosts: bool) -> Entry {
    let files = &clues.httpbb;
    let listed = |names: BTreeSet<&String>| {
        let names: Vec<String> = names.into_iter().map(|name| scalar(name)).collect();
        format!("[{}]", names.join(", "))
    };
    let hosts: BTreeSet<&String> = files.iter().flat_map(|file| &file.hosts).collect();
    let requests: usize = files.iter().map(|file| file.requests).sum();
    let told = some(hosts.iter().copied());
    let because = format!("files of httpbb for {told}, requests in them: {requests}");
    let names = listed(files.iter().map(|file| &file.file).collect());
    let entry = if files.is_empty() {
        let because = "no file of httpbb was found in httpbb/ or tests/httpbb/";
        Entry::example("pages", because).with("type", "httpbb")
    } else if is_on_hosts {
        let because = format!("{because}; sent to each host of a wave");
        Entry::found("pages", because).with("type", "httpbb")
    } else {
        let whom = "say where a wave's own pods answer, or all of the service is asked";
        Entry::example("pages", format!("{because}; {whom}")).with("type", "httpbb")
    };
    let (names, hosts) = if files.is_empty() {
        (
            "[httpbb/pages.yaml]".to_owned(),
            "['{release}.example.org']".to_owned(),
        )
    } else {
        (names, listed(hosts))
    };
    let entry = entry.with_yaml("files", names);
    if is_on_hosts {
        return entry;
    }
    entry.with_yaml("hosts", hosts)
}

fn helm_test(clues: &Clues) -> Entry {
    if clues.helm_tests.is_empty() {
        return Entry::example("chart", "the release that runs has no hooks that are tests")
            .with("type", "helm_test");
    }
    let because = format!(
        "the release that runs has the tests {}",
        some(&clues.helm_tests)
    );
    Entry::found("chart", because).with("type", "helm_test")
}
