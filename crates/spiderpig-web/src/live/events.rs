//! A stream of events, for where a proxy lets no WebSocket through: its address says what is wanted.

use super::{Place, Seat, goodbye};
use crate::client::Asker;
use crate::refusal::{Refusal, SignedOut};
use crate::runner::Following;
use crate::site::Site;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use futures::{StreamExt as _, stream};
use spiderpig_protocol::{Ask, Problem, ProblemKind};
use std::convert::Infallible;
use std::sync::Arc;
use url::form_urlencoded;

/// What a page wants to be told at once; pages of ours want two or three.
const MOST_ASKS: usize = 32;

pub(crate) async fn open(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
    asker: Asker,
) -> Result<Response, Refusal> {
    let asks = asks(&query.unwrap_or_default())?;
    let seat = site.seats.take(asker.token.as_deref())?;
    let mut following = match site.follow(asker).await {
        Ok(following) => following,
        Err(problem) => return ended(problem),
    };
    following.begin(&asks).await?;
    let closing = site.closing.clone().cancelled_owned();
    let events = stream::unfold((following, seat), next).take_until(closing);
    Ok(stream_of(Body::from_stream(events)))
}

/// A page that is told so does not come back.
fn ended(problem: Problem) -> Result<Response, Refusal> {
    if problem.kind != ProblemKind::SignedOut {
        return Err(problem.into());
    }
    let mut response = stream_of(Body::from(event(&goodbye(&problem.message))));
    response.extensions_mut().insert(SignedOut);
    Ok(response)
}

fn stream_of(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

type Source = (Following, Seat);

async fn next((mut following, seat): Source) -> Option<(Result<String, Infallible>, Source)> {
    let line = following.told().await?.ok()?;
    Some((Ok(event(&line)), (following, seat)))
}

/// A carriage return would end a line, and in JSON it is a blank like others.
fn event(line: &str) -> String {
    format!("data: {}\n\n", line.replace('\r', " "))
}

/// There is no token in an address: that the stream is read by a page of ours is what its headers say.
fn asks(query: &str) -> Result<Vec<Ask>, Refusal> {
    let mut asks = vec![Ask::Hello { token: None }];
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let ask = match &*key {
            "document" => value.parse().ok().map(|path| Ask::Document { path }),
            "lines" => Place::read(&value).map(|it| it.ask),
            _ => None,
        };
        asks.push(ask.ok_or_else(senseless)?);
        if asks.len() > MOST_ASKS {
            return Err(senseless());
        }
    }
    Ok(asks)
}

fn senseless() -> Refusal {
    Refusal::invalid("the address names nothing that can be followed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_what_a_page_would() {
        let asks = asks("document=runs%2F7&document=runs%3Fsearch%3Dshop&lines=7%3A100").unwrap();
        assert_eq!(
            serde_json::to_string(&asks).unwrap(),
            r#"[{"ask":"hello","token":null},{"ask":"document","path":"runs/7"},{"ask":"document","path":"runs?search=shop"},{"ask":"lines","run":7,"from":100}]"#
        );
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let many = "document=home&".repeat(40);
        for query in [
            "document=nothing",
            "lines=7",
            "lines=7:-1",
            "lines=x:0",
            "token=x",
            &many,
        ] {
            assert!(asks(query).is_err(), "{query}");
        }
    }

    #[test]
    fn hostile_addresses_are_read_or_refused() {
        let good = [
            "document=runs%2F7&lines=7%3A100",
            "document=services/shop&lines=0:0",
        ];
        scap_hostile::hostile_text("addresses of streams", &good, |query| {
            if let Ok(asks) = asks(query) {
                assert!(asks.len() <= MOST_ASKS);
            }
        });
    }

    #[test]
    fn an_event_is_one_line_whatever_it_holds() {
        assert_eq!(event("{\"a\":\r1}"), "data: {\"a\": 1}\n\n");
    }
}
