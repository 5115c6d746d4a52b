//! The demo's identity provider: what it says is believed.

use crate::browser::client;
use crate::settings::{CALLBACK, CLIENT, names, now, oidc, oidc_provider, query, sent};
use scap_demo::identity_provider::{Client, serve};
use spiderpig_control::SessionId;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use url::Url;

#[tokio::test]
async fn people_of_the_demo_sign_in() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = Arc::new(oidc_provider(oidc(&issuer), Path::new("")));
    let known = Client {
        id: CLIENT.to_owned(),
        callback: CALLBACK.to_owned(),
    };
    tokio::spawn(async move { serve(listener, &issuer, known).await });
    for (person, groups) in [
        ("ada", vec!["deployers"]),
        ("grace", vec!["deployers"]),
        ("root", vec!["admins", "deployers"]),
    ] {
        let begun = provider.begin("/", now()).await.unwrap();
        // The page's form has what the address had.
        let mut form = Url::parse(&begun.url).unwrap();
        let asked = sent(&begun);
        form.query_pairs_mut()
            .clear()
            .extend_pairs(asked)
            .append_pair("person", person);
        let request = client().post(form.as_str().split('?').next().unwrap());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request
            .body(form.query().unwrap().to_owned())
            .send()
            .await
            .unwrap();
        let back = answer.headers()["location"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        // As the runner does: each browser in a task of its own.
        let its_own = provider.clone();
        let finish = async move { its_own.finish(&begun.flow, &query(&back), now()).await };
        let finished = tokio::spawn(finish).await.unwrap().unwrap();
        assert_eq!(
            (finished.person.as_str(), names(&finished.groups)),
            (person, groups.clone())
        );

        let session = SessionId::of_text(person);
        provider.remember(&session, finished.access.unwrap(), now());
        let read = provider.groups(&session, now()).await.unwrap().unwrap();
        assert_eq!(names(&read), groups);
    }
}
