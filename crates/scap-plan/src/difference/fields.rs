//! Three-way comparison of one object's fields: what the manifests say, and what lives of it.

use super::equality::{Reading, covers, is_left_out, same};
use super::lists::keyed;
use super::mask::{Mask, is_copy_of_object};
use super::path::{Path, Segment};
use super::{FieldDifference, FieldState, Shown};
use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeSet;

/// A value in its three versions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) stored: Option<&'a Value>,
    pub(super) desired: Option<&'a Value>,
    pub(super) live: Live<'a>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Live<'a> {
    /// Nobody looked, or it cannot be compared.
    Unknown,
    Absent,
    Present(&'a Value),
}

/// Goes through an object and collects what differs.
pub(super) struct Walk<'a> {
    pub(super) mask: &'a Mask,
    /// Whether its replicas are an autoscaler's.
    pub(super) is_autoscaled: bool,
    /// Whether its values are compared elsewhere.
    pub(super) is_secret: bool,
    pub(super) path: Path,
    pub(super) fields: Vec<FieldDifference>,
}

impl<'a> Sides<'a> {
    fn child(self, key: &str) -> Self {
        let of = |value: Option<&'a Value>| value?.get(key).filter(|value| !value.is_null());
        Self {
            stored: of(self.stored),
            desired: of(self.desired),
            live: match self.live {
                Live::Present(live) => of(Some(live)).map_or(Live::Absent, Live::Present),
                other => other,
            },
        }
    }

    /// The keys of both manifests: what only lives is the server's or a controller's.
    fn keys(self) -> BTreeSet<&'a String> {
        let said = [self.stored, self.desired];
        let fields = said.into_iter().flatten().filter_map(Value::as_object);
        fields.flat_map(serde_json::Map::keys).collect()
    }

    /// Whether all that is there is what `is_kind` asks for, and both manifests say something.
    fn are_all(self, is_kind: fn(&Value) -> bool) -> bool {
        let live = match self.live {
            Live::Unknown => true,
            Live::Absent => false,
            Live::Present(live) => is_kind(live),
        };
        live && self.stored.is_some_and(is_kind) && self.desired.is_some_and(is_kind)
    }
}

