//! A CAS server that says what it is told to, and what is believed of it.

use crate::settings::{CALLBACK, MINUTE, cas_provider, names, now, query_of, refusal, sent};
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use spiderpig_control::Finished;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const TICKET: &str = "ST-1-a.ticket";

/// What was issued for which service, and what it stands for. A ticket counts once.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<BTreeMap<String, (String, String)>>>);

impl Server {
    /// Where it answers.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/cas", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/cas/p3/serviceValidate", get(validate))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn issue(&self, ticket: &str, service: &str, answer: &str) {
        let said = (service.to_owned(), answer.to_owned());
        self.0.lock().unwrap().insert(ticket.to_owned(), said);
    }
}

async fn validate(
    State(server): State<Server>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> String {
    match server.0.lock().unwrap().remove(&asked["ticket"]) {
        None => failure("INVALID_TICKET"),
        Some((service, _)) if service != asked["service"] => failure("INVALID_SERVICE"),
        Some((_, answer)) => answer,
    }
}

fn response(inner: &str) -> String {
    format!(
        "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>{inner}</cas:serviceResponse>"
    )
}

fn failure(code: &str) -> String {
    response(&format!(
        "<cas:authenticationFailure code='{code}'>{TICKET}</cas:authenticationFailure>"
    ))
}

fn success(inner: &str) -> String {
    response(&format!(
        "<cas:authenticationSuccess>{inner}</cas:authenticationSuccess>"
    ))
}

fn ada() -> String {
    success(
        "<cas:user>ada</cas:user><cas:attributes><cas:mail>ada@example.org</cas:mail>\
         <cas:memberOf>deployers</cas:memberOf><cas:memberOf>cn=ops,dc=example</cas:memberOf>\
         <cas:memberOf>admins</cas:memberOf></cas:attributes>",
    )
}

/// The truth, told to who comes back with this ticket.
async fn answered(answer: &str) -> Result<Finished, spiderpig_control::ProviderError> {
    let server = Server::default();
    let provider = cas_provider(&server.start().await);
    let begun = provider.begin("/runs", now()).await.unwrap();
    let service = sent(&begun)["service"].clone();
    server.issue(TICKET, &service, answer);
    let state = service.split_once("?state=").unwrap().1;
    let query = query_of(&[("state", state), ("ticket", TICKET)]);
    provider.finish(&begun.flow, &query, now()).await
}

#[tokio::test]
async fn people_sign_in_by_cas() {
    let finished = answered(&ada()).await.unwrap();
    assert_eq!(finished.person.as_str(), "ada");
    assert_eq!(names(&finished.groups), ["admins", "deployers"]);
    assert_eq!(finished.back, "/runs");
    assert!(finished.access.is_none(), "groups cannot be read anew");

    let without = answered(&success("<cas:user>ada</cas:user>"))
        .await
        .unwrap();
    assert!(without.groups.is_empty(), "the attribute is absent");
}

#[tokio::test]
async fn no_answer_of_cas_that_lies_is_believed() {
    let mut bomb = "<!DOCTYPE b [<!ENTITY a0 'ada'>".to_owned();
    for depth in 1..20 {
        let below = format!("&a{};", depth - 1).repeat(10);
        write!(bomb, "<!ENTITY a{depth} '{below}'>").unwrap();
    }
    let bomb = format!("{bomb}]>{}", success("<cas:user>&a19;</cas:user>"));
    let file = format!(
        "<!DOCTYPE b [<!ENTITY f SYSTEM 'file:///etc/hostname'>]>{}",
        success("<cas:user>&f;</cas:user>")
    );
    let other_namespace = ada().replace("yale.edu", "evil.example");
    let both = response(
        "<cas:authenticationFailure code='X'><cas:authenticationSuccess><cas:user>ada</cas:user>\
         </cas:authenticationSuccess></cas:authenticationFailure>",
    );
    let xml = "not the XML that CAS has";
    for (lie, answer, expected) in [
        ("an entity bomb", bomb.as_str(), xml),
        ("an entity of a file", &file, xml),
        ("another namespace", &other_namespace, xml),
        ("no XML", "yes\nada\n", xml),
        ("nothing", "", xml),
        ("success within failure", &both, "vouches for nobody"),
        (
            "a failure",
            &failure("INTERNAL_ERROR"),
            "the CAS server has failed",
        ),
        ("nobody", &success(""), "there is no `user`"),
        (
            "no name",
            &success("<cas:user></cas:user>"),
            "there is no `user`",
        ),
        (
            "a name that cannot be one",
            &success("<cas:user>../ada</cas:user>"),
            "nobody can be called",
        ),
        (
            "a name with a comment in it",
            &success("<cas:user>ada<!-- x -->.evil</cas:user>"),
            "there is more than a name",
        ),
        (
            "more than 1 MiB",
            &" ".repeat(1024 * 1024 + 1),
            "longer than 1 MiB",
        ),
    ] {
        let said = refusal(answered(answer).await, &[TICKET]);
        assert!(said.contains(expected), "{lie}: {said}");
    }
}

#[tokio::test]
async fn a_ticket_is_for_one_sign_in_and_counts_once() {
    let server = Server::default();
    let provider = cas_provider(&server.start().await);
    let begin = async || {
        let begun = provider.begin("/", now()).await.unwrap();
        let service = sent(&begun)["service"].clone();
        let state = service
            .strip_prefix(CALLBACK)
            .unwrap()
            .replace("?state=", "");
        (begun.flow, service, state)
    };
    let finish = async |flow: &str, state: &str, ticket: &str, at| {
        let query = query_of(&[("state", state), ("ticket", ticket)]);
        provider.finish(flow, &query, at).await
    };
    let (flow, service, state) = begin().await;
    let (other_flow, _, other_state) = begin().await;
    server.issue(TICKET, &service, &ada());
    for (attack, flow, state, at, expected) in [
        (
            "another state",
            &flow,
            &other_state,
            now(),
            "another sign-in",
        ),
        (
            "no cookie",
            &String::new(),
            &state,
            now(),
            "not begun in this browser",
        ),
        (
            "a ticket for another service",
            &other_flow,
            &other_state,
            now(),
            "for another service",
        ),
        (
            "a flow again",
            &other_flow,
            &other_state,
            now(),
            "finished before",
        ),
    ] {
        let said = refusal(finish(flow, state, TICKET, at).await, &[TICKET]);
        assert!(said.contains(expected), "{attack}: {said}");
    }
    server.issue(TICKET, &service, &ada());
    assert!(finish(&flow, &state, TICKET, now()).await.is_ok());

    let (flow, service, state) = begin().await;
    server.issue("ST-2", &service, &ada());
    let late = now().after(10 * MINUTE);
    let said = refusal(finish(&flow, &state, "ST-2", late).await, &["ST-2"]);
    assert!(said.contains("more than 10 minutes"), "{said}");
    for (attack, ticket, expected) in [
        ("a ticket again", TICKET, "not valid, or was used before"),
        (
            "a ticket that was never issued",
            "ST-3",
            "not valid, or was used before",
        ),
        (
            "a ticket with parameters of its own",
            "ST-4&service=x",
            "not valid",
        ),
        ("no ticket", "", "not valid"),
        (
            "a ticket without end",
            &"x".repeat(5_000),
            "there is no ticket",
        ),
    ] {
        let (flow, _, state) = begin().await;
        let said = refusal(finish(&flow, &state, ticket, now()).await, &[ticket]);
        assert!(said.contains(expected), "{attack}: {said}");
    }
}
