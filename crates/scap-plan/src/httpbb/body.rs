//! What a request carries.

use crate::reader::{Entry, Fields, Item};

/// One of them at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpbbBody {
    /// As JSON text.
    Json(String),
    /// Names and values in order; a name may come more than once.
    Form(Vec<(String, String)>),
    Text(String),
}

const KINDS: [&str; 3] = ["json_body", "form_body", "body"];

/// The outer `None` is a refusal, the inner one absence.
#[expect(
    clippy::option_option,
    reason = "a refusal and an absence are two things"
)]
pub(super) fn read(fields: &Fields<'_>) -> Option<Option<HttpbbBody>> {
    let given: Vec<&str> = KINDS.into_iter().filter(|key| fields.has(key)).collect();
    if let [_, second, ..] = given[..] {
        let message = format!("stands beside {}: a request has one body at most", given[0]);
        fields.required(second).refuse(&message);
        return None;
    }
    let json = fields.optional("json_body", json)?;
    let form = fields.optional("form_body", |item| form(item).map(HttpbbBody::Form))?;
    let text = fields.optional("body", |item| {
        item.written().map(|text| HttpbbBody::Text(text.to_owned()))
    })?;
    Some(json.or(form).or(text))
}

fn json(item: &Item<'_>) -> Option<HttpbbBody> {
    let json = item.json()?;
    if json.is_null() {
        item.refuse("must be something, but is empty");
        return None;
    }
    Some(HttpbbBody::Json(json.to_string()))
}

fn form(item: &Item<'_>) -> Option<Vec<(String, String)>> {
    let pairs = item.each(("field", "fields"), |entry: Entry<'_, String>| {
        let values = entry.item.one_or_more(Item::written)?;
        let pair = |value: &str| (entry.name.clone(), value.to_owned());
        Some(values.into_iter().map(pair).collect::<Vec<_>>())
    });
    Some(pairs?.concat())
}
