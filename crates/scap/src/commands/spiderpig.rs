//! `scap spiderpig policy|user|audit`

mod audit;
mod policy;
mod user;
mod web;

use crate::cli::{PolicyCommand, SpiderpigCommand};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::trouble::Trouble;

pub(crate) async fn run(context: &Context, command: SpiderpigCommand) -> Result<Exit, Trouble> {
    match command {
        SpiderpigCommand::Web => web::run(context).await,
        SpiderpigCommand::Policy(PolicyCommand::Test(arguments)) => {
            policy::test(context, &arguments)
        }
        SpiderpigCommand::User(command) => user::run(context, command).await,
        SpiderpigCommand::Audit(command) => audit::run(context, &command),
    }
}
