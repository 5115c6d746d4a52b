//! A first file for a service's team, from what runs, what stores have, and what lies near.

mod near;

use super::Desk;
use crate::control::verb::{ProposeFirstFile, ProposedFile};
use crate::planning::{self, team_file};
use crate::settings::Settings;
use crate::trouble::Trouble;
use crate::wiring::Wiring;
use scap_plan::{Plan, Selection, Service, Source, StepKind, Target, first_file, plan_releases};
use std::path::PathBuf;

impl Desk {
    pub(super) async fn propose_first_file(
        &self,
        ask: &ProposeFirstFile,
    ) -> Result<ProposedFile, Trouble> {
        let (settings, wiring) = self.wired()?;
        let inputs = planning::inputs(&settings)?;
        let service = inputs.service(&ask.service)?;
        let (plan, why) = plan(&settings, &wiring, service).await?;
        let mut clues = wiring.clues(&plan).await;
        if let Some(why) = why {
            clues.unasked.insert("helmfile".to_owned(), why);
        }
        if let Some(directory) = directory(&settings, &plan) {
            near::take_in(&directory, &mut clues);
        }
        let text = first_file(service, &clues);
        // Nobody is given a file that would be refused.
        let read = service.read_team_file(&Source::new("the first file", text.as_str()));
        read.map_err(Trouble::Config)?;
        let places = team_file::places(&settings, service);
        let declared = service.declared_in_catalog().iter();
        Ok(ProposedFile {
            text,
            there: places.iter().find(|place| place.exists()).cloned(),
            places,
            declared: declared.map(|key| (*key).to_owned()).collect(),
            unasked: clues.unasked,
        })
    }
}

/// All steps of the service; where helmfile says nothing, those without the names of releases, and why.
async fn plan(
    settings: &Settings,
    wiring: &Wiring,
    service: &Service,
) -> Result<(Plan, Option<String>), Trouble> {
    match planning::targets(settings, wiring, service).await {
        Ok((plan, _)) => Ok((plan, None)),
        Err(why) if matches!(service.target, Target::Kubernetes(_)) => {
            let preview = plan_releases(service, &Selection::default(), None)?;
            Ok((preview, Some(why.to_string())))
        }
        Err(why) => Err(why),
    }
}

/// What the names of files in tests are relative to: of a service with several helmfiles, the first.
fn directory(settings: &Settings, plan: &Plan) -> Option<PathBuf> {
    Some(match &plan.steps.first()?.kind {
        StepKind::HostGroup(group) => PathBuf::from(&group.repository),
        StepKind::Release(release) => settings
            .path(&settings.configuration.deployments_dir)
            .join(&release.directory),
    })
}
