//! What instances and stores show of a service, for which nothing may be declared yet. Looks only.

mod lines;

use std::collections::BTreeSet;

use futures::FutureExt;
use futures::future::join_all;
use scap_plan::{
    Clues, ExposedMetrics, Found, Period, Plan, ReleaseClue, ReleaseStep, SpecificationClue, Values,
};
use scap_run::Work;

use super::Checks;
use super::ask::{Instance, Request};
use super::counters::metrics::{keep, metrics};
use super::http::Answer;
use super::instances::Subject;
use super::trials::openapi::standing;

const PATIENCE: Period = Period::from_secs(5);
const METRICS_PATH: &str = "/metrics";
/// Where services say that they are well.
const PROBES: [&str; 5] = ["/healthz", "/_info", "/health", "/livez", "/readyz"];
const SPECIFICATIONS: [&str; 4] = ["/?spec", "/openapi.json", "/spec.yaml", "/openapi.yaml"];
/// Places that are asked for an instance that exposes something; each has its own reason when none does.
const MOST_PLACES: usize = 12;
const REASONS_TOLD: usize = 2;

/// The first instance of a subject.
struct First<'a> {
    instance: Instance<'a>,
    /// Of a pod, with the names of all pods beside it.
    release: Option<(&'a ReleaseStep, BTreeSet<String>)>,
}

/// How many examples a specification has, or why there is nothing to ask.
pub type SpecificationStanding = Result<usize, String>;

/// Nothing for a text that is no specification of `OpenAPI`.
pub fn specification(text: &str) -> Option<SpecificationStanding> {
    standing(text)
}

impl Checks {
    /// All that instances and stores show of the plan's steps.
    pub fn clues<'a>(&'a self, plan: &'a Plan) -> Work<'a, Clues> {
        self.look_for_clues(plan).boxed()
    }

