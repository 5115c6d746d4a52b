//! The one page: a button for each person, and no script.

use super::people::PEOPLE;
use super::request::Asked;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Environment, context};

/// It loads nothing, and stands in no frame. Where its form leads is not limited: browsers count the way back as well.
const POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Who it is that signs in.
pub(super) fn question(asked: &Asked) -> Response {
    let mut pages = Environment::new();
    let values = context! { asked => Serde(asked), people => Serde(PEOPLE) };
    let page = pages
        .add_template("sign-in.html", include_str!("page/sign-in.html"))
        .and_then(|()| pages.get_template("sign-in.html")?.render(values));
    match page {
        Ok(page) => answer(StatusCode::OK, page),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, error.kind().to_string()),
    }
}

/// Why nobody is sent back: the sentence must be ours.
pub(super) fn refusal(fault: &'static str) -> Response {
    let page = include_str!("page/refusal.html").replace("{{ fault }}", fault);
    answer(StatusCode::BAD_REQUEST, page)
}

fn answer(status: StatusCode, page: String) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, Html(page)).into_response()
}
