//! `scap bump SERVICE [TAG]`

use crate::bump::{self, Outcome, Report, Wanted, WantedTag};
use crate::cli::BumpArguments;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::planning;
use crate::settings::Settings;
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_plan::{Period, Service, Tag};
use std::io::Write;

pub(crate) async fn run(context: &Context, arguments: &BumpArguments) -> Result<Exit, Trouble> {
    let within = period(&arguments.timeout)?;
    let tag = wanted_tag(arguments, within)?;
    let settings = context.settings()?;
    let wiring = context.wiring(&settings).await?;
    let wanted = Wanted {
        service: &planning::service(&settings, &arguments.service)?,
        tag,
        environments: &arguments.environments,
        in_hiera: arguments.hiera,
        allows_missing_image: arguments.allow_missing_image,
        arrives_within: (!arguments.no_wait).then_some(within),
    };
    let report = bump::carry_out(context, (&settings, &wiring), &wanted).await?;
    if context.is_json() {
        Context::print_json(&report)?;
    }
    exit(&report)
}

/// What `deploy-service --bump` does first; nothing when the deployment may go on.
pub(crate) async fn before_deployment(
    context: &Context,
    world: (&Settings, &Wiring),
    service: &Service,
    (tag, environments): (&str, &[String]),
) -> Result<Option<Exit>, Trouble> {
    let wanted = Wanted {
        service,
        tag: WantedTag::Given(parsed(tag)?),
        environments,
        in_hiera: false,
        allows_missing_image: false,
        arrives_within: Some(Period::from_secs(ARRIVAL_SECONDS)),
    };
    let report = bump::carry_out(context, world, &wanted).await?;
    let exit = exit(&report)?;
    Ok((exit != Exit::Done).then_some(exit))
}

/// As the default of `scap bump --timeout`.
const ARRIVAL_SECONDS: u64 = 30 * 60;

fn exit(report: &Report) -> Result<Exit, Trouble> {
    let mut stderr = std::io::stderr();
    Ok(match report.outcome {
        Outcome::InSync | Outcome::Published => Exit::Done,
        Outcome::Unchanged => {
            writeln!(stderr, "Nothing to bump: the tag stands there already.")?;
            Exit::Done
        }
        Outcome::Declined => Exit::Cancelled,
        Outcome::Late => {
            writeln!(
                stderr,
                "The commit is published, but the checkout that is deployed from does not have it yet: \
                 see what keeps it, then deploy."
            )?;
            Exit::Stuck
        }
    })
}

fn wanted_tag(arguments: &BumpArguments, within: Period) -> Result<WantedTag, Trouble> {
    let tag = arguments.tag.as_deref().map(parsed).transpose()?;
    match (tag, arguments.latest, arguments.wait_image) {
        (Some(tag), _, true) => Ok(WantedTag::Awaited(tag, within)),
        (Some(tag), ..) => Ok(WantedTag::Given(tag)),
        (None, _, true) => Ok(WantedTag::Newer(within)),
        (None, true, _) => Ok(WantedTag::Latest),
        (None, false, false) => Err(Trouble::usage(
            "no tag is named",
            "name one, or take the registry's newest with --latest, or wait for the next one with --wait-image",
        )),
    }
}

fn parsed(tag: &str) -> Result<Tag, Trouble> {
    Tag::try_from(tag.to_owned())
        .map_err(|error| Trouble::usage(format!("`{tag}` is no tag"), error.to_string()))
}

fn period(text: &str) -> Result<Period, Trouble> {
    Period::try_from(text.to_owned())
        .map_err(|error| Trouble::usage(format!("`--timeout` {error}"), "without it, it is 30m"))
}
