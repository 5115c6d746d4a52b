//! The commit of a new tag: what it is made on, what it says, and where it goes, by the policy of scap.yaml.

use super::files::{Edit, Place};
use crate::person;
use crate::settings::Settings;
use crate::trouble::Trouble;
use scap_engines::sources::git::{Basis, Draft, Git, GitError, Note, Published, RemoteBranch};
use scap_plan::{BumpPolicy, Push, Service, Tag};
use scap_run::Failure;

pub(super) async fn begin(git: &Git, settings: &Settings, place: &Place) -> Result<Draft, Trouble> {
    let policy = &settings.configuration.bump;
    let basis = match policy.push {
        Push::None => Basis::Checkout,
        Push::Branch | Push::Review => {
            let branch = match &policy.branch {
                Some(branch) => branch.clone(),
                None => git
                    .branch(&place.checkout)
                    .await
                    .map_err(|error| trouble(&error))?,
            };
            Basis::Remote(RemoteBranch {
                remote: policy.remote.clone(),
                branch,
                environment: person::ssh_environment(),
            })
        }
    };
    let draft = Draft::begin(git, &place.checkout, basis).await;
    draft.map_err(|error| trouble(&error))
}

pub(super) async fn publish(
    draft: Draft,
    settings: &Settings,
    service: &Service,
    (tag, edits): (&Tag, Vec<Edit>),
) -> Result<Published, Trouble> {
    let policy = &settings.configuration.bump;
    let note = note(policy, service, tag, &edits);
    let edits: Vec<_> = edits
        .into_iter()
        .map(|edit| (edit.file, edit.bumped.text))
        .collect();
    let published = match policy.push {
        Push::None => draft.commit_here(&edits, &note).await,
        Push::Branch => draft.push(&edits, &note, false).await,
        Push::Review => draft.push(&edits, &note, true).await,
    };
    published.map_err(|error| trouble(&error))
}

fn note(policy: &BumpPolicy, service: &Service, tag: &Tag, edits: &[Edit]) -> Note {
    let mut previous: Vec<&str> = edits
        .iter()
        .map(|edit| edit.bumped.previous.as_deref().unwrap_or("nothing"))
        .collect();
    previous.dedup();
    let message = policy
        .message
        .replace("{service}", service.name.as_str())
        .replace("{tag}", tag.as_str())
        .replace("{previous}", &previous.join(", "));
    let person = person::name();
    let author = policy
        .author
        .as_ref()
        .map(|author| author.replace("{person}", &person));
    let author = author
        .as_deref()
        .and_then(|author| author.strip_suffix('>')?.split_once(" <"));
    let (name, mail) = match author {
        Some((name, mail)) => (name.to_owned(), mail.to_owned()),
        None => (person, person::mail()),
    };
    Note {
        name,
        mail,
        message,
    }
}

/// What git did not do, and what mends it.
pub(super) fn trouble(error: &GitError) -> Trouble {
    let hint = match error {
        GitError::Uncommitted { .. } => "commit or stash them, or ask who works there",
        GitError::NoRemote { .. } => "`remote` of `bump` in scap.yaml names it",
        GitError::NoBranch(_) => "name one in scap.yaml: `bump: {branch: …}`",
        GitError::NotPushed { .. } => "somebody may have pushed meanwhile: try again",
        GitError::Moved(_) => "try again",
        GitError::NotFetched { .. } => {
            "see that the remote can be reached with your key, without a password"
        }
        _ => "look at the checkout",
    };
    let failure = Failure::failed("the new tag cannot be committed and published");
    failure.caused_by(error).hint(hint).into()
}
