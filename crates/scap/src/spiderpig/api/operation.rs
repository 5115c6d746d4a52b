//! One thing that can be asked, as `OpenAPI` has it.

use super::shapes::Shapes;
use scap_plan::ServiceName;
use scap_run::RunId;
use schemars::Schema;
use serde_json::{Map, Value, json};
use spiderpig_protocol::Problem;

/// What may stand behind the question mark: name, meaning, type of JSON.
pub(super) type Parameter = (&'static str, &'static str, &'static str);

pub(super) struct Operation {
    /// Whole, with the names of its parameters in braces.
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) query: Vec<Parameter>,
    /// What is posted has one.
    pub(super) body: Option<Schema>,
    pub(super) answer: Answer,
    /// Nobody need be signed in.
    pub(super) is_for_everybody: bool,
}

pub(super) enum Answer {
    Json(Schema),
    /// Each event has one of these.
    Events(Schema),
    Text,
    /// For a browser: what goes wrong is a page too.
    Redirect,
    WebSocket,
}

impl Operation {
    pub(super) fn method(&self) -> &'static str {
        if self.body.is_some() { "post" } else { "get" }
    }

    pub(super) fn value(self, shapes: &mut Shapes) -> Value {
        let mut value = json!({ "summary": self.summary });
        let parameters = self.parameters(shapes);
        if !parameters.is_empty() {
            value["parameters"] = parameters.into();
        }
        if let Some(body) = self.body {
            let content = json!({ "application/json": { "schema": body } });
            value["requestBody"] = json!({ "required": true, "content": content });
        }
        value["responses"] = self.answer.responses(shapes).into();
        if self.is_for_everybody {
            value["security"] = json!([]);
        }
        value
    }

    fn parameters(&self, shapes: &mut Shapes) -> Vec<Value> {
        let places = [
            ("run", shapes.asked::<RunId>()),
            ("service", shapes.asked::<ServiceName>()),
        ];
        let is_there = |name: &str| self.path.contains(&format!("{{{name}}}"));
        let places = places.into_iter().filter(|(name, _)| is_there(name));
        let in_path = places.map(|(name, shape)| {
            json!({ "name": name, "in": "path", "required": true, "schema": shape })
        });
        let in_query = self.query.iter().map(|(name, meaning, kind)| {
            let shape = match *kind {
                "array" => json!({ "type": "array", "items": { "type": "string" } }),
                kind => json!({ "type": kind }),
            };
            json!({ "name": name, "in": "query", "description": meaning, "schema": shape })
        });
        in_path.chain(in_query).collect()
    }
}

impl Answer {
    fn responses(self, shapes: &mut Shapes) -> Map<String, Value> {
        let mut responses = Map::new();
        if let Self::Redirect = self {
            let page = json!({ "text/html": { "schema": { "type": "string" } } });
            let page = json!({ "description": "Why not, as a page.", "content": page });
            responses.insert("default".to_owned(), page);
        } else {
            let names = problems(shapes).into_iter().map(|(name, _)| name);
            responses.extend(names.map(|name| {
                let reference = format!("#/components/responses/{name}");
                (name, json!({ "$ref": reference }))
            }));
        }
        let (status, answer) = self.value();
        responses.insert(status.to_owned(), answer);
        responses
    }

    /// By its status of HTTP.
    fn value(self) -> (&'static str, Value) {
        let answer = |kind: &str, shape: Value| {
            let content = json!({ kind: { "schema": shape } });
            json!({ "description": "The answer.", "content": content })
        };
        let text = json!({ "type": "string" });
        match self {
            Self::Json(shape) => ("200", answer("application/json", json!(shape))),
            Self::Events(shape) => ("200", answer("text/event-stream", json!(shape))),
            Self::Text => ("200", answer("text/plain", text)),
            Self::Redirect => ("303", json!({ "description": "The way on." })),
            Self::WebSocket => ("101", json!({ "description": "The connection." })),
        }
    }
}

/// By their statuses of HTTP, and `default` for those of what is no request of the page.
pub(super) fn problems(shapes: &mut Shapes) -> Map<String, Value> {
    let problem = shapes.told::<Problem>();
    let content = json!({ "application/json": { "schema": problem } });
    let response = |description: &str| json!({ "description": description, "content": content });
    let statuses = shapes.problems().into_iter();
    let mut responses: Map<String, Value> = statuses
        .map(|(status, kinds)| (status.to_string(), response(&kinds.join(", "))))
        .collect();
    let otherwise = "What is too long, too slow or for another host.";
    responses.insert("default".to_owned(), response(otherwise));
    responses
}
