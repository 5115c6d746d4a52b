//! What the newest revision of a release shows for its first file: tests among its hooks, and links in its annotations.

use scap_plan::{Clues, Found, Object, ReleaseStep};

use super::KubernetesEngine;
use super::history::Cluster;
use super::record::Record;
use crate::causes::with_causes;

/// Words of keys that lead to something to look at.
const LINKS: [&str; 4] = ["dashboard", "grafana", "runbook", "logs"];

impl KubernetesEngine {
    /// Takes in what helm keeps of the release, or says why it cannot be read.
    pub async fn take_clues(&self, step: &ReleaseStep, clues: &mut Clues) -> Result<(), String> {
        let record = self.newest_record(step).await?;
        let hooks = record.hooks.iter();
        let tests = hooks.filter(|hook| hook.events.iter().any(|event| event.starts_with("test")));
        clues.helm_tests.extend(tests.map(|test| test.name.clone()));
        for object in &record.manifest.objects {
            take_links(object, clues);
        }
        Ok(())
    }

    async fn newest_record(&self, step: &ReleaseStep) -> Result<Record, String> {
        let release = step.release.as_ref().ok_or("a preview names no release")?;
        let cluster = Cluster::of(&self.settings, step).await;
        let cluster = cluster.map_err(|error| with_causes(&error))?;
        let history = cluster.history(release).await;
        let history = history.map_err(|error| with_causes(&error))?;
        let newest = history
            .newest()
            .ok_or_else(|| format!("release `{release}` is not installed"))?;
        let record = cluster.record(release, newest).await;
        record.map_err(|error| with_causes(&error))
    }
}

fn take_links(object: &Object, clues: &mut Clues) {
    let content = object.content();
    let places = [
        "/metadata/annotations",
        "/spec/template/metadata/annotations",
    ];
    let annotations = places
        .iter()
        .filter_map(|place| content.pointer(place)?.as_object());
    for (key, value) in annotations.flatten() {
        let Some(url) = value.as_str().filter(|url| url.starts_with("http")) else {
            continue;
        };
        if LINKS.iter().any(|word| key.contains(word)) {
            let name = key.rsplit('/').next().unwrap_or(key).to_owned();
            let place = format!("an annotation of {} {}", object.kind(), object.name());
            let what = url.to_owned();
            clues.links.entry(name).or_insert(Found { what, place });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scap_plan::Manifest;

    #[test]
    fn links_stand_in_annotations_of_objects_and_of_their_pods() {
        let manifest = "
kind: Deployment
metadata:
  name: web
  annotations: {example.org/dashboard: 'https://dashboards.example.org/web', note: 'https://example.org'}
spec: {template: {metadata: {annotations: {runbook: 'https://docs.example.org/web', grafana: none}}}}
";
        let mut clues = Clues::default();
        for object in &Manifest::read(manifest).unwrap().objects {
            take_links(object, &mut clues);
        }
        let links: Vec<_> = clues
            .links
            .iter()
            .map(|(name, link)| (name.as_str(), link.what.as_str()))
            .collect();
        let expected = [
            ("dashboard", "https://dashboards.example.org/web"),
            ("runbook", "https://docs.example.org/web"),
        ];
        assert_eq!(links, expected);
        assert_eq!(
            clues.links["runbook"].place,
            "an annotation of Deployment web"
        );
    }
}
