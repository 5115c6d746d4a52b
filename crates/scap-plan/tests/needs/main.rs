//! Every folder of `cases/` has manifests, named `PLACE.SERVICE.NAMESPACE.RELEASE.yaml`, and `graph.txt` comes out.
//!
//! Those whose name begins with `other.` are known but not part of the graph; `declared` has a declared need a line.
//! `UPDATE_CORPUS=1` writes what comes out.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

#[path = "../planner/expected.rs"]
mod expected;
mod in_plans;

use expected::expect;
use scap_plan::{
    EnvironmentName, Graph, Manifest, Namespace, ReleaseName, ReleaseNeeds, ReleaseRef,
    ServiceName, Wanted,
};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_case_comes_out_as_expected() {
    let mut wrong = Vec::new();
    for folder in folders() {
        let found = text(&Case::read(&folder).graph());
        expect(&folder.join("graph.txt"), &found, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn releases_of_other_clusters_provide_nothing() {
    for folder in folders() {
        let mut case = Case::read(&folder);
        for (index, release) in case.releases.iter_mut().enumerate() {
            release.0.environment = EnvironmentName::new(format!("cluster{index}")).unwrap();
        }
        assert_eq!(case.graph().edges(), [], "{}", folder.display());
    }
}

fn folders() -> Vec<PathBuf> {
    let folders = expected::folders("needs/cases");
    assert!(!folders.is_empty());
    folders
}

type Release = (ReleaseRef, Manifest, Vec<Wanted>);

struct Case {
    releases: Vec<Release>,
    others: Vec<Release>,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let declared = fs::read_to_string(folder.join("declared")).unwrap_or_default();
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "yaml")
            })
            .collect();
        files.sort();
        let read = |path: &PathBuf| {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let parts: Vec<&str> = stem.trim_start_matches("other.").split('.').collect();
            let release = ReleaseRef {
                service: ServiceName::new(parts[1]).unwrap(),
                environment: EnvironmentName::new("eqiad").unwrap(),
                namespace: Namespace::new(parts[2]).unwrap(),
                release: ReleaseName::new(parts[3]).unwrap(),
            };
            let manifest = Manifest::read(&fs::read_to_string(path).unwrap()).unwrap();
            let wanted = wanted(&declared, &release);
            (release, manifest, wanted)
        };
        let is_other = |path: &&PathBuf| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("other.")
        };
        Self {
            releases: files
                .iter()
                .filter(|path| !is_other(path))
                .map(read)
                .collect(),
            others: files.iter().filter(is_other).map(read).collect(),
        }
    }

    fn graph(&self) -> Graph {
        Graph::new(&needs(&self.releases), &needs(&self.others))
    }
}

fn needs(releases: &[Release]) -> Vec<ReleaseNeeds<'_>> {
    let releases = releases.iter();
    releases
        .map(|(release, manifest, declared)| ReleaseNeeds {
            release: release.clone(),
            manifest: Cow::Borrowed(manifest),
            declared: declared.clone(),
        })
        .collect()
}

fn wanted(declared: &str, release: &ReleaseRef) -> Vec<Wanted> {
    let name = format!("{}/{} ", release.namespace, release.release);
    let of_release = declared.lines().filter_map(|line| line.strip_prefix(&name));
    of_release
        .map(|need| match need.split_once(' ').unwrap() {
            ("service", service) => Wanted::Service(ServiceName::new(service).unwrap()),
            (_, need) => Wanted::of_helmfile(need, &release.namespace).unwrap(),
        })
        .collect()
}

fn text(graph: &Graph) -> String {
    let mut text = String::new();
    match graph.order() {
        Ok(order) => {
            for release in order {
                writeln!(text, "{}", graph.releases()[release]).unwrap();
            }
        }
        Err(cycle) => writeln!(text, "{cycle}").unwrap(),
    }
    for edge in graph.edges() {
        let [release, needs] = [edge.release, edge.needs].map(|at| &graph.releases()[at]);
        writeln!(text, "\n{release} needs {needs}").unwrap();
        for reason in &edge.reasons {
            let perhaps = if reason.is_certain { "" } else { "perhaps " };
            writeln!(text, "  {perhaps}{reason}").unwrap();
        }
    }
    for missing in graph.missing() {
        let requirement = &missing.requirement;
        let perhaps = if requirement.is_certain {
            ""
        } else {
            "perhaps "
        };
        write!(text, "\n{} misses {perhaps}{requirement}", missing.release).unwrap();
        for provider in &missing.provided_by {
            write!(text, "\n  service {} has it: {provider}", provider.service).unwrap();
        }
    }
    text.trim_end().to_owned() + "\n"
}
