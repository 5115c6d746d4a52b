//! A folder of the corpus: its files, its arguments, and what comes out of them.

use crate::expected::folders;
use scap_plan::{
    ClusterSources, ConfigError, Configuration, EnvironmentName, Gate, Inputs, Installed,
    Namespace, Origin, Plan, PlanView, ReleaseName, Scap3Settings, Selection, SelectionError,
    Source, Sources, StepId, StepKind, Test, plan_hosts, plan_releases,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

/// What comes out of a case.
pub(crate) enum Outcome {
    Plan { text: String, json: String },
    Configuration(String),
    Error(String),
}

enum Failure {
    Findings(Vec<ConfigError>),
    Selection(SelectionError),
}

/// All cases, in the order of their names.
pub(crate) fn all() -> Vec<Case> {
    folders("corpus")
        .into_iter()
        .map(|folder| Case {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            folder,
        })
        .filter(|case| case.name != "_shared")
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

impl Case {
    pub(crate) fn outcome(&self) -> Outcome {
        let outcome = match self.source("scap.yaml") {
            Some(source) => source
                .and_then(|source| Configuration::read(&source))
                .map(|configuration| Outcome::Configuration(format!("{configuration:#?}\n")))
                .map_err(Failure::Findings),
            None => self.plan().map(|(plan, notes)| {
                let json = serde_json::to_string_pretty(&PlanView::new(&plan)).unwrap() + "\n";
                Outcome::Plan {
                    text: text(&plan) + &notes,
                    json,
                }
            }),
        };
        outcome.unwrap_or_else(|failure| Outcome::Error(failure.text()))
    }

    /// What is wrong with the case's files.
    pub(crate) fn findings(&self) -> Vec<ConfigError> {
        let configuration = self
            .source("scap.yaml")
            .map(|source| source.and_then(|text| Configuration::read(&text)));
        match configuration {
            Some(configuration) => configuration.err().unwrap_or_default(),
            None => match self.plan() {
                Err(Failure::Findings(findings)) => findings,
                _ => Vec::new(),
            },
        }
    }

    /// A file of the case, else the shared one.
    pub(crate) fn bytes(&self, file: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(file))
            .or_else(|_| fs::read(root().join("_shared").join(file)))
            .ok()
    }

    fn source(&self, file: &str) -> Option<Result<Source, Vec<ConfigError>>> {
        Some(Source::from_bytes(file, self.bytes(file)?).map_err(|error| vec![error]))
    }

    fn inputs(&self) -> Result<(Inputs, Option<Configuration>), Failure> {
        let read = |file| self.source(file).unwrap().map_err(Failure::Findings);
        let clusters = ClusterSources {
            cluster_groups: read("cluster-groups.yaml")?,
            conftool_state: read("conftool-state.yaml")?,
        };
        let sources = Sources {
            service_catalog: read("service-catalog.yaml")?,
            clusters: Some(clusters),
        };
        let inputs = Inputs::read(&sources).map_err(Failure::Findings)?;
        let Some(operator) = self.source("operator.yaml") else {
            return Ok((inputs, None));
        };
        let operator = operator.and_then(|source| Configuration::read(&source));
        let operator = operator.map_err(Failure::Findings)?;
        let inputs = inputs.with_defaults(&operator.defaults);
        let inputs = inputs
            .watching(&operator.watched)
            .map_err(Failure::Findings)?;
        Ok((inputs, Some(operator)))
    }

    /// The plan, and what else the files say.
    fn plan(&self) -> Result<(Plan, String), Failure> {
        let arguments = Arguments::read(&self.folder.join("args"));
        let (inputs, operator) = self.inputs()?;
        let service = inputs
            .service(&arguments.service)
            .map_err(Failure::Selection)?;
        let service = &match self.source("team.yaml") {
            None => service.clone(),
            Some(file) => file
                .and_then(|file| service.with_team_file(&file, operator.as_ref()))
                .map_err(Failure::Findings)?,
        };
        let Some(cfg) = self.source("scap.cfg") else {
            let plan = plan_releases(service, &arguments.selection, self.installed().as_ref());
            return Ok((plan.map_err(Failure::Selection)?, String::new()));
        };
        let settings = cfg.and_then(|cfg| Scap3Settings::read(&cfg, arguments.domain.as_deref()));
        let settings = settings.map_err(Failure::Findings)?;
        let mut notes = String::new();
        for later in &settings.later {
            writeln!(
                notes,
                "later: {} ({}:{})",
                later.key, later.file, later.line
            )
            .unwrap();
        }
        let texts = settings.targets.iter().map(|target| {
            let source = self.source(&target.path).unwrap();
            source.map(|source| (target.path.clone(), source))
        });
        let texts: BTreeMap<String, Source> =
            texts.collect::<Result<_, _>>().map_err(Failure::Findings)?;
        let repository = settings.with_targets(&texts).map_err(Failure::Findings)?;
        let plan = plan_hosts(service, &repository, "/srv/checkout", &arguments.revision);
        Ok((plan.map_err(Failure::Selection)?, notes))
    }

    fn installed(&self) -> Option<Installed> {
        let found: BTreeMap<String, Vec<ReleaseName>> =
            serde_json::from_slice(&fs::read(self.folder.join("installed.json")).ok()?).unwrap();
        let key = |key: String| {
            let (namespace, environment) = key.split_once('/').unwrap();
            (
                Namespace::new(namespace).unwrap(),
                EnvironmentName::new(environment).unwrap(),
            )
        };
        Some(
            found
                .into_iter()
                .map(|(place, releases)| {
                    (key(place), releases.into_iter().map(Into::into).collect())
                })
                .collect(),
        )
    }
}

/// The command line of a case.
#[derive(Default)]
struct Arguments {
    service: String,
    selection: Selection,
    revision: String,
    domain: Option<String>,
}

impl Arguments {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let mut words = text.split_whitespace().map(str::to_owned);
        let mut arguments = Self {
            service: words.next().unwrap(),
            ..Self::default()
        };
        while let Some(option) = words.next() {
            let value = words.next().unwrap();
            match option.as_str() {
                "--environment" => arguments.selection.environments.push(value),
                "--revision" => arguments.revision = value,
                "--domain" => arguments.domain = Some(value),
                "--unchanged" => {
                    let [namespace, environment, release] =
                        value.split('/').collect::<Vec<_>>().try_into().unwrap();
                    arguments.selection.unchanged.insert((
                        Namespace::new(namespace).unwrap(),
                        EnvironmentName::new(environment).unwrap(),
                        ReleaseName::new(release).unwrap(),
                    ));
                }
                other => panic!("unknown option {other}"),
            }
        }
        arguments
    }
}

