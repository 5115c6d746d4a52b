//! `scap analyze-logstash SERVICE`

use crate::cli::AnalyzeArguments;
use crate::context::Context;
use crate::control::verb::AnalyzeHistory;
use crate::exit_code::Exit;
use crate::trouble::Trouble;
use crate::view;

pub(crate) async fn run(context: &Context, arguments: AnalyzeArguments) -> Result<Exit, Trouble> {
    let ask = AnalyzeHistory {
        service: arguments.service,
        check: arguments.check,
        days: arguments.days,
    };
    let analyzed = context.ask(ask).await?;
    context.show(&analyzed, |width| view::history::page(&analyzed, width))?;
    Ok(Exit::Done)
}
