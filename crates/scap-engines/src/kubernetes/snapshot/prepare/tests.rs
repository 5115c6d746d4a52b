//! What belongs to a helmfile, and how it is kept.

use super::*;
use crate::kubernetes::snapshot::{Snapshots, digest};
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A checkout with one service.
struct Charts {
    folder: TempDir,
}

impl Charts {
    fn new(helmfile: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        let charts = Self { folder };
        charts.write("helmfile.d/services/shop/helmfile.yaml", helmfile);
        charts.write("charts/shop/Chart.yaml", "{name: shop, version: 1.0.0}");
        charts
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn prepare(&self) -> Result<Prepared, String> {
        let checkout = Checkout::around(&self.path("helmfile.d")).unwrap();
        let directory = Path::new("helmfile.d/services/shop");
        let sources = Sources::read(&checkout, directory, &BTreeSet::new());
        let prepared = sources.and_then(|sources| Prepared::new(&sources));
        prepared.map_err(|refusal| refusal.to_string())
    }
}

fn shown(prepared: &Prepared) -> Vec<String> {
    let path = |path: &PathBuf| path.display().to_string();
    prepared.files.keys().map(path).collect()
}

const HELMFILE: &str = "releases:\n- name: main\n  chart: ../../../charts/shop\n  values: [values.yaml, ../../_shared/a.yaml]\n";

#[test]
fn what_a_helmfile_names_belongs_to_it() {
    let charts = Charts::new(HELMFILE);
    charts.write("helmfile.d/_shared/a.yaml", "a: 1");
    charts.write("helmfile.d/_shared/b.yaml", "b: 1");
    charts.write("helmfile.d/services/shop/deeper/values.yaml", "c: 1");
    charts.write("charts/other/Chart.yaml", "{name: other, version: 1.0.0}");
    let prepared = charts.prepare().unwrap();
    assert_eq!(
        shown(&prepared),
        [
            "charts/shop/Chart.yaml",
            "helmfile.d/_shared/a.yaml",
            "helmfile.d/services/shop/deeper/values.yaml",
            "helmfile.d/services/shop/helmfile.yaml",
        ]
    );
}

#[test]
fn templates_get_the_name_by_which_helmfile_1_knows_them() {
    let charts = Charts::new("bases: ['../../_shared/{{ \"base\" }}.yaml']\n---\nreleases: []\n");
    charts.write(
        "helmfile.d/_shared/base.yaml",
        "environments: {{ toYaml .Values }}\n",
    );
    let prepared = charts.prepare().unwrap();
    assert_eq!(
        prepared.helmfile,
        Path::new("helmfile.d/services/shop/helmfile.yaml.gotmpl")
    );
    assert!(
        prepared
            .files
            .contains_key(Path::new("helmfile.d/_shared/base.yaml.gotmpl"))
    );
    let text = &prepared.files[&prepared.helmfile].bytes;
    let first = str::from_utf8(text).unwrap().lines().next();
    assert_eq!(
        first,
        Some("bases: ['../../_shared/{{ \"base\" }}.yaml.gotmpl']")
    );

    let plain =
        Charts::new("releases:\n- name: main\n  values: ['values-{{ .Release.Name }}.yaml']\n");
    let prepared = plain.prepare().unwrap();
    assert_eq!(
        prepared.helmfile,
        Path::new("helmfile.d/services/shop/helmfile.yaml")
    );
}

#[test]
fn links_are_followed_inside_of_the_checkout_only() {
    let charts = Charts::new(HELMFILE);
    charts.write("helmfile.d/_shared/a.yaml", "a: 1");
    let link = charts.path("helmfile.d/services/shop/linked");
    symlink("../../_shared", &link).unwrap();
    let prepared = charts.prepare().unwrap();
    let linked = &prepared.files[Path::new("helmfile.d/services/shop/linked/a.yaml")];
    assert_eq!(linked.bytes, b"a: 1");

    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let absolute = outside.path().to_owned();
    let relative = Path::new("../../../../").join(outside.path().file_name().unwrap());
    for target in [absolute, relative] {
        fs::remove_file(&link).unwrap();
        symlink(target, &link).unwrap();
        let refused = charts.prepare().unwrap_err();
        assert_eq!(
            refused,
            "`helmfile.d/services/shop/linked` is a link that leads outside of the checkout"
        );
    }
    fs::remove_file(&link).unwrap();
    symlink(".", &link).unwrap();
    let refused = charts.prepare().unwrap_err();
    assert!(
        refused.ends_with("lies too deep, or in a circle of links"),
        "{refused}"
    );
}

#[test]
fn charts_whose_names_are_paths_are_refused() {
    for name in ["..", "../../x", "-x", "a/b"] {
        let charts = Charts::new(HELMFILE);
        charts.write(
            "charts/shop/charts/sub/Chart.yaml",
            &format!("{{name: '{name}', version: 1.0.0}}"),
        );
        let refused = charts.prepare().unwrap_err();
        assert!(
            refused.starts_with("`charts/shop/charts/sub/Chart.yaml` has no usable name"),
            "{refused}"
        );
    }
}

#[test]
fn a_digest_is_of_paths_modes_and_bytes_in_whatever_order_they_are_listed() {
    let names = ["a", "b/c", "b.d", "e"];
    let tree = |names: &[&str]| {
        let charts = Charts::new(HELMFILE);
        for name in names {
            charts.write(&format!("charts/shop/{name}"), name);
        }
        digest(&charts.prepare().unwrap().files)
    };
    let mut reversed = names;
    reversed.reverse();
    assert_eq!(tree(&names), tree(&reversed));
    assert_ne!(tree(&names), tree(&names[..3]));
}

#[test]
fn a_snapshot_is_kept_under_its_digest_and_known_to_be_whole() {
    let charts = Charts::new(HELMFILE);
    let files = charts.prepare().unwrap().files;
    let place = TempDir::new().unwrap();
    let snapshots = Snapshots::new(place.path().join("snapshots"));
    let keep = || {
        snapshots
            .keep(snapshots.write(&files).unwrap(), &files)
            .unwrap()
    };
    let name = keep();
    assert_eq!(keep(), name);
    let found = snapshots.find(&name).unwrap();
    assert!(snapshots.is_intact(&name));
    assert_eq!(snapshots.find("../snapshots"), None);
    snapshots.prune(&[]).unwrap();
    assert!(snapshots.find(&name).is_some(), "it is young");

    fs::write(found.join("charts/shop/more.yaml"), "more").unwrap();
    assert!(!snapshots.is_intact(&name));
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(48);
    let folder = fs::File::open(&found).unwrap();
    folder.set_modified(long_ago).unwrap();
    snapshots.prune(&[&name]).unwrap();
    assert!(found.exists(), "a run names it");
    snapshots.prune(&[]).unwrap();
    assert!(!found.exists());
}
