//! What an apply would change: release by release, object by object, field by field; long texts line by line.

mod lines;
#[cfg(test)]
mod tests;

use self::lines::Block;
pub(crate) use self::lines::{DifferenceLine, lines_of};
use super::page::Page;
use super::style::{ARROW, Tone, WARNING};
use super::words;
use ratatui::text::Span;
use scap_plan::{
    Difference, FieldDifference, FieldState, ObjectDifference, ObjectState, ReleaseName, Shown,
};
use serde_json::Value;

const ADDED: &str = "+";
const REMOVED: &str = "-";
const CHANGED: &str = "~";
const SAME: &str = "=";

/// A release's difference, and where the release is.
pub(crate) struct ReleaseDifference<'a> {
    /// For example `shellbox in eqiad`.
    pub(crate) place: String,
    pub(crate) release: &'a ReleaseName,
    pub(crate) difference: &'a Difference,
}

/// All releases, then what it comes to.
pub(crate) fn page(releases: &[ReleaseDifference<'_>], width: usize) -> Page {
    let mut page = Page::new(width);
    for release in releases {
        page.blank();
        let nothing = if release.difference.is_empty() {
            "   no difference"
        } else {
            ""
        };
        page.line(vec![
            Tone::Strong.span(release.release.to_string()),
            Tone::Plain.span(format!("  {}", release.place)),
            Tone::Dim.span(nothing),
        ]);
        for object in &release.difference.objects {
            draw_object(&mut page, object);
        }
    }
    page.blank();
    page.paragraph(Vec::new(), &summary(releases), Tone::Strong);
    page
}

fn summary(releases: &[ReleaseDifference<'_>]) -> String {
    let mut parts = Vec::new();
    let counts: Vec<_> = releases
        .iter()
        .map(|release| release.difference.counts())
        .collect();
    let [added, removed, changed, drifted, unchanged] = [
        counts.iter().map(|counts| counts.added).sum::<usize>(),
        counts.iter().map(|counts| counts.removed).sum(),
        counts.iter().map(|counts| counts.changed).sum(),
        counts.iter().map(|counts| counts.drifted).sum(),
        counts.iter().map(|counts| counts.unchanged).sum(),
    ];
    let verb = if changed == 1 { "changes" } else { "change" };
    for (number, word) in [
        (changed, verb),
        (added, "added"),
        (removed, "removed"),
        (drifted, "drifted"),
        (unchanged, "unchanged"),
    ] {
        match parts.is_empty() {
            _ if number == 0 => {}
            true => parts.push(format!("{} {word}", words::count(number, "object"))),
            false => parts.push(format!("{number} {word}")),
        }
    }
    if parts.is_empty() {
        "no objects".to_owned()
    } else {
        parts.join(", ")
    }
}

fn draw_object(page: &mut Page, object: &ObjectDifference) {
    let (sign, word, tone) = match object.state {
        ObjectState::Added => (ADDED, "added", Tone::Good),
        ObjectState::Removed => (REMOVED, "removed", Tone::Bad),
        ObjectState::Kept => (REMOVED, "left out, but helm keeps it", Tone::Warning),
        ObjectState::Changed => (CHANGED, "changed", Tone::Accent),
        ObjectState::Drifted => (WARNING, "drifted", Tone::Warning),
        ObjectState::Missing => (
            WARNING,
            "deleted outside, will be made again",
            Tone::Warning,
        ),
        ObjectState::Unchanged if object.fields.is_empty() => return,
        ObjectState::Unchanged => (SAME, "unchanged", Tone::Dim),
    };
    let name = &object.object;
    let namespace = name.namespace.as_ref();
    let namespace = namespace.map_or(String::new(), |namespace| format!(" in {namespace}"));
    page.line(vec![
        tone.span(format!("  {sign} ")),
        Tone::Strong.span(format!("{} {}{namespace}", name.kind, name.name)),
        tone.span(format!("  {word}")),
    ]);
    if !matches!(object.state, ObjectState::Removed | ObjectState::Kept) {
        for field in &object.fields {
            draw_field(page, field, object.drift_is_put_back);
        }
    }
}

fn draw_field(page: &mut Page, field: &FieldDifference, is_put_back: bool) {
    let (sign, tone) = match (field.state, &field.stored, &field.desired) {
        (FieldState::Drifted, ..) => (WARNING, Tone::Warning),
        (FieldState::Autoscaled | FieldState::Unchanged, ..) => (SAME, Tone::Dim),
        (_, Shown::Absent, _) => (ADDED, Tone::Good),
        (_, _, Shown::Absent) => (REMOVED, Tone::Bad),
        _ => (CHANGED, Tone::Accent),
    };
    let before = vec![tone.span(format!("      {sign} "))];
    let (said, block) = sentence(field, is_put_back);
    let mark = if field.is_consequence {
        "   follows what changes in a ConfigMap or Secret"
    } else {
        ""
    };
    let tone = if field.is_consequence || tone == Tone::Dim {
        Tone::Dim
    } else {
        Tone::Plain
    };
    page.paragraph(before, &format!("{}  {said}{mark}", field.path), tone);
    if let Some(block) = block {
        block.draw(page);
    }
}

/// What is said of a field beside its path, and below it.
fn sentence(field: &FieldDifference, is_put_back: bool) -> (String, Option<Block>) {
    let all = [&field.stored, &field.desired, &field.live];
    if all.contains(&&Shown::Hidden) {
        return (hidden(field), None);
    }
    let [stored, desired, live] = all.map(short);
    match field.state {
        FieldState::Changed | FieldState::ChangedAndDrifted => {
            let drift = drift(field, live.as_deref());
            match (stored, desired) {
                (Some(stored), Some(desired)) => {
                    let change = [stored, desired]
                        .into_iter()
                        .filter(|text| !text.is_empty());
                    let change: Vec<String> = change.collect();
                    (change.join(&format!(" {ARROW} ")) + &drift, None)
                }
                _ => (
                    drift.trim_start().to_owned(),
                    Some(Block::of(&field.stored, &field.desired)),
                ),
            }
        }
        FieldState::Drifted => {
            let end = if is_put_back {
                "goes back"
            } else {
                "stays so: helm does not look at what lives of custom kinds"
            };
            match (live, desired) {
                (Some(live), Some(desired)) => {
                    let live = if live.is_empty() { "gone" } else { &live };
                    (format!("is {live}, should be {desired}; {end}"), None)
                }
                _ => (
                    format!("was changed outside; {end}"),
                    Some(Block::of(&field.live, &field.desired)),
                ),
            }
        }
        FieldState::Autoscaled => (
            format!(
                "is {}, set by an autoscaler; {} in the manifest",
                live.unwrap_or_default(),
                desired.unwrap_or_default()
            ),
            None,
        ),
        FieldState::Unchanged => (String::new(), None),
    }
}

fn drift(field: &FieldDifference, live: Option<&str>) -> String {
    match live {
        _ if field.state != FieldState::ChangedAndDrifted => String::new(),
        Some("") => "   (drifted: is gone)".to_owned(),
        Some(live) => format!("   (drifted: is {live} now)"),
        None => "   (drifted: is something else now)".to_owned(),
    }
}

fn hidden(field: &FieldDifference) -> String {
    let word = match field.state {
        FieldState::Unchanged => "unchanged",
        FieldState::Drifted | FieldState::Autoscaled => "drifted",
        _ if field.stored.is_absent() => "added",
        _ if field.desired.is_absent() => "removed",
        FieldState::Changed => "changed",
        FieldState::ChangedAndDrifted => "changed and drifted",
    };
    format!("hidden, {word}")
}

/// A value that fits beside others in a line; empty where there is none.
fn short(shown: &Shown) -> Option<String> {
    match shown {
        Shown::Absent | Shown::Hidden => Some(String::new()),
        Shown::Value(Value::String(text)) if text.is_empty() => Some("\"\"".to_owned()),
        Shown::Value(Value::String(text)) => {
            (!text.trim_end().contains('\n') && !text.ends_with('\n')).then(|| text.clone())
        }
        Shown::Value(Value::Array(values)) => {
            let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
            let is_short = |text: &&str| !text.contains('\n') && text.len() < 40;
            let texts = texts.filter(|texts| texts.len() < 8 && texts.iter().all(is_short))?;
            Some(format!("[{}]", texts.join(", ")))
        }
        Shown::Value(Value::Object(_)) => None,
        Shown::Value(scalar) => Some(scalar.to_string()),
    }
}

/// A line of a block, with its sign.
fn signed(sign: &str, tone: Tone) -> Vec<Span<'static>> {
    vec![tone.span(format!("          {sign} "))]
}
