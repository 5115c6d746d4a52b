//! Whatever is written in manifests, helmfiles, values files, names and plans: they are read to an end or refused.

#![expect(clippy::unwrap_used, reason = "a test stops at what cannot happen")]

mod bump;
mod files;

use files::files;
use scap_hostile::{hostile, hostile_text};
use scap_plan::{
    Checkout, ClusterSources, Difference, Inputs, Manifest, Object, ObjectName, Period, Query,
    ServiceName, Source, Sources, Tag, UrlPattern, VersionKey, compare, import, newest, provided,
    required,
};
use std::collections::BTreeMap;

#[test]
fn hostile_manifests_are_read_and_compared_to_an_end() {
    let manifests = files("difference/cases", |name| {
        name.strip_suffix(".yaml").is_some()
    });
    hostile("manifest", &manifests, |bytes| {
        let Ok(manifest) = Manifest::read(&String::from_utf8_lossy(bytes)) else {
            return;
        };
        manifest.digest();
        manifest.images();
        provided(&manifest, "shop");
        required(&manifest, "shop");
        let nothing = Manifest::default();
        let live = live(&manifest);
        for (stored, desired) in [(&nothing, &manifest), (&manifest, &nothing)] {
            let difference = compare(desired, Some(stored), &live, "shop");
            let json = serde_json::to_string(&difference).unwrap();
            assert_eq!(
                serde_json::from_str::<Difference>(&json).unwrap(),
                difference
            );
        }
    });
}

fn live(manifest: &Manifest) -> BTreeMap<ObjectName, Option<Object>> {
    let objects = manifest.objects.iter();
    let named = objects.map(|object| (object.object_name(), Some(object.clone())));
    named.collect()
}

#[test]
fn hostile_helmfiles_are_imported_to_an_end_and_what_comes_out_is_a_catalog() {
    let checkouts = files("import/cases", |name| name == "checkout");
    let groups = files("import/cases", |name| name == "cluster-groups.yaml");
    let groups = Source::new("cluster-groups.yaml", String::from_utf8_lossy(&groups[0]));
    hostile("helmfiles", &checkouts, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let files = text.split("== ").skip(1).map(|file| {
            let (path, text) = file.split_once('\n').unwrap_or((file, ""));
            (path.to_owned(), Some(text.to_owned()))
        });
        let checkout = Checkout {
            files: files.collect(),
        };
        let imported = import(&checkout, &groups).unwrap();
        let sources = Sources {
            service_catalog: Source::new("service-catalog.yaml", &*imported.catalog),
            clusters: Some(ClusterSources {
                cluster_groups: groups.clone(),
                conftool_state: Source::new("state.yaml", "mw: { primary_dc: eqiad }"),
            }),
        };
        if imported.services > 0 {
            let read = Inputs::read(&sources).unwrap();
            assert_eq!(read.services().len(), imported.services);
        }
    });
}

#[test]
fn hostile_words_of_the_command_line_and_of_files_are_taken_or_refused() {
    let words = [
        "mathoid",
        "canary-1.x",
        "8s",
        "1h 30m 15s 20ms",
        "2026-03-01-101010-production",
        "main_app.version",
        "sum(x{namespace=\"{namespace}\"})",
        "https://{environment}.{datacenter}.example/k8s",
    ];
    hostile_text("words", &words, |text| {
        if let Ok(name) = ServiceName::new(text) {
            assert!(
                !name.as_str().contains(['/', ' ', '\0', '\n'])
                    && !name.as_str().starts_with(['-', '.'])
            );
        }
        if let Ok(period) = Period::try_from(text.to_owned()) {
            period.milliseconds();
            assert_eq!(Period::try_from(period.to_string()), Ok(period));
        }
        if let Ok(key) = VersionKey::try_from(text.to_owned()) {
            assert_eq!(key.to_string(), text);
        }
        let tag = Tag::try_from(text.to_owned());
        let _ = newest(tag, &[text.to_owned()]);
        let _ = Query::try_from(text.to_owned());
        if let Ok(url) = UrlPattern::try_from(text.to_owned()) {
            assert!(!url.as_str().contains(['@', '?', '#', ' ']));
        }
    });
}
