//! Which tag it is to be, and whether the registry has it.

use super::{Wanted, WantedTag};
use crate::patience::wait_for;
use crate::settings::Settings;
use crate::trouble::Trouble;
use scap_engines::sources::registry::{Presence, Registry, RegistryError};
use scap_plan::{Period, Tag, newest};
use scap_run::Failure;
use std::io::Write;

/// The tag that is wanted, given the `versions` that stand now.
pub(super) async fn choose(
    settings: &Settings,
    wanted: &Wanted<'_>,
    versions: &[String],
) -> Result<Tag, Trouble> {
    match (&wanted.tag, Images::of(settings, wanted)?) {
        (WantedTag::Given(tag), None) => {
            writeln!(
                std::io::stderr(),
                "No registry was asked for {tag}: the service catalog has no `image: {{repository: …}}`."
            )?;
            Ok(tag.clone())
        }
        (WantedTag::Given(tag), Some(images)) => {
            if !images.has(tag).await? && !wanted.allows_missing_image {
                return Err(images.missing(tag));
            }
            Ok(tag.clone())
        }
        (WantedTag::Awaited(tag, within), Some(images)) => images.wait_for(tag, *within).await,
        (WantedTag::Latest, Some(images)) => images.newest(versions).await,
        (WantedTag::Newer(within), Some(images)) => images.wait_for_newer(versions, *within).await,
        (_, None) => Err(unknown_image(wanted)),
    }
}

fn unknown_image(wanted: &Wanted<'_>) -> Trouble {
    Trouble::usage(
        format!("no registry is known for service `{}`", wanted.service.name),
        "name its image in the service catalog: `image: {repository: registry.example.org/team/service}`",
    )
}

/// The images of a service.
struct Images<'a> {
    registry: Registry,
    repository: &'a str,
}

impl<'a> Images<'a> {
    fn of(settings: &Settings, wanted: &'a Wanted<'_>) -> Result<Option<Self>, Trouble> {
        let Some(repository) = wanted.service.team.image.repository.as_deref() else {
            return Ok(None);
        };
        let registry = Registry::new(settings.configuration.registry_mirrors.clone());
        Ok(Some(Self {
            registry: registry.map_err(|error| unanswered(repository, &error))?,
            repository,
        }))
    }

    async fn has(&self, tag: &Tag) -> Result<bool, Trouble> {
        let image = format!("{}:{tag}", self.repository);
        match self.registry.image_exists(&image).await {
            Ok(presence) => Ok(presence != Presence::Absent),
            Err(error) => Err(unanswered(self.repository, &error)),
        }
    }

    async fn newest(&self, versions: &[String]) -> Result<Tag, Trouble> {
        let tags = self.registry.tags(self.repository).await;
        let tags = tags.map_err(|error| unanswered(self.repository, &error))?;
        let tags = tags.into_iter().filter_map(|tag| Tag::try_from(tag).ok());
        let newest = newest(tags, versions).map_err(|error| {
            let failure = Failure::failed(format!("`{}` has no newest tag", self.repository));
            Trouble::from(failure.caused_by(&error).hint("name a tag"))
        })?;
        let newer = versions
            .iter()
            .find(|version| version.as_str() > newest.as_str());
        newer.map_or(Ok(newest.clone()), |version| {
            let message = format!("`{version}` stands already, and is newer than `{newest}`");
            let failure = Failure::failed(message);
            Err(failure
                .hint(format!("to go back, name it: {newest}"))
                .into())
        })
    }

    async fn wait_for(&self, tag: &Tag, within: Period) -> Result<Tag, Trouble> {
        let look = async || Ok(self.has(tag).await?.then_some(()));
        let what = format!("{}:{tag}", self.repository);
        let found = wait_for(&what, within, look).await?;
        found.map(|()| tag.clone()).ok_or_else(|| self.missing(tag))
    }

    async fn wait_for_newer(&self, versions: &[String], within: Period) -> Result<Tag, Trouble> {
        let is_new = |tag: &Tag| versions.iter().all(|version| version != tag.as_str());
        let look = async || Ok(Some(self.newest(versions).await?).filter(is_new));
        let what = format!("a newer tag of {}", self.repository);
        wait_for(&what, within, look).await?.ok_or_else(|| {
            let failure =
                Failure::failed(format!("`{}` got no newer tag in time", self.repository));
            failure.hint("see that the image was built").into()
        })
    }

    fn missing(&self, tag: &Tag) -> Trouble {
        let failure = Failure::failed(format!("there is no image `{}:{tag}`", self.repository));
        failure
            .hint("`--latest` takes the newest, `--wait-image` waits for it, `--allow-missing-image` does without")
            .into()
    }
}

fn unanswered(repository: &str, error: &RegistryError) -> Trouble {
    let failure = Failure::failed(format!("the registry of `{repository}` cannot be asked"));
    let hint = match error {
        RegistryError::LogIn(_) => "scap reads registries without a log-in only",
        _ => {
            "`image.repository` in the service catalog names it; `registry_mirrors` in scap.yaml says where else it is asked"
        }
    };
    failure.caused_by(error).hint(hint).into()
}
