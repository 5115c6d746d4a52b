//! What a person is told when the run ends while they ask.

use super::*;
use crate::cli::{Color, Format, Global};
use crate::context::Context;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use scap_journal::RequestId;
use scap_run::{Outcome, Phase, QuestionId, UnixMillis};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::UnixListener;

const RUN: RunId = RunId(2);

/// A runner that takes the request up, replies and ends the run while the person looks at the run.
struct Hurried {
    has_ended: AtomicBool,
    reply: Reply,
}

fn ended() -> RunSummary {
    RunSummary {
        run: RUN,
        service: "shop".to_owned(),
        person: "ada".to_owned(),
        version: "v2".to_owned(),
        digest: String::new(),
        created: UnixMillis(0),
        changed: UnixMillis(0),
        phase: Phase::Finished,
        outcome: Some(Outcome::Succeeded),
        epoch: 1,
        holder: None,
        lease_until: UnixMillis(0),
    }
}

async fn answer(State(runner): State<Arc<Hurried>>, Json(verb): Json<Value>) -> Json<Value> {
    let answer = match verb["verb"].as_str() {
        Some("leave_request") => json!(RequestId(1)),
        Some("summarize_run") => {
            runner.has_ended.store(true, Ordering::Relaxed);
            json!(ended())
        }
        Some("read_reply") if runner.has_ended.load(Ordering::Relaxed) => json!(runner.reply),
        Some("read_reply") => json!(Reply::Waiting),
        other => panic!("{other:?}"),
    };
    Json(json!({ "answer": answer }))
}

async fn ask_one_that_replies(reply: Reply) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let runner = Arc::new(Hurried {
        has_ended: AtomicBool::new(false),
        reply,
    });
    let router = Router::new()
        .route("/v1/ask", post(answer))
        .with_state(runner);
    let listener = UnixListener::bind(folder.path().join("cli.sock")).unwrap();
    let serving = tokio::spawn(async { axum::serve(listener, router).await });
    let request = Request::Answer {
        question: QuestionId(0),
        choice: scap_run::Choice::Promote,
    };
    let context = Context::new(global(folder.path()));
    let control = context.control().await.unwrap();
    let asked = ask(control, RUN, request).await;
    serving.abort();
    asked.map_err(|trouble| trouble.in_a_line())
}

fn global(folder: &Path) -> Global {
    Global {
        config: None,
        state_dir: Some(folder.to_owned()),
        format: Format::Text,
        yes: false,
        color: Color::Never,
    }
}

#[tokio::test]
async fn what_was_granted_and_ended_the_run_at_once_is_granted() {
    assert_eq!(ask_one_that_replies(Reply::Granted).await, Ok(()));
}

#[tokio::test]
async fn what_nobody_replied_to_before_the_run_ended_is_refused() {
    let refused = ask_one_that_replies(Reply::Waiting).await;
    assert_eq!(refused, Err("run 2 has ended".to_owned()));
}
