//! What browsers ask and are answered, as `OpenAPI`: paths from the protocol, shapes from the types that serde writes.

mod operation;
mod shapes;
#[cfg(test)]
mod tests;

use super::act::{Deployed, Done, LoggedOut, RunAnswer};
use super::documents;
use operation::{Answer, Operation, Parameter, problems};
use schemars::Schema;
use serde_json::{Map, Value, json};
pub(super) use shapes::Shapes;
use spiderpig_protocol::{
    ACTS, Ask, BeginPasskey, Document, FinishPasskey, MadePasskey, RUN_ACTS, Route, ShownFactor,
    Told, Wanted, WantedChallenge,
};

/// How a program may use it.
const DESCRIPTION: &str = "What SpiderPig's page asks, and all that it can ask. Who asks is told by the session's cookie, which on `http://localhost` is called `spiderpig`. \
     A request that posts comes with `Origin`, `Content-Type: application/json` and, where it is an act, \
     with a `proof` if the answer would else be the problem `second_factor_needed`.";

/// All of it: nothing else is served.
pub(crate) fn document() -> Value {
    let mut shapes = Shapes::default();
    let mut operations: Vec<Operation> = Vec::new();
    operations.extend(Route::ALL.map(|route| of_route(route, &mut shapes)));
    operations.extend(Document::PATHS.map(|path| of_document(path, &mut shapes)));
    operations.extend(ACTS.map(|(path, act)| of_act(path, act, &mut shapes)));
    operations.push(of_runs(&mut shapes));
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let at = paths.entry(operation.path.clone()).or_insert(json!({}));
        let method = operation.method();
        at[method] = operation.value(&mut shapes);
    }
    shapes.asked::<Ask>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "SpiderPig",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
        },
        "paths": paths,
        "components": {
            "responses": problems(&mut shapes),
            "schemas": shapes.all(),
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-spiderpig" },
            },
        },
        "security": [{ "session": [] }],
    })
}

fn of_route(route: Route, shapes: &mut Shapes) -> Operation {
    let body = match route {
        Route::ShowFactor => Some(shapes.asked::<ShownFactor>()),
        Route::Challenge => Some(shapes.asked::<WantedChallenge>()),
        Route::BeginPasskey => Some(shapes.asked::<BeginPasskey>()),
        Route::FinishPasskey => Some(shapes.asked::<FinishPasskey>()),
        Route::Plan => Some(shapes.asked::<Wanted>()),
        _ => None,
    };
    let answer = match route {
        Route::Health | Route::ShowFactor => Answer::Json(shapes.told::<Done>()),
        Route::BeginSignIn | Route::FinishSignIn => Answer::Redirect,
        Route::FinishPasskey => Answer::Json(shapes.told::<MadePasskey>()),
        // As `WebAuthn` has it.
        Route::Challenge | Route::BeginPasskey => Answer::Json(true.into()),
        Route::Plan => Answer::Json(documents::plan_shape(shapes)),
        Route::Follow => Answer::WebSocket,
        Route::FollowEvents => Answer::Events(shapes.told::<Told>()),
        Route::DownloadLog => Answer::Text,
    };
    Operation {
        path: route.path().to_owned(),
        summary: summary(route).to_owned(),
        query: query(route).to_vec(),
        body,
        answer,
        is_for_everybody: matches!(
            route,
            Route::Health | Route::BeginSignIn | Route::FinishSignIn
        ),
    }
}

fn summary(route: Route) -> &'static str {
    match route {
        Route::Health => "Whether the web process reaches the runner.",
        Route::BeginSignIn => "Sends the browser to the identity provider.",
        Route::FinishSignIn => {
            "Where the identity provider sends the browser back to, with parameters of its own."
        }
        Route::ShowFactor => {
            "The second factor of a session that has only the first; the session gets a new cookie."
        }
        Route::Challenge => {
            "A challenge for a passkey, good once, within two minutes, for one act or for signing in."
        }
        Route::BeginPasskey => "What the browser makes a passkey by.",
        Route::FinishPasskey => {
            "The passkey that the browser made; it counts once its person has confirmed it on the deploy host."
        }
        Route::Plan => "Plans a deployment, and keeps the plan for a while.",
        Route::Follow => {
            "A WebSocket: each message of the page is an `Ask`, the first one `hello`; each of the server is a `Told`."
        }
        Route::FollowEvents => {
            "The same as events from the server, for proxies that let no WebSocket through: each has a `Told` for its data."
        }
        Route::DownloadLog => "All lines of a run's terminal that there are at the moment.",
    }
}

fn query(route: Route) -> &'static [Parameter] {
    match route {
        Route::BeginSignIn => &[("back", "A path of the page, to return to.", "string")],
        Route::FollowEvents => &[
            ("document", "Its path; as often as wanted.", "array"),
            (
                "lines",
                "`RUN:FROM`: a run and the number of a line, counted from 0; as often as wanted.",
                "array",
            ),
        ],
        _ => &[],
    }
}

fn of_document(path: &str, shapes: &mut Shapes) -> Operation {
    let example = path.replace("{run}", "1").replace("{service}", "service");
    let read = |path: &str| path.parse::<Document>();
    let document = read(&example).expect("all paths are those of documents");
    let (summary, shape) = documents::shape(&document, shapes);
    let query = [
        ("search", "Words that all must be there.", "string"),
        (
            "before",
            "Only older ones than the one of this number.",
            "integer",
        ),
    ];
    let takes = |name: &str| read(&format!("{example}?{name}=1")).is_ok();
    Operation {
        path: format!("/api/{path}"),
        summary: summary.to_owned(),
        query: query.into_iter().filter(|(name, ..)| takes(name)).collect(),
        body: None,
        answer: Answer::Json(shape),
        is_for_everybody: document == Document::Me,
    }
}

fn of_act(path: &str, act: &str, shapes: &mut Shapes) -> Operation {
    let body = shapes.act(act).expect("all acts are in the protocol");
    Operation {
        path: format!("/api/{path}"),
        summary: description(&body),
        query: Vec::new(),
        body: Some(body),
        answer: Answer::Json(match act {
            "deploy" => shapes.told::<Deployed>(),
            "log_out" => shapes.told::<LoggedOut>(),
            _ => shapes.told::<Done>(),
        }),
        is_for_everybody: false,
    }
}

fn of_runs(shapes: &mut Shapes) -> Operation {
    let body = shapes.run_act();
    Operation {
        path: format!("/api/{}{{run}}{}", RUN_ACTS.0, RUN_ACTS.1),
        summary: description(&body),
        query: Vec::new(),
        body: Some(body),
        answer: Answer::Json(shapes.told::<RunAnswer>()),
        is_for_everybody: false,
    }
}

fn description(shape: &Schema) -> String {
    let text = shape.get("description").and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