impl Walk<'_> {
    pub(super) fn walk(&mut self, mut sides: Sides<'_>) {
        if self.is_ignored() || (sides.stored.is_none() && sides.desired.is_none()) {
            return;
        }
        let is_whole_object = sides.stored.is_none() || sides.desired.is_none();
        if is_whole_object && self.path.keys() == ["apiVersion"] {
            return;
        }
        if matches!(sides.live, Live::Absent) && sides.stored.is_some_and(is_left_out) {
            sides.live = Live::Unknown;
        }
        let is_outline = matches!(self.path.keys().as_slice(), [] | ["metadata"]);
        if sides.are_all(Value::is_object) || is_outline {
            for key in sides.keys() {
                self.path.0.push(Segment::Key(key.clone()));
                self.walk(sides.child(key));
                self.path.0.pop();
            }
        } else if let (true, Some(Value::Array(stored)), Some(Value::Array(desired))) =
            (sides.are_all(Value::is_array), sides.stored, sides.desired)
        {
            if self.keyed_list(stored, desired, sides.live).is_none() {
                self.plain_list(stored, desired, sides);
            }
        } else {
            self.field(sides);
        }
    }

    /// Who an object is, what the server keeps of it and what helm notes on it are no differences.
    fn is_ignored(&self) -> bool {
        const OF_SERVER: &[&str] = &[
            "name",
            "namespace",
            "creationTimestamp",
            "generation",
            "managedFields",
            "resourceVersion",
            "selfLink",
            "uid",
        ];
        match self.path.keys().as_slice() {
            ["kind" | "status"] => return true,
            ["data" | "stringData"] if self.is_secret => return true,
            _ => {}
        }
        match self.path.end() {
            Some(
                ("labels", "app.kubernetes.io/managed-by") | ("metadata", "creationTimestamp"),
            ) => true,
            Some(("annotations", key)) => {
                key.starts_with("meta.helm.sh/") || key == "deployment.kubernetes.io/revision"
            }
            Some(("metadata", key)) => self.path.0.len() == 2 && OF_SERVER.contains(&key),
            _ => false,
        }
    }

    /// Compares elements by their keys; none if they have none.
    fn keyed_list(&mut self, stored: &[Value], desired: &[Value], live: Live<'_>) -> Option<()> {
        let list = self.path.field();
        let stored = keyed(list, stored)?;
        let desired = keyed(list, desired)?;
        let lives = match live {
            Live::Present(Value::Array(live)) => Some(keyed(list, live)?),
            _ => None,
        };
        let removed = stored
            .iter()
            .filter(|(key, _)| find(&desired, key).is_none());
        for (key, _) in desired.iter().chain(removed) {
            let sides = Sides {
                stored: find(&stored, key),
                desired: find(&desired, key),
                live: match &lives {
                    None => Live::Unknown,
                    Some(lives) => find(lives, key).map_or(Live::Absent, Live::Present),
                },
            };
            self.path.0.push(Segment::Element(key.clone()));
            self.walk(sides);
            self.path.0.pop();
        }
        self.order(&names(&stored, &desired), &names(&desired, &stored));
        Some(())
    }

    /// The order of what stays matters: variables refer to earlier ones, init containers follow each other.
    fn order(&mut self, stored: &[&str], desired: &[&str]) {
        if stored != desired {
            let [stored, desired] = [stored, desired].map(Value::from);
            self.field(Sides {
                stored: Some(&stored),
                desired: Some(&desired),
                live: Live::Unknown,
            });
        }
    }

    fn plain_list(&mut self, stored: &[Value], desired: &[Value], sides: Sides<'_>) {
        let reading = Reading::at(&self.path);
        let [old, new] = [Some(stored), Some(desired)];
        let is_same = stored.len() == desired.len()
            && stored.iter().zip(desired).all(|(a, b)| same(reading, a, b));
        match sides.live {
            Live::Present(Value::Array(live)) if self.is_drifted(sides) => {
                if !is_same || live.len() != stored.len() {
                    return self.field(sides);
                }
                for (index, live) in live.iter().enumerate() {
                    let live = Live::Present(live);
                    self.element(
                        index,
                        old.map(|old| &old[index]),
                        new.map(|new| &new[index]),
                        live,
                    );
                }
            }
            _ if is_same => {}
            _ => self.aligned(stored, desired),
        }
    }

    /// Pairs elements as a text's lines are paired, so that one more element is one difference.
    fn aligned(&mut self, stored: &[Value], desired: &[Value]) {
        let [olds, news] = [stored, desired]
            .map(|list| list.iter().map(Value::to_string).collect::<Vec<String>>());
        for operation in capture_diff_slices(Algorithm::Myers, &olds, &news) {
            if matches!(operation, DiffOp::Equal { .. }) {
                continue;
            }
            let (old, new) = (operation.old_range(), operation.new_range());
            for offset in 0..old.len().max(new.len()) {
                let at = |list: &std::ops::Range<usize>| {
                    Some(list.start + offset).filter(|index| list.contains(index))
                };
                let (old, new) = (at(&old), at(&new));
                let index = new.or(old).expect("one of both is as long as the loop");
                let (old, new) = (old.map(|old| &stored[old]), new.map(|new| &desired[new]));
                self.element(index, old, new, Live::Unknown);
            }
        }
    }

    fn element(
        &mut self,
        index: usize,
        stored: Option<&Value>,
        desired: Option<&Value>,
        live: Live<'_>,
    ) {
        self.path.0.push(Segment::Element(index.to_string()));
        self.walk(Sides {
            stored,
            desired,
            live,
        });
        self.path.0.pop();
    }

    fn is_drifted(&self, sides: Sides<'_>) -> bool {
        let reading = Reading::at(&self.path);
        match (sides.stored, sides.live) {
            (Some(stored), Live::Present(live)) => {
                !covers(reading, self.path.field(), live, stored)
            }
            (Some(_), Live::Absent) => true,
            _ => false,
        }
    }

    fn is_changed(&self, sides: Sides<'_>) -> bool {
        match (sides.stored, sides.desired) {
            (Some(stored), Some(desired)) => !same(Reading::at(&self.path), stored, desired),
            (stored, desired) => stored.is_some() != desired.is_some(),
        }
    }

    fn field(&mut self, sides: Sides<'_>) {
        let is_scaled = self.is_autoscaled && self.path.keys() == ["spec", "replicas"];
        let state = match (self.is_changed(sides), self.is_drifted(sides)) {
            (false, false) => return,
            (false, true) if is_scaled => FieldState::Autoscaled,
            (false, true) => FieldState::Drifted,
            (true, true) if !is_scaled => FieldState::ChangedAndDrifted,
            (true, _) => FieldState::Changed,
        };
        let live = match sides.live {
            Live::Present(live) if state != FieldState::Changed => Some(live),
            _ => None,
        };
        let is_copy = is_copy_of_object(self.path.field());
        let show = |value: Option<&Value>| match value {
            None => Shown::Absent,
            Some(_) if is_copy => Shown::Hidden,
            Some(value) => Shown::Value(self.mask.value(value)),
        };
        let mut field = FieldDifference {
            path: self.mask.text(&self.path.to_string()),
            state,
            stored: show(sides.stored),
            desired: show(sides.desired),
            live: show(live),
            is_consequence: false,
        };
        field.hide_what_looks_equal();
        self.fields.push(field);
    }
}

impl FieldDifference {
    /// Values that differ in secret parts alone: they must not look as if nothing changed.
    fn hide_what_looks_equal(&mut self) {
        let both = self.state == FieldState::ChangedAndDrifted;
        let has_changed = both || self.state == FieldState::Changed;
        let has_drifted = both || self.state == FieldState::Drifted;
        if (has_changed && self.stored == self.desired) || (has_drifted && self.stored == self.live)
        {
            for side in [&mut self.stored, &mut self.desired, &mut self.live] {
                if !side.is_absent() {
                    *side = Shown::Hidden;
                }
            }
        }
    }
}

type Keyed<'a> = [(String, &'a Value)];

fn find<'a>(elements: &Keyed<'a>, key: &str) -> Option<&'a Value> {
    let found = elements.iter().find(|(known, _)| known == key);
    found.map(|(_, element)| *element)
}

/// The keys of those that the other one has too.
fn names<'a>(elements: &'a Keyed<'_>, other: &Keyed<'_>) -> Vec<&'a str> {
    let common = elements
        .iter()
        .filter(|(key, _)| find(other, key).is_some());
    common.map(|(key, _)| key.as_str()).collect()
}
