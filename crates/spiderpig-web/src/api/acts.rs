//! What people do: the path says what, the body to what and why.

use super::body::{Posted, senseless};
use crate::client::Asker;
use crate::refusal::Refusal;
use crate::site::Site;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use spiderpig_protocol::{ACTS, Act, Proof, RUN_ACTS, Verb, WantedChallenge};
use std::sync::Arc;

pub(super) async fn act(
    State(site): State<Arc<Site>>,
    Path(path): Path<String>,
    asker: Asker,
    Posted(mut body): Posted<Map<String, Value>>,
) -> Result<Response, Refusal> {
    let proof = body.remove("proof");
    let proof: Option<Proof> = proof
        .map_or(Ok(None), serde_json::from_value)
        .map_err(|_| senseless())?;
    let act = act_of(&path, body)?;
    let ends_this = matches!(act, Act::LogOut { session: None });
    let answer = site.ask(asker, Verb::Act { act, proof }).await?;
    let cookie = ends_this.then(|| (SET_COOKIE, site.cookies.forget_session()));
    Ok((AppendHeaders(cookie), Json(answer)).into_response())
}

/// The challenge is for the very act that is sent with it later: both are read in one place.
pub(super) async fn challenge(
    State(site): State<Arc<Site>>,
    asker: Asker,
    Posted(WantedChallenge { act }): Posted<WantedChallenge>,
) -> Result<Json<Value>, Refusal> {
    let act = act.map(|it| act_of(&it.path, it.body)).transpose()?;
    Ok(Json(site.ask(asker, Verb::Challenge { act }).await?))
}

fn act_of(path: &str, mut body: Map<String, Value>) -> Result<Act, Refusal> {
    let run = path
        .strip_prefix(RUN_ACTS.0)
        .and_then(|it| it.strip_suffix(RUN_ACTS.1));
    let value = if let Some(run) = run {
        let run: i64 = number(run).ok_or_else(nothing_there)?;
        json!({"act": "run", "run": run, "request": body})
    } else {
        let known = ACTS.iter().find(|(known, _)| *known == path);
        let (_, name) = known.ok_or_else(nothing_there)?;
        if body.insert("act".to_owned(), json!(name)).is_some() {
            return Err(senseless());
        }
        Value::Object(body)
    };
    serde_json::from_value(value).map_err(|_| senseless())
}

/// As it is written in the addresses of pages: digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let is_plain = text.bytes().all(|it| it.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

fn nothing_there() -> Refusal {
    Refusal::of(StatusCode::NOT_FOUND, "there is nothing to be done here")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, body: &str) -> Option<Value> {
        let body = serde_json::from_str(body).ok()?;
        let act = act_of(path, body).ok()?;
        Some(serde_json::to_value(act).unwrap())
    }

    #[test]
    fn what_the_page_posts_is_what_the_protocol_has() {
        for (path, body, act) in [
            (
                "runs",
                r#"{"digest":"d","reason":null}"#,
                json!({"act": "deploy", "digest": "d", "reason": null, "break_glass": false}),
            ),
            (
                "approvals/ask",
                r#"{"digest":"d","reason":"r"}"#,
                json!({"act": "ask_approval", "digest": "d", "reason": "r"}),
            ),
            (
                "approvals",
                r#"{"digest":"d","person":"ada"}"#,
                json!({"act": "approve", "digest": "d", "person": "ada"}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"abort","kind":"undo","reason":"bad"}"#,
                json!({"act": "run", "run": 7, "request": {"request": "abort", "kind": "undo", "reason": "bad"}}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"answer","question":0,"choice":"promote"}"#,
                json!({"act": "run", "run": 7, "request": {"request": "answer", "question": 0, "choice": "promote"}}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"resume"}"#,
                json!({"act": "run", "run": 7, "request": {"request": "resume"}}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"cancel"}"#,
                json!({"act": "run", "run": 7, "request": {"request": "cancel"}}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"move","before":5}"#,
                json!({"act": "run", "run": 7, "request": {"request": "move", "before": 5}}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"hand_over","to":"grace"}"#,
                json!({"act": "run", "run": 7, "request": {"request": "hand_over", "to": "grace"}}),
            ),
            (
                "runs/7/requests",
                r#"{"request":"finish"}"#,
                json!({"act": "run", "run": 7, "request": {"request": "finish"}}),
            ),
            (
                "admin/freeze",
                r#"{"reason":"r","until":5}"#,
                json!({"act": "freeze", "reason": "r", "until": 5}),
            ),
            (
                "admin/thaw",
                r#"{"reason":"r"}"#,
                json!({"act": "thaw", "reason": "r"}),
            ),
            (
                "admin/unlock",
                r#"{"key":"service/shop","reason":"r"}"#,
                json!({"act": "unlock", "key": "service/shop", "reason": "r"}),
            ),
            (
                "admin/ban",
                r#"{"person":"ada","reason":"r"}"#,
                json!({"act": "ban", "person": "ada", "reason": "r", "until": null}),
            ),
            (
                "admin/unban",
                r#"{"person":"ada","reason":"r"}"#,
                json!({"act": "unban", "person": "ada", "reason": "r"}),
            ),
            (
                "admin/log-out",
                r#"{"person":null,"reason":"r"}"#,
                json!({"act": "log_out_person", "person": null, "reason": "r"}),
            ),
            (
                "me/log-out",
                r#"{"session":null}"#,
                json!({"act": "log_out", "session": null}),
            ),
        ] {
            assert_eq!(read(path, body), Some(act), "{path}");
        }
    }

    #[test]
    fn what_the_page_does_not_post_is_refused() {
        for (path, body) in [
            ("runs", "{}"),
            ("runs", r#"{"digest":"d","reason":null,"force":true}"#),
            ("runs/7/requests", r#"{"request":"revert"}"#),
            ("runs/7/requests", r#"{"request":"resume","run":8}"#),
            ("runs/-7/requests", r#"{"request":"resume"}"#),
            ("runs/+7/requests", r#"{"request":"resume"}"#),
            ("runs//requests", r#"{"request":"resume"}"#),
            (
                "runs/99999999999999999999/requests",
                r#"{"request":"resume"}"#,
            ),
            (
                "admin/thaw",
                r#"{"act":"freeze","reason":"r","until":null}"#,
            ),
            ("admin/thaw", r#"{"act":"thaw","reason":"r"}"#),
            ("admin/ban", r#"{"person":"../x","reason":"r"}"#),
            ("admin", r#"{"reason":"r"}"#),
            ("admin/freeze/", r#"{"reason":"r"}"#),
        ] {
            assert_eq!(read(path, body), None, "{path} {body}");
        }
    }

    #[test]
    fn hostile_bodies_are_acts_or_refused() {
        let good = [
            r#"{"digest":"d","reason":null}"#,
            r#"{"request":"abort","kind":"undo","reason":"bad"}"#,
            r#"{"person":"ada","reason":"r","until":5}"#,
        ];
        scap_hostile::hostile_text("bodies of acts", &good, |body| {
            for path in ["runs", "runs/7/requests", "admin/ban", body] {
                let _ = read(path, body);
            }
        });
    }
}
