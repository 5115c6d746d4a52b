//! Long values as the lines that come and go, with a few around them.

use super::{ADDED, REMOVED, signed};
use crate::view::page::Page;
use crate::view::style::Tone;
use scap_plan::{FieldDifference, Shown};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// Lines before and after those that differ.
const AROUND: usize = 2;

/// Two long values.
pub(super) struct Block {
    old: String,
    new: String,
}

impl Block {
    pub(super) fn of(old: &Shown, new: &Shown) -> Self {
        Self {
            old: text(old),
            new: text(new),
        }
    }

    pub(super) fn draw(&self, page: &mut Page) {
        let difference = TextDiff::from_lines(&self.old, &self.new);
        for (index, group) in difference.grouped_ops(AROUND).iter().enumerate() {
            if index > 0 {
                page.line(vec![Tone::Dim.span("          ⋮")]);
            }
            for change in group.iter().flat_map(|op| difference.iter_changes(op)) {
                let (sign, tone) = match change.tag() {
                    ChangeTag::Delete => (REMOVED, Tone::Bad),
                    ChangeTag::Insert => (ADDED, Tone::Good),
                    ChangeTag::Equal => (" ", Tone::Dim),
                };
                let line = change.value().trim_end_matches(['\n', '\r']);
                page.paragraph(signed(sign, tone), line, tone);
            }
        }
    }
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct DifferenceLine {
    sign: LineSign,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LineSign {
    Added,
    Removed,
    Same,
}

/// A field as lines that come and go; what is secret is said to be.
pub(crate) fn lines_of(field: &FieldDifference) -> Vec<DifferenceLine> {
    let hidden = |sign, shown: &Shown| {
        let text = "(hidden)".to_owned();
        (*shown == Shown::Hidden).then_some(DifferenceLine { sign, text })
    };
    let old = if field.live.is_absent() {
        &field.stored
    } else {
        &field.live
    };
    let block = Block::of(old, &field.desired);
    let difference = TextDiff::from_lines(&block.old, &block.new);
    let ops = difference.grouped_ops(AROUND);
    let changes = ops
        .iter()
        .flatten()
        .flat_map(|op| difference.iter_changes(op));
    let lines = changes.map(|change| DifferenceLine {
        sign: match change.tag() {
            ChangeTag::Delete => LineSign::Removed,
            ChangeTag::Insert => LineSign::Added,
            ChangeTag::Equal => LineSign::Same,
        },
        text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
    });
    lines
        .chain(hidden(LineSign::Removed, old))
        .chain(hidden(LineSign::Added, &field.desired))
        .collect()
}

fn text(shown: &Shown) -> String {
    let mut text = match shown {
        Shown::Absent | Shown::Hidden => return String::new(),
        Shown::Value(Value::String(text)) => text.clone(),
        Shown::Value(value) => serde_saphyr::to_string(value).unwrap_or_else(|_| value.to_string()),
    };
    // A line end that is missing at the end would look like a change of the last line.
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
