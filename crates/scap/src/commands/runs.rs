//! `scap runs [SERVICE]`

use crate::clock::now;
use crate::context::Context;
use crate::control::verb::ListRuns;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;
use scap_journal::{JournalError, Listing};

pub(crate) async fn run(
    context: &Context,
    service: Option<String>,
    limit: u32,
) -> Result<Exit, Trouble> {
    let Listing { runs, damaged } = context.ask(ListRuns { service, limit }).await?;
    context.show(&runs, |width| view::runs::page(&runs, now(), width))?;
    for run in damaged {
        Trouble::from(JournalError::DamagedRun(run))
            .tell(context.is_json(), context.colors(&std::io::stderr()));
    }
    Ok(Exit::Done)
}
