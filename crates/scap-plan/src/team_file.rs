//! The file of a service's team: what it would declare in the catalog, at a place that it owns.

use crate::catalog::checks::For;
use crate::catalog::team;
use crate::error::{ConfigError, Place, Source, list};
use crate::reader::read_file;
use crate::{Configuration, Service, Target, Team};

/// What it is called, wherever it is.
const NAME: &str = "scap.yaml";

impl Service {
    /// Where the file of its team may be: beside the helmfile of each of its namespaces, from the folder of deployments on;
    /// else in its repository.
    pub fn team_file_places(&self) -> Vec<String> {
        match &self.target {
            Target::Hosts { repository } => vec![format!("{repository}/scap/{NAME}")],
            Target::Kubernetes(deployment) => {
                let place = |directory| format!("{directory}/{NAME}");
                deployment.directories().into_iter().map(place).collect()
            }
        }
    }

    /// The service with what `file` declares, and with what the operator, if that is known, declares for all services.
    pub fn with_team_file(
        &self,
        file: &Source,
        operator: Option<&Configuration>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut team = self.read_team_file(file)?;
        self.refuse_second_place(file)?;
        if let Some(Configuration {
            defaults, watched, ..
        }) = operator
        {
            if matches!(self.target, Target::Kubernetes(_)) {
                team.take_in(defaults);
            }
            let wrong = team.watch(watched, &file.file);
            if !wrong.is_empty() {
                return Err(wrong);
            }
        }
        Ok(Self {
            team,
            ..self.clone()
        })
    }

    /// What `file` declares for the service, whatever the catalog does.
    pub fn read_team_file(&self, file: &Source) -> Result<Team, Vec<ConfigError>> {
        let (target, deployment) = match &self.target {
            Target::Hosts { .. } => (For::Hosts, None),
            Target::Kubernetes(deployment) => (For::Kubernetes, Some(deployment)),
        };
        let team = read_file(file, "team's file", |item| {
            team::read(&item.fields(team::KEYS)?, target)
        })?;
        if let Some(deployment) = deployment {
            deployment.refuse_unknown_places(&team, file)?;
        }
        Ok(team)
    }

    /// What of its team's the catalog declares.
    pub fn declared_in_catalog(&self) -> &[&'static str] {
        &self.team.declared
    }

    /// What is declared at two places is declared at none that people can rely on.
    fn refuse_second_place(&self, file: &Source) -> Result<(), Vec<ConfigError>> {
        let declared = &self.team.declared;
        if declared.is_empty() {
            return Ok(());
        }
        let keys = list(declared);
        let message = format!(
            "service {} has a file of its team, and declares {keys} in the service catalog too",
            self.name
        );
        let hint = "move them to the file, or remove the file".to_owned();
        Err(vec![
            Place::START.error(&file.file, message).with_hint(hint),
        ])
    }
}
