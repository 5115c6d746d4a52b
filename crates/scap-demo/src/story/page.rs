//! The demo in a browser: scap's runner and its page, a provider of identities, and phones with codes, until Ctrl-C.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::narrator;
use super::stage::Stage;
use super::{StoryError, deploy};
use crate::identity_provider::{self, Client};
use crate::phones::Phones;
use crate::setup::PagePlace;
use crate::{client, setup};

/// Those who can sign in, all of whom have a phone.
const PEOPLE: [&str; 3] = ["ada", "grace", "root"];
/// How long the page may take until it answers.
const LONGEST_START: Duration = Duration::from_secs(20);
const AGAIN: Duration = Duration::from_millis(200);

/// Opens the shop, and leaves the bad version to a person at the page.
pub(super) async fn play(stage: &Stage, page: &PagePlace) -> Result<(), StoryError> {
    narrator::first_version();
    deploy(stage, "v1", 0).await?;
    stage.expect_version("v1").await?;
    setup::check_out(stage.folder(), "v3").await?;

    let identities = listen().await?;
    let phones = listen().await?;
    let own = listen().await?;
    let [issuer, codes, url] = [&identities, &phones, &own].map(address);
    // Taken by the page's own process in a moment.
    let port = port(&own);
    drop(own);
    setup::add_page(stage.folder(), page, (port, &issuer))?;
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let client = Client {
            id: "spiderpig".to_owned(),
            callback: format!("http://localhost:{port}/api/sign-in/finish"),
        };
        // Who cannot sign in is told so by the page.
        let _ = identity_provider::serve(identities, &issuer, client).await;
    });
    let known = enrol(stage).await?;
    serving.spawn(async move {
        let _ = known.show(phones).await;
    });
    let servants = [
        stage.servant(&["runner"], "runner.log")?,
        stage.servant(&["spiderpig", "web"], "page.log")?,
    ];
    wait_for(&url).await?;
    narrator::page(&url, &codes, stage.folder());
    stage.interrupted().await;
    for servant in servants {
        servant.stop().await;
    }
    Ok(())
}

async fn listen() -> Result<TcpListener, StoryError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    listener.map_err(StoryError::Port)
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().map_or(0, |address| address.port())
}

fn address(listener: &TcpListener) -> String {
    format!("http://localhost:{}", port(listener))
}

async fn enrol(stage: &Stage) -> Result<Phones, StoryError> {
    let mut phones = Phones::default();
    for person in PEOPLE {
        let arguments = [
            "--format",
            "json",
            "spiderpig",
            "user",
            "enrol",
            "--person",
            person,
        ];
        let mut asked = stage.ask(&arguments)?;
        let begun: serde_json::Value =
            serde_json::from_str(&asked.line().await?).map_err(StoryError::Runs)?;
        let secret = begun["secret"].as_str().unwrap_or_default();
        let code = phones.learn(person, secret)?;
        asked.answer(&code).await?;
    }
    Ok(phones)
}

async fn wait_for(url: &str) -> Result<(), StoryError> {
    let client = client::builder().build().map_err(StoryError::Client)?;
    let asking = async {
        loop {
            let answer = client.get(format!("{url}/api/health")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            sleep(AGAIN).await;
        }
    };
    let answered = tokio::time::timeout(LONGEST_START, asking).await;
    answered.map_err(|_| StoryError::Unexpected {
        expected: format!("{url} to answer"),
        found: "nothing; runner.log and page.log in the demo's folder may say why".to_owned(),
    })
}