    async fn look_for_clues(&self, plan: &Plan) -> Clues {
        let steps: Vec<_> = plan.step_ids().collect();
        let subjects = self.subjects(plan, &steps);
        let port = |subject: &Subject<'_>| match subject {
            Subject::Host(host) => host.group.service_port,
            Subject::Release(_) => None,
        };
        let mut clues = Clues {
            service_port: subjects.iter().find_map(port),
            ..Clues::default()
        };
        if let Some(First { instance, release }) = self.telling(&subjects, &mut clues).await {
            self.answers(&instance, &mut clues).await;
            if let Some((step, pods)) = release {
                self.stored(step, pods, &mut clues).await;
            }
        }
        clues
    }

    /// The first instance that exposes metrics, which become clues, else the first that there is, and why none does.
    async fn telling<'a>(
        &self,
        subjects: &'a [Subject<'a>],
        clues: &mut Clues,
    ) -> Option<First<'a>> {
        let (mut running, mut reasons) = (None, Vec::new());
        for subject in subjects.iter().take(MOST_PLACES) {
            let why = match self.first(subject).await {
                Err(why) => why,
                Ok(first) => match self.exposed(&first.instance).await {
                    Ok(exposed) => {
                        clues.exposed = Some(exposed);
                        return Some(first);
                    }
                    Err(why) => {
                        running.get_or_insert(first);
                        why
                    }
                },
            };
            if !reasons.contains(&why) {
                reasons.push(why);
            }
        }
        reasons.truncate(REASONS_TOLD);
        let metrics = "metrics of instances".to_owned();
        clues.unasked.insert(metrics, reasons.join("; "));
        running
    }

    async fn first<'a>(&self, subject: &'a Subject<'a>) -> Result<First<'a>, String> {
        match subject {
            Subject::Host(host) => Ok(First {
                instance: Instance::Host(host),
                release: None,
            }),
            Subject::Release(release) => {
                let pods = self.pods(release).await;
                let pods = pods.map_err(|why| format!("{}: {why}", release.name))?;
                let names = pods.iter().map(|pod| pod.own_name.clone()).collect();
                let first = pods.into_iter().next().ok_or("no pod runs")?;
                Ok(First {
                    instance: Instance::Pod(first),
                    release: Some((release.step, names)),
                })
            }
        }
    }

    async fn get(
        &self,
        instance: &Instance<'_>,
        path: &str,
        port: Option<u16>,
    ) -> Result<Answer, String> {
        let answer = self
            .send_to(instance, &Request::get(path), (port, PATIENCE))
            .await;
        answer.map(|(answer, _)| answer)
    }

    async fn text_at(&self, instance: &Instance<'_>, path: &str) -> Option<String> {
        let answer = self.get(instance, path, None).await.ok()?;
        answer.text().ok()
    }

    async fn exposed(&self, instance: &Instance<'_>) -> Result<ExposedMetrics, String> {
        let port = match instance {
            Instance::Host(_) => None,
            Instance::Pod(pod) => pod.scraped_port,
        };
        let text = self.get(instance, METRICS_PATH, port).await?.text()?;
        let name = instance.name().to_owned();
        Ok(ExposedMetrics {
            metrics: metrics(&text).map_err(|error| {
                format!(
                    "{name} at {METRICS_PATH}: {error}, which is not the text format of Prometheus"
                )
            })?,
            instance: name,
            path: METRICS_PATH.to_owned(),
        })
    }

    /// The first of the usual paths for probes and for specifications that is answered well.
    async fn answers(&self, instance: &Instance<'_>, clues: &mut Clues) {
        let mut asked = Vec::new();
        for path in [PROBES.as_slice(), SPECIFICATIONS.as_slice()].concat() {
            asked.push(self.text_at(instance, path));
        }
        let texts = join_all(asked).await;
        let (probes, specifications) = texts.split_at(PROBES.len());
        let mut well = PROBES.iter().zip(probes).filter(|(_, text)| text.is_some());
        clues.probe = well.next().map(|(path, _)| Found {
            what: (*path).to_owned(),
            place: instance.name().to_owned(),
        });
        let mut found = SPECIFICATIONS.iter().zip(specifications);
        clues.specification = found.find_map(|(path, text)| {
            let standing = standing(text.as_deref()?)?;
            Some(SpecificationClue {
                at: ("path".to_owned(), (*path).to_owned()),
                place: format!("on {}", instance.name()),
                without_examples: standing.err(),
            })
        });
    }

    /// What stores have of the release.
    async fn stored(&self, step: &ReleaseStep, pods: BTreeSet<String>, clues: &mut Clues) {
        let Some(release) = &step.release else {
            return;
        };
        let release = ReleaseClue {
            namespace: step.namespace.to_string(),
            release: release.to_string(),
            pods,
        };
        if let Some(metric) = clues.metric_to_ask_for().map(str::to_owned) {
            match self.labels(step, &metric, &release.pods).await {
                Ok(labels) if labels.is_empty() => {}
                Ok(labels) => _ = clues.stored.insert(metric, labels),
                Err(why) => _ = clues.unasked.insert("Prometheus".to_owned(), why),
            }
        }
        clues.release = Some(release);
        if let Err(why) = self.lines_of(step, clues).await {
            clues.unasked.insert("the log store".to_owned(), why);
        }
    }

    /// The labels that Prometheus has of a metric of these pods.
    async fn labels(
        &self,
        step: &ReleaseStep,
        metric: &str,
        pods: &BTreeSet<String>,
    ) -> Result<Values, String> {
        let url = self.metrics_address()?.of(step);
        let pods: Vec<&str> = pods.iter().map(String::as_str).collect();
        let pods = pods.join("|");
        let query = format!(
            "{metric}{{pod=~\"{pods}\"}} or {metric}{{kubernetes_pod_name=~\"{pods}\"}} or {metric}{{instance=~\"{pods}\"}}"
        );
        let series = self
            .prometheus(&url)
            .series(&query, lines::now().as_secs())
            .await?;
        let mut labels = Values::new();
        for series in series {
            for (label, value) in &series.labels {
                keep(labels.entry(label.clone()).or_default(), value);
            }
        }
        Ok(labels)
    }
}
