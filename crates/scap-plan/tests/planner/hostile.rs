//! Whatever the text, reading it ends with a value or with findings that have a place in it.

use crate::case::all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use scap_hostile::hostile;
use scap_plan::{
    ClusterSources, ConfigError, Configuration, Inputs, Scap3Settings, Source, Sources,
};
use std::collections::BTreeMap;

const TOKENS: &[&str] = &[
    "services",
    "mathoid",
    "cluster_group",
    "namespaces",
    "environments",
    "releases",
    "stage",
    "checks",
    "tests",
    "type",
    "counters",
    "mw",
    "primary_dc",
    "[global]",
    "dsh_targets",
    "server_groups",
    "git_repo",
    ":",
    ": ",
    "=",
    "- ",
    ",",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "\n  ",
    "\n    ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!x ",
    "? ",
    "| ",
    "> ",
    "'",
    "\"",
    "\\",
    "#",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "\t",
    "\r",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "é",
    "0x1F",
    "1e999",
    "~",
    "null",
    "true",
    "-",
    ".",
    "..",
    "/",
    "@",
    "`",
];

/// Reads `bytes` as each of the formats; all that is wrong must have a place.
fn read_as_everything(bytes: &[u8]) -> Vec<ConfigError> {
    let source = match Source::from_bytes("file", bytes.to_vec()) {
        Ok(source) => source,
        Err(error) => {
            assert_places(bytes, std::slice::from_ref(&error));
            return vec![error];
        }
    };
    let sources = |service_catalog, cluster_groups, conftool_state| Sources {
        service_catalog,
        clusters: Some(ClusterSources {
            cluster_groups,
            conftool_state,
        }),
    };
    let read = |sources| Inputs::read(&sources).err().unwrap_or_default();
    let mut findings = read(sources(source.clone(), none(), none()));
    findings.extend(read(sources(none(), source.clone(), none())));
    findings.extend(read(sources(none(), none(), source.clone())));
    findings.extend(Configuration::read(&source).err().unwrap_or_default());
    match Scap3Settings::read(&source, Some("example.org")) {
        Err(errors) => findings.extend(errors),
        Ok(settings) => {
            let texts: BTreeMap<String, Source> = settings
                .targets
                .iter()
                .map(|target| (target.path.clone(), source.clone()))
                .collect();
            findings.extend(settings.with_targets(&texts).err().unwrap_or_default());
        }
    }
    findings.retain(|finding| finding.file == "file");
    assert_places(bytes, &findings);
    findings
}

