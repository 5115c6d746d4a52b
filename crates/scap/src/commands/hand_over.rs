//! `scap hand-over RUN PERSON`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::requests;
use crate::trouble::Trouble;
use scap_journal::Request;
use scap_plan::PersonName;
use scap_run::RunId;

pub(crate) async fn run(context: &Context, run: RunId, person: String) -> Result<Exit, Trouble> {
    let person = PersonName::new(&person).map_err(|error| {
        Trouble::usage(
            format!("a person's name {error}"),
            "it is the name that they sign in with",
        )
    })?;
    let control = context.control().await?;
    let to = person.to_string();
    requests::ask(control, run, Request::HandOver { to }).await?;
    Ok(Exit::Done)
}
