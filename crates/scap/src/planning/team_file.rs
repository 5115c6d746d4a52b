//! What a service's team declares in a file of its own, beside the helmfile or in the repository.

use super::inputs;
use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use scap_plan::{Configuration, Service, Target};
use std::path::PathBuf;

/// A service of the catalog, with its team's file where there is one.
pub(crate) fn service(settings: &Settings, name: &str) -> Result<Service, Trouble> {
    let inputs = inputs(settings)?;
    with_team_file(settings, inputs.service(name)?)
}

/// The same of a service that was found already.
pub(crate) fn with_team_file(settings: &Settings, service: &Service) -> Result<Service, Trouble> {
    let places = places(settings, service);
    from_places(service, places, Some(&settings.configuration))
}

/// The same, with the file that is at one of `places`, if there is one.
pub(crate) fn from_places(
    service: &Service,
    places: impl IntoIterator<Item = PathBuf>,
    operator: Option<&Configuration>,
) -> Result<Service, Trouble> {
    let places = places.into_iter();
    let there: Vec<PathBuf> = places.filter(|place| place.is_file()).collect();
    match there.as_slice() {
        [] => Ok(service.clone()),
        [place] => {
            let file = settings::read(place)?;
            let read = service.with_team_file(&file, operator);
            read.map_err(Trouble::Config)
        }
        [first, second, ..] => Err(Trouble::usage(
            format!(
                "service `{}` has two files of its team: `{}` and `{}`",
                service.name,
                first.display(),
                second.display()
            ),
            "keep one: it is for all of the service's namespaces",
        )),
    }
}

/// Where the file of its team may be.
pub(crate) fn places(settings: &Settings, service: &Service) -> Vec<PathBuf> {
    let folder = match &service.target {
        Target::Kubernetes(_) => settings.path(&settings.configuration.deployments_dir),
        Target::Hosts { .. } => settings.path(""),
    };
    let places = service.team_file_places().into_iter();
    places.map(|place| folder.join(place)).collect()
}
