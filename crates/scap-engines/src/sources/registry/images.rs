//! Whether the registries have the images of a plan, before anything is changed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use scap_plan::{Observation, Plan, RegistryMirrors, ReleaseStatus, Step};
use scap_run::{Finding, Inspect, Work};

use super::{ImageReference, Presence, Registry, RegistryError};
use crate::causes::with_causes;

/// A registry that takes longer is passed over with a warning.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Images that are asked for side by side.
const AT_ONCE: usize = 8;
const TAGS_SHOWN: usize = 3;

/// Looks for the images of a plan; an image that runs at its step's target already is there.
#[derive(Debug, Clone)]
pub struct Images(RegistryMirrors);

/// A registry that is asked for images.
struct Asked(Registry);

impl Images {
    pub fn new(mirrors: RegistryMirrors) -> Self {
        Self(mirrors)
    }

    async fn findings(&self, plan: &Plan) -> Vec<Finding> {
        let wanted = wanted(plan);
        if wanted.is_empty() {
            return Vec::new();
        }
        let asked = match Registry::new(self.0.clone()) {
            Ok(registry) => Asked(registry.within(TIMEOUT)),
            Err(error) => return vec![cannot_be_asked("a registry", &with_causes(&error))],
        };
        let looks: Vec<BoxFuture<'_, _>> = wanted
            .iter()
            .map(|(image, steps)| asked.look(image, steps).boxed())
            .collect();
        let looked: Vec<Option<Looked>> = iter(looks).buffered(AT_ONCE).collect().await;
        let (mut findings, mut unknown) = (Vec::new(), BTreeMap::new());
        for looked in looked.into_iter().flatten() {
            match looked {
                Looked::Missing(finding) => findings.push(finding),
                // What is wrong with a registry is so for all of its images.
                Looked::Unknown(registry, why) => _ = unknown.entry(registry).or_insert(why),
            }
        }
        let unknown = unknown.iter();
        findings
            .extend(unknown.map(|(registry, why)| cannot_be_asked(&format!("`{registry}`"), why)));
        findings
    }
}

impl Asked {
    async fn look(&self, image: &str, steps: &[String]) -> Option<Looked> {
        match self.0.image_exists(image).await {
            Ok(Presence::Present { .. }) => None,
            Ok(Presence::Absent) => {
                let message = format!("there is no image `{image}` for {}", steps.join(", "));
                Some(Looked::Missing(Finding::error(
                    message,
                    self.hint(image).await,
                )))
            }
            Err(error) => Some(Looked::Unknown(
                registry_of(image, &error),
                with_causes(&error),
            )),
        }
    }

    /// The newest tags that there are.
    async fn hint(&self, image: &str) -> String {
        let parsed: Result<ImageReference, _> = image.parse();
        let repository = parsed.map(|image| format!("{}/{}", image.registry(), image.repository()));
        let Ok(repository) = repository else {
            return String::new();
        };
        let tags = self.0.tags(&repository).await.unwrap_or_default();
        match newest(tags) {
            tags if tags.is_empty() => {
                format!("`{repository}` has no tags: see that its name is right")
            }
            tags => format!("the newest tags there are {}", tags.join(", ")),
        }
    }
}

/// What is wrong with an image.
enum Looked {
    Missing(Finding),
    /// The registry did not say: which one, and why.
    Unknown(String, String),
}

impl Inspect for Images {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        self.findings(plan).boxed()
    }
}

fn cannot_be_asked(registry: &str, why: &str) -> Finding {
    let message = format!("cannot tell whether {registry} has the images of this plan: {why}");
    Finding {
        hint: Some(
            "`registry_mirrors` in scap.yaml says where else a registry is asked".to_owned(),
        ),
        ..Finding::warning(message)
    }
}

/// The images that do not run yet, each with the steps that bring it.
fn wanted(plan: &Plan) -> BTreeMap<&str, Vec<String>> {
    let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for step in &plan.steps {
        for image in new_images(step) {
            wanted.entry(image).or_default().push(step.to_string());
        }
    }
    wanted
}

fn new_images(step: &Step) -> impl Iterator<Item = &str> {
    let rendering = step
        .release()
        .and_then(|release| release.rendering.as_ref());
    let running: BTreeSet<&String> = match &step.before {
        Some(Observation::Release(before)) if before.status == ReleaseStatus::Deployed => {
            before.images.iter().collect()
        }
        _ => BTreeSet::new(),
    };
    let images = rendering
        .into_iter()
        .flat_map(|rendering| &rendering.images);
    let images = images.filter(move |image| !running.contains(image));
    images.map(String::as_str)
}

fn registry_of(image: &str, error: &RegistryError) -> String {
    match (error, image.split_once('/')) {
        // A name without a registry may be any registry's.
        (RegistryError::NotAnImage(_), _) | (_, None) => image.to_owned(),
        (_, Some((registry, _))) => registry.to_owned(),
    }
}

/// Dates sort as texts do; other tags come after them.
fn newest(mut tags: Vec<String>) -> Vec<String> {
    let is_dated = |tag: &String| tag.starts_with(|c: char| c.is_ascii_digit());
    tags.sort_by_cached_key(|tag| (Reverse(is_dated(tag)), Reverse(tag.clone())));
    tags.truncate(TAGS_SHOWN);
    tags
}
