//! Pairs the objects of the manifests with those that live, and compares each.

use super::fields::{Live, Sides, Walk};
use super::mask::{Mask, is_secret, secret_values};
use super::path::{Path, Segment};
use super::{Difference, FieldDifference, FieldState, ObjectDifference, ObjectState, Shown};
use crate::{Manifest, Object, ObjectName};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Compares what a release shall be with what was applied last and with what lives.
///
/// `live` has each object that was looked at; none of it is there for one that is not. Only what the manifests say is
/// compared. An object that lives and was not stored is compared as if it had been stored as it lives; whether helm
/// may take it over is not said. Hooks and tests are no part of what helm stores, and left out.
pub fn compare(
    desired: &Manifest,
    stored: Option<&Manifest>,
    live: &BTreeMap<ObjectName, Option<Object>>,
    release_namespace: &str,
) -> Difference {
    let everywhere = || {
        let manifests = [Some(desired), stored].into_iter().flatten();
        let written = manifests.flat_map(|manifest| &manifest.objects);
        written.chain(live.values().flatten())
    };
    let short = |name: &ObjectName| in_release(name, release_namespace);
    let stored: Vec<&Object> = stored.map(released).unwrap_or_default();
    let desired = released(desired);
    let live: BTreeMap<ObjectName, Option<&Object>> = live
        .iter()
        .map(|(name, object)| (short(name), object.as_ref()))
        .collect();
    let objects: Vec<&Object> = everywhere().collect();
    let comparison = Comparison {
        mask: Mask::of(objects.iter().copied()),
        autoscaled: objects.iter().filter_map(|object| scaled(object)).collect(),
        live,
    };
    let stored_by_name: BTreeMap<ObjectName, &Object> = stored
        .iter()
        .map(|object| (short(&object.object_name()), *object))
        .collect();
    let names: BTreeSet<ObjectName> = desired
        .iter()
        .map(|object| short(&object.object_name()))
        .collect();
    let mut found: Vec<ObjectDifference> = desired
        .iter()
        .map(|object| {
            let name = short(&object.object_name());
            let stored = stored_by_name.get(&name).copied();
            comparison.object(name, stored, Some(object))
        })
        .collect();
    for object in stored {
        let name = short(&object.object_name());
        if !names.contains(&name) {
            found.push(comparison.object(name, Some(object), None));
        }
    }
    mark_consequences(&mut found);
    Difference { objects: found }
}

/// What all objects are compared with.
struct Comparison<'a> {
    mask: Mask,
    /// Kinds and names of workloads whose replicas an autoscaler sets.
    autoscaled: BTreeSet<(&'a str, &'a str)>,
    live: BTreeMap<ObjectName, Option<&'a Object>>,
}

impl Comparison<'_> {
    fn object(
        &self,
        name: ObjectName,
        stored: Option<&Object>,
        desired: Option<&Object>,
    ) -> ObjectDifference {
        let written = desired.or(stored).expect("named by one of both");
        let live = self.live(&name, written);
        let is_foreign = stored.is_none() && matches!(live, Live::Present(_));
        let sides = Sides {
            stored: if is_foreign { desired } else { stored }.map(Object::content),
            desired: desired.map(Object::content),
            // That the whole object is gone is said once.
            live: match live {
                Live::Absent => Live::Unknown,
                live => live,
            },
        };
        let mut fields = if is_secret(written) {
            secret(&self.mask, sides)
        } else {
            Vec::new()
        };
        let mut walk = Walk {
            mask: &self.mask,
            is_autoscaled: self.autoscaled.contains(&(written.kind(), written.name())),
            is_secret: is_secret(written),
            path: Path::default(),
            fields: Vec::new(),
        };
        walk.walk(sides);
        fields.append(&mut walk.fields);
        if is_foreign {
            fields.iter_mut().for_each(FieldDifference::as_stored);
        }
        let state = state(stored, desired, live, &fields);
        if state == ObjectState::Unchanged {
            fields.retain(|field| field.state == FieldState::Autoscaled);
        }
        ObjectDifference {
            drift_is_put_back: name.is_built_in() && !is_merged_blindly(&name),
            object: name,
            state,
            fields,
        }
    }

    fn live(&self, name: &ObjectName, written: &Object) -> Live<'_> {
        match self.live.get(name) {
            None => Live::Unknown,
            Some(None) => Live::Absent,
            // Another version may have other fields.
            Some(Some(live)) if live.api_version() != written.api_version() => Live::Unknown,
            Some(Some(live)) => Live::Present(live.content()),
        }
    }
}