fn assert_places(bytes: &[u8], findings: &[ConfigError]) {
    let text = String::from_utf8_lossy(bytes);
    // Every character that any of the formats may take for the end of a line.
    let lines = text
        .chars()
        .filter(|c| ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'].contains(c))
        .count()
        + 1;
    for finding in findings {
        assert!(
            (1..=lines + 1).contains(&finding.line),
            "{finding:?} in {text:?}"
        );
        assert!(
            (1..=text.chars().count() + 1).contains(&finding.column),
            "{finding:?} in {text:?}"
        );
        assert!(
            !finding.message.chars().any(char::is_control),
            "{finding:?} in {text:?}"
        );
    }
}

fn good_files() -> Vec<Vec<u8>> {
    let names = [
        "service-catalog.yaml",
        "team.yaml",
        "cluster-groups.yaml",
        "conftool-state.yaml",
        "scap.yaml",
        "scap.cfg",
    ];
    all()
        .iter()
        .filter(|case| !case.name.starts_with("bad-"))
        .flat_map(|case| {
            names
                .iter()
                .filter_map(|name| std::fs::read(case.folder.join(name)).ok())
        })
        .collect()
}

/// The files of all cases that are called so, the good and the bad ones.
fn files_named(is_named: fn(&str) -> bool) -> Vec<Vec<u8>> {
    let files = all().into_iter().flat_map(|case| {
        let entries = std::fs::read_dir(case.folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    });
    let mut named: Vec<_> = files
        .filter(|path| is_named(path.file_name().unwrap().to_str().unwrap()))
        .collect();
    named.sort();
    named
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn none() -> Source {
    Source::new("none", "")
}

/// Reads `bytes` with `read`, and looks at the places of all that is wrong with them.
fn read_as(bytes: &[u8], read: impl FnOnce(Source) -> Vec<ConfigError>) {
    let findings = match Source::from_bytes("file", bytes.to_vec()) {
        Ok(source) => read(source),
        Err(error) => vec![error],
    };
    let of_file = findings
        .into_iter()
        .filter(|finding| finding.file == "file");
    assert_places(bytes, &of_file.collect::<Vec<_>>());
}

fn findings_of(service_catalog: Source, clusters: ClusterSources) -> Vec<ConfigError> {
    let sources = Sources {
        service_catalog,
        clusters: Some(clusters),
    };
    Inputs::read(&sources).err().unwrap_or_default()
}

#[test]
fn a_hostile_service_catalog_with_its_checks_is_read_to_an_end() {
    let files = files_named(|name| name == "service-catalog.yaml");
    hostile("service catalog", &files, |bytes| {
        read_as(bytes, |service_catalog| {
            let clusters = ClusterSources {
                cluster_groups: none(),
                conftool_state: none(),
            };
            findings_of(service_catalog, clusters)
        });
    });
}

#[test]
fn a_hostile_file_of_a_team_is_read_to_an_end() {
    let catalog = "services: {mathoid: {hosts: {repository: x}}}";
    let sources = Sources {
        service_catalog: Source::new("none", catalog),
        clusters: None,
    };
    let inputs = Inputs::read(&sources).unwrap();
    let service = inputs.service("mathoid").unwrap();
    let files = files_named(|name| name == "team.yaml");
    hostile("team's file", &files, |bytes| {
        read_as(bytes, |file| {
            let read = service.with_team_file(&file, None);
            read.err().unwrap_or_default()
        });
    });
}

#[test]
fn hostile_cluster_groups_are_read_to_an_end() {
    let files = files_named(|name| name == "cluster-groups.yaml");
    hostile("cluster groups", &files, |bytes| {
        read_as(bytes, |cluster_groups| {
            let clusters = ClusterSources {
                cluster_groups,
                conftool_state: none(),
            };
            findings_of(none(), clusters)
        });
    });
}

#[test]
fn a_hostile_conftool_state_is_read_to_an_end() {
    let files = files_named(|name| name == "conftool-state.yaml");
    hostile("conftool state", &files, |bytes| {
        read_as(bytes, |conftool_state| {
            let clusters = ClusterSources {
                cluster_groups: none(),
                conftool_state,
            };
            findings_of(none(), clusters)
        });
    });
}

#[test]
fn a_hostile_configuration_is_read_to_an_end() {
    let files = files_named(|name| ["scap.yaml", "operator.yaml"].contains(&name));
    hostile("scap.yaml", &files, |bytes| {
        read_as(bytes, |source| {
            Configuration::read(&source).err().unwrap_or_default()
        });
    });
}

#[test]
fn a_hostile_scap_cfg_is_read_to_an_end() {
    let files = files_named(|name| name == "scap.cfg");
    hostile("scap.cfg", &files, |bytes| {
        read_as(bytes, |source| {
            let read = Scap3Settings::read(&source, Some("example.org"));
            read.err().unwrap_or_default()
        });
    });
}

#[test]
fn a_hostile_list_of_targets_is_read_to_an_end() {
    let files = files_named(|name| name.starts_with("targets"));
    let cfg = "[global]\ngit_repo: shop\ndsh_targets: file\n";
    hostile("targets", &files, |bytes| {
        read_as(bytes, |source| {
            let cfg = Source::new("scap.cfg", cfg);
            let settings = Scap3Settings::read(&cfg, Some("example.org")).unwrap();
            let texts = settings
                .targets
                .iter()
                .map(|target| (target.path.clone(), source.clone()))
                .collect();
            settings.with_targets(&texts).err().unwrap_or_default()
        });
    });
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in vec(any::<u8>(), 0..200)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn any_text_is_read_to_an_end(text in "\\PC{0,200}") {
        read_as_everything(text.as_bytes());
    }

    #[test]
    fn any_tokens_are_read_to_an_end(tokens in vec(select(TOKENS), 0..60)) {
        read_as_everything(tokens.concat().as_bytes());
    }

    #[test]
    fn a_damaged_file_is_read_to_an_end(
        file in select(good_files()), from: Index, to: Index, token in select(TOKENS), keeps: bool
    ) {
        let (from, to) = (from.index(file.len()), to.index(file.len()));
        let (from, to) = (from.min(to), from.max(to));
        let rest = if keeps { &file[from..] } else { &file[to..] };
        read_as_everything(&[&file[..from], token.as_bytes(), rest].concat());
    }
}

#[test]
fn large_and_nested_files_are_refused_before_they_cost_much() {
    let refused = [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "a: &a [x]\n".to_owned() + &"b: [*a, *a, *a]\n".repeat(100_000),
        "x".repeat(5 * 1024 * 1024),
        "? ".repeat(100_000),
        "&a ".repeat(100_000),
        "!t ".repeat(100_000),
        format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(1024 * 1024),
            "*a, ".repeat(90_000)
        ),
        format!(
            "&a {}: 1\nb: [{}]\n",
            "x".repeat(1000),
            "{*a : 1}, ".repeat(30_000)
        ),
    ];
    for text in refused {
        assert_eq!(
            Configuration::read(&Source::new("file", text))
                .expect_err("it is no configuration")
                .len(),
            1
        );
    }
}

#[test]
fn thousands_of_mistakes_are_read_to_an_end_and_a_hundred_of_them_told() {
    let lines = |line: fn(usize) -> String| (0..20_000).map(line).collect::<String>();
    let many = [
        lines(|n| format!("service{n}:\n")),
        lines(|n| format!("group{}: {{}}\n", n % 100)),
        "aliases:\n".to_owned() + &lines(|n| format!("- a{}\n", n % 5_000)),
        "services:\n".to_owned() + &lines(|n| format!("  s{n}: {{cluster_group: g{n}}}\n")),
    ];
    for text in many {
        let text = text.into_bytes();
        let findings = read_as_everything(&text);
        assert!(!findings.is_empty());
        assert!(findings.len() <= 500, "{} findings", findings.len());
    }
}
