//! YAML as a tree in which every key and value knows its line and column.

use crate::error::{ConfigError, Place, Source};
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// What a value is; scalars are sorted by what they look like in YAML 1.1 and 1.2.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(String),
    /// A bare number or truth value, as written; not text unless it is quoted.
    Bare(String),
    List(Vec<Node>),
    /// In the order of the file, duplicates included.
    Mapping(Vec<(Node, Node)>),
}

/// No file of ours is a tenth of this, even with all that its aliases repeat.
const LARGEST: usize = 4 * 1024 * 1024;
const DEEPEST: usize = 32;
/// Aliases repeat what they name, so the tree can be larger than the file.
const MOST_NODES: usize = 100_000;

/// Reads one YAML document; errors call it `title`.
pub(crate) fn parse(source: &Source, title: &str) -> Result<Node, ConfigError> {
    tree(&source.text)
        .map_err(|(place, message)| place.error(&source.file, format!("{title} {message}")))
}

fn tree(text: &str) -> Result<Node, Refusal> {
    if text.len() > LARGEST {
        return Err((
            Place::START,
            format!("must not be larger than {LARGEST} bytes"),
        ));
    }
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            (
                place(error.marker()),
                format!("is not YAML: {}", error.info()),
            )
        })?;
        tree.take(event, span)?;
    }
    tree.root
        .ok_or_else(|| (Place::START, "must be a mapping, but is empty".to_owned()))
}

fn place(marker: &saphyr_parser::Marker) -> Place {
    Place {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

/// Why a well-formed document is not taken.
type Refusal = (Place, String);

/// A list or mapping whose end has not been seen yet.
struct Open {
    place: Place,
    anchor: usize,
    nodes: Vec<Node>,
    is_mapping: bool,
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    /// Bytes of text that aliases repeat.
    repeated: usize,
    root: Option<Node>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Refusal> {
        let place = place(&span.start);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err((place, "must be one YAML document, not several".to_owned()))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value =
                    scalar(text, style, tag.as_deref()).map_err(|message| (place, message))?;
                self.add(Node { place, value }, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.begin(place, anchor, tag.as_deref(), false),
            Event::MappingStart(anchor, tag) => self.begin(place, anchor, tag.as_deref(), true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| {
                    (
                        place,
                        "has an alias inside of what the alias repeats".to_owned(),
                    )
                })?;
                self.repeat(&node)?;
                self.add(node, 0)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn repeat(&mut self, node: &Node) -> Result<(), Refusal> {
        let (nodes, bytes) = node.size();
        self.nodes += nodes;
        self.repeated += bytes;
        if self.repeated > LARGEST {
            let message = format!("must not be larger than {LARGEST} bytes, aliases included");
            return Err((node.place, message));
        }
        Ok(())
    }

    fn begin(
        &mut self,
        place: Place,
        anchor: usize,
        tag: Option<&Tag>,
        is_mapping: bool,
    ) -> Result<(), Refusal> {
        refuse_tag(tag).map_err(|message| (place, message))?;
        if self.open.len() == DEEPEST {
            return Err((
                place,
                format!("must not be nested deeper than {DEEPEST} levels"),
            ));
        }
        self.open.push(Open {
            place,
            anchor,
            nodes: Vec::new(),
            is_mapping,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        let Some(Open {
            place,
            anchor,
            nodes,
            is_mapping,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let value = if is_mapping {
            Value::Mapping(pairs(nodes)?)
        } else {
            Value::List(nodes)
        };
        self.add(Node { place, value }, anchor)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err((
                node.place,
                format!("must not have more than {MOST_NODES} values, aliases included"),
            ));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn pairs(nodes: Vec<Node>) -> Result<Vec<(Node, Node)>, Refusal> {
    let mut pairs = Vec::with_capacity(nodes.len() / 2);
    let mut nodes = nodes.into_iter();
    while let (Some(key), Some(mut value)) = (nodes.next(), nodes.next()) {
        if key.value == Value::Text("<<".to_owned()) {
            return Err((
                key.place,
                "must not merge mappings with `<<`: write the keys out".to_owned(),
            ));
        }
        if value.value == Value::Null {
            // The parser places an absent value at the next thing that it saw.
            value.place = key.place;
        }
        pairs.push((key, value));
    }
    Ok(pairs)
}

impl Node {
    /// How many values it has, itself included, and how many bytes of text.
    fn size(&self) -> (usize, usize) {
        let sum = |nodes: &mut dyn Iterator<Item = &Node>| {
            nodes
                .map(Node::size)
                .fold((1, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1))
        };
        match &self.value {
            Value::List(nodes) => sum(&mut nodes.iter()),
            Value::Mapping(pairs) => sum(&mut pairs.iter().flat_map(|(key, value)| [key, value])),
            Value::Text(text) | Value::Bare(text) => (1, text.len()),
            Value::Null => (1, 0),
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if !is_text {
        refuse_tag(tag)?;
    }
    Ok(match text.as_ref() {
        _ if is_text || style != ScalarStyle::Plain => Value::Text(text.into_owned()),
        bare if is_null(bare) => Value::Null,
        bare if is_truth_value(bare) || is_number(bare) => Value::Bare(text.into_owned()),
        _ => Value::Text(text.into_owned()),
    })
}

fn refuse_tag(tag: Option<&Tag>) -> Result<(), String> {
    tag.map_or(Ok(()), |tag| Err(format!("must not have the tag `{tag}`")))
}

/// Whether every reader takes `bare`, which has no quotes around it, as text.
pub(crate) fn is_text(bare: &str) -> bool {
    let is_date = bare.len() <= 10
        && bare.split('-').count() == 3
        && bare.chars().all(|c| c.is_ascii_digit() || c == '-');
    let is_binary = bare.trim_start_matches(['+', '-']).starts_with("0b");
    !(is_null(bare) || is_truth_value(bare) || is_number(bare) || is_date || is_binary)
}

fn is_null(text: &str) -> bool {
    ["", "~", "null", "Null", "NULL"].contains(&text)
}

/// What one of the YAML versions in use takes for true or false; the files are read by other programs too.
fn is_truth_value(text: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let is_radix = |prefix: &str| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| i64::from_str_radix(rest, 16).is_ok())
    };
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.replace('_', "").parse::<f64>().is_ok();
    is_decimal
        || is_radix("0x")
        || is_radix("0o")
        || [".inf", ".nan"].contains(&digits.to_ascii_lowercase().as_str())
}