impl Failure {
    fn text(&self) -> String {
        let with_hint = |text: String, hint: Option<&String>| match hint {
            Some(hint) => format!("{text}\nHint: {hint}\n"),
            None => text + "\n",
        };
        match self {
            Self::Selection(error) => with_hint(format!("Error: {error}"), error.hint().as_ref()),
            Self::Findings(errors) => errors
                .iter()
                .map(|error| {
                    let place = format!("{}:{}:{}", error.file, error.line, error.column);
                    with_hint(
                        format!("Config error: {error}   ——▶ {place}"),
                        error.hint.as_ref(),
                    )
                })
                .collect(),
        }
    }
}

/// A plan with everything that is decided in it, the digest aside.
fn text(plan: &Plan) -> String {
    let mut text = format!("service {}", plan.service);
    if let (Some(group), Some(primary)) = (&plan.cluster_group, &plan.primary_datacenter) {
        write!(
            text,
            " in cluster group {group}, primary datacenter {primary}"
        )
        .unwrap();
    }
    text += "\n";
    for wave in &plan.waves {
        writeln!(text, "wave {}", wave.name).unwrap();
        for id in &wave.steps {
            step(&mut text, plan, *id);
        }
        for gate in &wave.gates {
            writeln!(text, "  then {}", gate_text(gate)).unwrap();
        }
    }
    writeln!(
        text,
        "rollback {:?}, questions wait {}, locks {:?}, links {:?}",
        plan.policy.rollback,
        plan.policy.question_deadline,
        plan.lock_keys(),
        plan.links
    )
    .unwrap();
    text
}

fn step(text: &mut String, plan: &Plan, id: StepId) {
    let step = plan.step(id);
    writeln!(text, "  {id}: {step}").unwrap();
    match &step.kind {
        StepKind::Release(release) => writeln!(
            text,
            "     {:?} {} in {} ({}) from {}",
            release.environment_type,
            release.stage,
            release.canonical_environment,
            release.datacenter,
            release.directory
        ),
        StepKind::HostGroup(group) => writeln!(
            text,
            "     {:?} to {}, {} kept, {} may fail, restart {:?}, port {:?} within {}{}",
            group
                .hosts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            group.deploy_directory,
            group.kept_revisions,
            group.failure_limit,
            group.restart_command,
            group.service_port,
            group.service_timeout,
            group
                .nrpe_directory
                .as_ref()
                .map_or(String::new(), |it| format!(", NRPE in {it}"))
        ),
    }
    .unwrap();
    writeln!(text, "     because {}", step.reason).unwrap();
}

fn gate_text(gate: &Gate) -> String {
    let ids = |ids: &[StepId]| {
        ids.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match gate {
        Gate::Tests { tests } => {
            let tests: Vec<String> = tests
                .iter()
                .map(|test| {
                    let Test {
                        name,
                        timeout,
                        kind,
                        origin,
                        scope,
                        after,
                        retries,
                        quarantine,
                    } = test;
                    let origin = match origin {
                        Origin::Team => "",
                        Origin::Operator => " (the operator's)",
                    };
                    let mut terms = String::new();
                    if !scope.is_everywhere() {
                        write!(terms, ", only in {scope}").unwrap();
                    }
                    if !after.is_empty() {
                        write!(terms, ", after {}", after.join(" and ")).unwrap();
                    }
                    if *retries > 0 {
                        write!(terms, ", {retries} retries").unwrap();
                    }
                    if let Some(quarantine) = quarantine {
                        write!(terms, ", {quarantine}").unwrap();
                    }
                    format!("{name}{origin} within {timeout}{terms}: {kind:?}")
                })
                .collect();
            format!("tests {}", tests.join("; "))
        }
        Gate::Evidence(evidence) => {
            let counters = serde_json::to_string(&evidence.counters).unwrap();
            let canary = ids(&evidence.canary);
            let load = evidence.load.as_ref();
            let load = load.map_or(String::new(), |load| format!(", sending {load}: {load:?}"));
            match &evidence.watch {
                Some(watch) => format!("watch of {canary} for {}: {counters}", watch.period),
                None => format!(
                    "evidence of {canary} against {}: {counters}{load}",
                    ids(&evidence.control)
                ),
            }
        }
        Gate::Bake { period } => format!("bake {period}"),
    }
}
