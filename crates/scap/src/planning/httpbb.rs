//! Takes what httpbb's files say into a plan, so that its digest binds what will be tested.

use crate::settings::{self, Settings};
use crate::trouble::Trouble;
use scap_plan::{ConfigError, Gate, Httpbb, HttpbbTest, Plan, Step, StepKind, TestKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The texts of one test are part of each of its waves, and so of the run's first event.
const MOST_BYTES: usize = 1 << 20;

/// Each file once, with all that is wrong with all of them.
#[derive(Default)]
struct Texts {
    texts: BTreeMap<String, String>,
    errors: Vec<ConfigError>,
}

/// The plan with the texts of all files that its tests name.
pub(crate) fn bound(settings: &Settings, mut plan: Plan) -> Result<Plan, Trouble> {
    let mut texts = Texts::default();
    let Plan { steps, waves, .. } = &mut plan;
    for wave in waves {
        let of_wave = wave
            .steps
            .iter()
            .map(|id| directory(settings, &steps[id.0]));
        let directories: BTreeSet<PathBuf> = of_wave.collect();
        for gate in &mut wave.gates {
            let Gate::Tests { tests } = gate else {
                continue;
            };
            for test in tests {
                if let TestKind::Httpbb(wanted) = &mut test.kind {
                    texts.put_into(wanted, &directories)?;
                }
            }
        }
    }
    if texts.errors.is_empty() {
        Ok(plan)
    } else {
        Err(Trouble::Config(texts.errors))
    }
}

/// What the names of files are relative to.
fn directory(settings: &Settings, step: &Step) -> PathBuf {
    match &step.kind {
        StepKind::HostGroup(group) => PathBuf::from(&group.repository),
        StepKind::Release(release) => settings
            .path(&settings.configuration.deployments_dir)
            .join(&release.directory),
    }
}

impl Texts {
    fn put_into(
        &mut self,
        wanted: &mut HttpbbTest,
        directories: &BTreeSet<PathBuf>,
    ) -> Result<(), Trouble> {
        for directory in directories {
            for file in &wanted.files {
                let path = directory.join(file);
                let text = self.read(&path)?;
                wanted.texts.insert(path.display().to_string(), text);
            }
        }
        let bytes: usize = wanted.texts.values().map(String::len).sum();
        if bytes > MOST_BYTES {
            return Err(Trouble::usage(
                format!("the files of a test of type httpbb have {bytes} bytes together"),
                format!("{MOST_BYTES} are the most: declare several tests"),
            ));
        }
        Ok(())
    }

    fn read(&mut self, path: &Path) -> Result<String, Trouble> {
        let name = path.display().to_string();
        if let Some(text) = self.texts.get(&name) {
            return Ok(text.clone());
        }
        let source = settings::read(path)?;
        if let Err(errors) = Httpbb::read(&source) {
            self.errors.extend(errors);
        }
        self.texts.insert(name, source.text.clone());
        Ok(source.text)
    }
}
