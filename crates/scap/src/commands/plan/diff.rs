//! `scap plan [SERVICE] --diff-against COMMIT`

use crate::cli::PlanArguments;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::planning::against::{self, Against, ReleaseChange, ReleaseState};
use crate::trouble::Trouble;
use crate::view;
use futures::StreamExt;
use futures::stream::iter;
use scap_plan::ServiceName;
use serde::Serialize;

/// Services that are compared side by side.
const AT_ONCE: usize = 8;

/// All that was compared.
#[derive(Serialize)]
struct Data<'a> {
    /// In full.
    commit: &'a str,
    services: Vec<ServiceData<'a>>,
}

#[derive(Serialize)]
struct ServiceData<'a> {
    service: &'a ServiceName,
    /// Null when it could not be compared.
    releases: Option<&'a [ReleaseChange]>,
    failure: Option<String>,
}

pub(super) async fn run(
    context: &Context,
    arguments: &PlanArguments,
    commit: &str,
) -> Result<Exit, Trouble> {
    let settings = context.settings()?;
    let wiring = context.wiring(&settings).await?;
    let services = against::services(&settings, arguments.service.as_deref())?;
    let against = Against::commit(&settings, &wiring, commit).await?;
    let wanted = arguments.selection.wanted();
    let compared = services.iter().map(async |service| {
        let changes = against.compare(service, &wanted).await;
        (&service.name, changes)
    });
    let mut compared: Vec<_> = iter(compared).buffered(AT_ONCE).collect().await;
    if arguments.service.is_some()
        && let Some(only) = compared.pop_if(|(_, changes)| changes.is_err())
    {
        return only.1.map(|_| Exit::Done);
    }
    let data = Data {
        commit: &against.export.commit,
        services: compared.iter().map(ServiceData::of).collect(),
    };
    let changes: Vec<&ReleaseChange> = compared
        .iter()
        .filter_map(|(_, changes)| changes.as_ref().ok())
        .flatten()
        .collect();
    context.show(&data, |width| view::against::page(&changes, width))?;
    let mut exit = if arguments.exit_code && changes.iter().any(|change| differs(change)) {
        Exit::Differs
    } else {
        Exit::Done
    };
    for (_, trouble) in compared.iter().filter(|(_, changes)| changes.is_err()) {
        if let Err(trouble) = trouble {
            exit = trouble.tell(context.is_json(), context.colors(&std::io::stderr()));
        }
    }
    Ok(exit)
}

fn differs(change: &ReleaseChange) -> bool {
    change.state != ReleaseState::Unchanged
}

impl<'a> ServiceData<'a> {
    fn of((service, changes): &'a (&'a ServiceName, Result<Vec<ReleaseChange>, Trouble>)) -> Self {
        Self {
            service,
            releases: changes.as_deref().ok(),
            failure: changes.as_ref().err().map(Trouble::in_a_line),
        }
    }
}
