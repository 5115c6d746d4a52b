//! From a wish for a new image tag to the commit that has it, and to the checkout that it is deployed from.

mod files;
mod publishing;
mod tag;

use crate::ask;
use crate::context::Context;
use crate::patience::wait_for;
use crate::settings::Settings;
use crate::trouble::Trouble;
use crate::view::bump::{FileChange, difference, page};
use crate::wiring::Wiring;
use files::Files;
use scap_engines::sources::git::{Git, GitError, Published};
use scap_plan::{Period, Service, Tag};
use scap_run::Failure;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// What is to be done.
pub(crate) struct Wanted<'a> {
    pub(crate) service: &'a Service,
    pub(crate) tag: WantedTag,
    /// Names or aliases; empty for the files where a tag stands now.
    pub(crate) environments: &'a [String],
    pub(crate) in_hiera: bool,
    pub(crate) allows_missing_image: bool,
    /// Absent for not waiting until the checkout has it.
    pub(crate) arrives_within: Option<Period>,
}

/// Which tag.
pub(crate) enum WantedTag {
    Given(Tag),
    /// Once the registry has it.
    Awaited(Tag, Period),
    /// The registry's newest.
    Latest,
    /// The registry's newest, once that is newer than what stands now.
    Newer(Period),
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The tag stood there already.
    Unchanged,
    /// A person did not want it.
    Declined,
    /// The checkout has it.
    InSync,
    /// It is published, and nobody waited for the checkout.
    Published,
    /// It is published, and the checkout does not have it in time.
    Late,
}

/// What was done.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    service: String,
    tag: String,
    pub(crate) outcome: Outcome,
    files: Vec<FileReport>,
    commit: Option<String>,
    /// Where the commit was pushed to.
    reference: Option<String>,
}

#[derive(Debug, Serialize)]
struct FileReport {
    file: String,
    line: usize,
    previous: Option<String>,
    difference: String,
}

/// Does it all, and says on the way what it does.
pub(crate) async fn carry_out(
    context: &Context,
    (settings, wiring): (&Settings, &Wiring),
    wanted: &Wanted<'_>,
) -> Result<Report, Trouble> {
    let place = files::place(settings, wanted)?;
    let draft = publishing::begin(&wiring.git, settings, &place).await?;
    let files = Files::read(&draft, &place, wanted).await?;
    let tag = tag::choose(settings, wanted, &files.versions()).await?;
    let edits = files.edits(&tag)?;
    let mut report = Report {
        service: wanted.service.name.to_string(),
        tag: tag.to_string(),
        outcome: Outcome::Unchanged,
        files: edits.iter().map(FileReport::of).collect(),
        commit: None,
        reference: None,
    };
    if edits.is_empty() {
        return Ok(report);
    }
    let refused = draft
        .refuse_uncommitted(edits.iter().map(|edit| &edit.file))
        .await;
    refused.map_err(|error| publishing::trouble(&error))?;
    if !is_approved(context, &edits)? {
        report.outcome = Outcome::Declined;
        return Ok(report);
    }
    let published = publishing::publish(draft, settings, wanted.service, (&tag, edits)).await?;
    report.commit = Some(published.commit.clone());
    report.reference.clone_from(&published.reference);
    tell(context, &report)?;
    report.outcome = arrival(&wiring.git, &place.checkout, &published, wanted).await?;
    Ok(report)
}

/// Shows the changes and asks for a person's word.
fn is_approved(context: &Context, edits: &[files::Edit]) -> Result<bool, Trouble> {
    let changes: Vec<FileChange<'_>> = edits.iter().map(files::Edit::change).collect();
    if !context.is_json() {
        context.print(&page(&changes, Context::width()))?;
    }
    if context.global.yes {
        return Ok(true);
    }
    if ask::is_possible(context) {
        return Ok(ask::yes_to("Commit and publish this?")?);
    }
    Err(Trouble::usage(
        "nobody can be asked whether this may be committed",
        "give --yes",
    ))
}

fn tell(context: &Context, report: &Report) -> Result<(), Trouble> {
    if let (false, Some(commit)) = (context.is_json(), &report.commit) {
        let place = report.reference.as_ref();
        let place = place.map_or("in the checkout".to_owned(), |place| {
            format!("and pushed to {place}")
        });
        writeln!(std::io::stdout(), "Committed as {commit} {place}.")?;
    }
    Ok(())
}

async fn arrival(
    git: &Git,
    checkout: &Path,
    published: &Published,
    wanted: &Wanted<'_>,
) -> Result<Outcome, Trouble> {
    if published.reference.is_none() {
        return Ok(Outcome::InSync);
    }
    let Some(within) = wanted.arrives_within else {
        return Ok(Outcome::Published);
    };
    let look = async || match git.has_arrived(checkout, published).await {
        Ok(has_arrived) => Ok(has_arrived.then_some(())),
        Err(error) => Err(unseen(&error)),
    };
    let what = format!("`{}` to have the commit", checkout.display());
    let arrived = wait_for(&what, within, look).await?;
    Ok(arrived.map_or(Outcome::Late, |()| Outcome::InSync))
}

fn unseen(error: &GitError) -> Trouble {
    let failure = Failure::unobservable("whether the checkout has the commit cannot be seen");
    failure.caused_by(error).into()
}

impl FileReport {
    fn of(edit: &files::Edit) -> Self {
        let FileChange { path, old, new } = edit.change();
        Self {
            file: path.to_owned(),
            line: edit.bumped.line,
            previous: edit.bumped.previous.clone(),
            difference: difference(old, new),
        }
    }
}