/// A Secret's values key by key, without a word about any of them.
fn secret(mask: &Mask, sides: Sides<'_>) -> Vec<FieldDifference> {
    let values = |object: Option<&Value>| object.map(secret_values).unwrap_or_default();
    let (stored, desired) = (values(sides.stored), values(sides.desired));
    let live = match sides.live {
        Live::Present(live) => Some(secret_values(live)),
        _ => None,
    };
    let keys: BTreeSet<&String> = stored.keys().chain(desired.keys()).collect();
    let shown = |value: Option<&Vec<u8>>| value.map_or(Shown::Absent, |_| Shown::Hidden);
    let path = |key: &str| {
        Path(
            ["data", key]
                .map(|key| Segment::Key(key.to_owned()))
                .to_vec(),
        )
    };
    let field = |key: &String| {
        let (old, new) = (stored.get(key), desired.get(key));
        let now = live.as_ref().map(|live| live.get(key));
        let is_drifted = old.is_some() && now.is_some_and(|now| now != old);
        FieldDifference {
            path: mask.text(&path(key).to_string()),
            state: match (old != new, is_drifted) {
                (false, false) => FieldState::Unchanged,
                (true, false) => FieldState::Changed,
                (false, true) => FieldState::Drifted,
                (true, true) => FieldState::ChangedAndDrifted,
            },
            stored: shown(old),
            desired: shown(new),
            live: shown(now.flatten().filter(|_| is_drifted)),
            is_consequence: false,
        }
    };
    keys.into_iter().map(field).collect()
}

impl FieldDifference {
    /// Of an object that lives but was never stored: what lives is what is changed.
    fn as_stored(&mut self) {
        if matches!(self.state, FieldState::Drifted) {
            self.state = FieldState::Changed;
            self.stored = std::mem::take(&mut self.live);
        }
    }
}

fn state(
    stored: Option<&Object>,
    desired: Option<&Object>,
    live: Live<'_>,
    fields: &[FieldDifference],
) -> ObjectState {
    let any = |states: &[FieldState]| fields.iter().any(|field| states.contains(&field.state));
    match (stored, desired, live) {
        (Some(stored), None, _) if is_kept(stored) => ObjectState::Kept,
        (_, None, _) => ObjectState::Removed,
        (None, Some(_), Live::Unknown | Live::Absent) => ObjectState::Added,
        (_, _, Live::Absent) => ObjectState::Missing,
        _ if any(&[FieldState::Changed, FieldState::ChangedAndDrifted]) => ObjectState::Changed,
        _ if any(&[FieldState::Drifted]) => ObjectState::Drifted,
        _ => ObjectState::Unchanged,
    }
}

fn is_kept(object: &Object) -> bool {
    object.content()["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
}

/// What helm stores of a manifest.
fn released(manifest: &Manifest) -> Vec<&Object> {
    let is_hook =
        |object: &&Object| object.content()["metadata"]["annotations"]["helm.sh/hook"].is_string();
    let objects = manifest.objects.iter();
    objects.filter(|object| !is_hook(object)).collect()
}

/// An object of the release's own namespace may say so or not.
fn in_release(name: &ObjectName, release_namespace: &str) -> ObjectName {
    let mut name = name.clone();
    name.namespace.take_if(|own| own == release_namespace);
    name
}

fn scaled(object: &Object) -> Option<(&str, &str)> {
    let is_autoscaler = object.kind() == "HorizontalPodAutoscaler";
    let target = object.content().pointer("/spec/scaleTargetRef")?;
    let name = |field: &str| target.get(field)?.as_str();
    is_autoscaler.then_some((name("kind")?, name("name")?))
}

/// Kinds of the API server that helm treats as custom ones.
fn is_merged_blindly(name: &ObjectName) -> bool {
    matches!(
        name.group.as_str(),
        "apiextensions.k8s.io" | "apiregistration.k8s.io"
    )
}

/// Checksums change so that pods start again; what they are of is what people want to see.
fn mark_consequences(objects: &mut [ObjectDifference]) {
    let has_changed = objects.iter().any(|object| {
        matches!(object.object.kind.as_str(), "ConfigMap" | "Secret")
            && object.state != ObjectState::Unchanged
    });
    if has_changed {
        for field in objects.iter_mut().flat_map(|object| &mut object.fields) {
            field.is_consequence = field.path.contains("annotations[checksum/");
        }
    }
}
