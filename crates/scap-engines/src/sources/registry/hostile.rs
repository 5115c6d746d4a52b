//! Whatever a registry answers: it is taken, or told to be wrong, and leads nowhere else.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode};
use scap_hostile::hostile;

use super::token::{Challenge, granted};
use super::*;

fn answer(
    status: StatusCode,
    header: Option<(&'static str, &[u8])>,
    body: &[u8],
) -> Option<Answer> {
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = header {
        headers.insert(name, HeaderValue::from_bytes(value).ok()?);
    }
    let url = Url::parse("https://registry.example/v2/a/tags/list?n=1000").unwrap();
    Some(Answer::new(url, status, headers, body.to_vec()))
}

#[test]
fn a_hostile_list_of_tags_is_read_to_an_end() {
    let good = [
        br#"{"name":"a/b","tags":["2026-03-01-101010-production","latest"]}"#.to_vec(),
        br#"{"tags":null}"#.to_vec(),
    ];
    hostile("tags", &good, |body| {
        let answer = answer(StatusCode::OK, None, body).unwrap();
        let tags = answer.json::<TagList>("a list of tags");
        let tags = tags.ok().and_then(|list| list.tags).unwrap_or_default();
        let tags = tags
            .into_iter()
            .filter_map(|tag| scap_plan::Tag::try_from(tag).ok());
        let _ = scap_plan::newest(tags, &["2026-01-01-000000-production".to_owned()]);
    });
}

#[test]
fn a_hostile_link_to_the_next_page_stays_with_the_registry() {
    let good = [br#"</v2/a/tags/list?last=x&n=1000>; rel="next""#.to_vec()];
    hostile("link", &good, |header| {
        let answer = answer(StatusCode::OK, Some((LINK.as_str(), header)), b"");
        if let Some(Ok(Some(next))) = answer.map(|answer| following(&answer)) {
            assert_eq!(
                (next.scheme(), next.host_str()),
                ("https", Some("registry.example"))
            );
        }
    });
}

#[test]
fn a_hostile_challenge_asks_for_a_token_where_it_says_or_nowhere() {
    let good = [br#"Bearer realm="https://auth.example/token?x=1",service="registry.example",scope="repository:a:pull""#.to_vec()];
    let image: ImageReference = "registry.example/a/b:1".parse().unwrap();
    hostile("challenge", &good, |header| {
        let answer = answer(
            StatusCode::UNAUTHORIZED,
            Some((WWW_AUTHENTICATE.as_str(), header)),
            b"",
        );
        if let Some(Ok(challenge)) = answer.map(|answer| Challenge::of(&answer)) {
            assert!(matches!(challenge.url(&image).scheme(), "http" | "https"));
        }
    });
}

#[test]
fn a_hostile_token_can_stand_in_a_header_or_is_refused() {
    let good = [br#"{"token":"abc.def","access_token":null,"expires_in":300}"#.to_vec()];
    hostile("token", &good, |body| {
        if let Ok(token) = granted(&answer(StatusCode::OK, None, body).unwrap()) {
            assert!(HeaderValue::from_str(&format!("Bearer {token}")).is_ok());
        }
    });
}
