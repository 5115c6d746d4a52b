//! The chart of a release: where it is, and what in it makes renderings differ.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::built::{Built, BuiltRelease, ChartPlace};
use super::varying::{self, Variation};
use crate::kubernetes::repositories::Repositories;
use crate::kubernetes::snapshot::{Files, Refusal};

#[derive(Debug)]
pub(super) struct Chart {
    /// `webservice-0.1.0`.
    pub(super) label: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Relative to the checkout.
    Folder(PathBuf),
    /// An archive that helm fetches, and why it may be another one tomorrow.
    Fetched {
        archive: PathBuf,
        unpinned: Option<String>,
    },
}

/// What the templates of a chart and its values use, the worst last.
#[derive(Debug)]
pub(super) struct Uses(Vec<Variation>);

#[derive(Deserialize)]
struct ChartFile {
    name: String,
    version: String,
}

impl Chart {
    pub(super) fn of(
        release: &BuiltRelease,
        part: &Built,
        files: &Files,
        repositories: &mut Repositories,
    ) -> Result<Self, Refusal> {
        let folder = match part.chart(release, files)? {
            ChartPlace::Folder(folder) => folder,
            ChartPlace::Repository(chart) => {
                let found = repositories.find(&chart, &release.version);
                let (archive, unpinned) = (found.archive, found.unpinned);
                return Ok(Self {
                    label: found.label,
                    place: Place::Fetched { archive, unpinned },
                });
            }
        };
        let path = folder.join("Chart.yaml");
        let file = files.get(&path).ok_or_else(|| {
            let (name, chart) = (&release.name, &release.chart);
            part.refusal(format!(
                "has release `{name}`, whose chart `{chart}` is no chart"
            ))
        })?;
        let chart: ChartFile = serde_saphyr::from_slice(&file.bytes).map_err(|error| {
            Refusal::at(&path, format!("is no chart: {}", error.without_snippet()))
        })?;
        Ok(Self {
            label: format!("{}-{}", chart.name, chart.version),
            place: Place::Folder(folder),
        })
    }

    /// An archive must have been fetched.
    pub(super) fn uses(&self, files: &Files) -> Uses {
        let mut found = match &self.place {
            Place::Folder(folder) => varying::all(varying::of_chart(files, Some(folder))),
            Place::Fetched { archive, .. } => {
                let mut found = varying::all(varying::of_chart(files, None));
                match fs::read(archive) {
                    Ok(bytes) => found.extend(varying::of_archive(&bytes)),
                    Err(_) => found.push(Variation::AtAnyTime("a chart that cannot be read")),
                }
                found
            }
        };
        found.sort_unstable();
        Uses(found)
    }

    /// Why what was rendered must not be kept, if so.
    pub(super) fn unsteady(&self, uses: &Uses) -> Option<String> {
        let named = match uses.worst() {
            Some(Variation::EachTime(name) | Variation::AtAnyTime(name)) => {
                Some(format!("chart `{}` uses `{name}`", self.label))
            }
            _ => None,
        };
        match &self.place {
            Place::Fetched { unpinned, .. } => named.or_else(|| unpinned.clone()),
            Place::Folder(_) => named,
        }
    }
}

impl Uses {
    pub(super) fn worst(&self) -> Option<Variation> {
        self.0.last().copied()
    }

    /// Whether rendering it twice would tell more.
    pub(super) fn may_differ(&self) -> bool {
        self.0
            .iter()
            .any(|variation| matches!(variation, Variation::EachTime(_)))
    }

    /// It was rendered twice and was the same.
    pub(super) fn does_not_differ(&mut self) {
        self.0
            .retain(|variation| !matches!(variation, Variation::EachTime(_)));
    }
}
