//! Values of any shape, as JSON has them.

use super::Item;
use crate::located::Value;
use serde_json::{Number, Value as Json};

impl Item<'_> {
    /// Whatever it is. What YAML's versions read differently must be in quotes, or written as JSON has it.
    pub(crate) fn json(&self) -> Option<Json> {
        match self.node.map(|node| &node.value)? {
            Value::Null => Some(Json::Null),
            Value::Text(text) => Some(Json::String(text.clone())),
            Value::Bare(text) => self.bare(text),
            Value::List(_) => self.list(Item::json).map(Json::Array),
            Value::Mapping(_) => self.object(),
        }
    }

    fn bare(&self, text: &str) -> Option<Json> {
        match text {
            "true" => return Some(Json::Bool(true)),
            "false" => return Some(Json::Bool(false)),
            _ => {}
        }
        let number = serde_json::from_str::<Number>(text).ok();
        if number.is_none() {
            let hint =
                format!("\"{text}\" is a text; JSON has `true`, `false` and decimal numbers");
            self.refuse_with_hint(
                &format!("must not be {text}, which not all read as the same"),
                hint,
            );
        }
        number.map(Json::Number)
    }

    fn object(&self) -> Option<Json> {
        let keys = self.keys()?;
        let wanted = keys.len();
        let values = keys.into_iter().filter_map(|key| {
            let context = format!("{} of {}", key.text, self.context());
            let value = self.child(key.node, key.place, context).json()?;
            Some((key.text.to_owned(), value))
        });
        let values: serde_json::Map<String, Json> = values.collect();
        (values.len() == wanted).then_some(Json::Object(values))
    }
}
