//! All that stands against the releases of a plan, before any of them is changed.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{BoxFuture, join};
use futures::stream::iter;
use futures::{FutureExt, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use scap_plan::{
    Observation, Plan, ReleaseName, ReleaseObservation, ReleaseStatus, ReleaseStep, Step,
};
use scap_run::{Failure, Finding, Severity};

use super::error::ServerError;
use super::history::{Cluster, History, answer};
use super::needs::{self, Place, Renderings};
use super::release::release_of;
use super::render::RenderedRelease;
use super::{KubernetesEngine, KubernetesError};
use crate::causes::with_causes;

/// Releases and helmfiles that are looked at side by side.
const AT_ONCE: usize = 4;

/// A step of the plan that is a release.
#[derive(Clone, Copy)]
struct Subject<'a> {
    step: &'a Step,
    release: &'a ReleaseStep,
    name: &'a ReleaseName,
}

impl<'a> Subject<'a> {
    fn of(step: &'a Step) -> Option<Self> {
        let (release, name) = release_of(&step.kind).ok()?;
        Some(Self {
            step,
            release,
            name,
        })
    }

    fn place(self) -> Place<'a> {
        needs::place(self.release)
    }
}

pub(super) async fn preflight(engine: &KubernetesEngine, plan: &Plan) -> Vec<Finding> {
    let subjects: Vec<Subject> = plan.steps.iter().filter_map(Subject::of).collect();
    let mut looks: BTreeMap<Place, _> = BTreeMap::new();
    // What comes back from helm's history needs no helmfile.
    let from_helmfile = |subject: &&Subject| subject.release.restores.is_none();
    for subject in subjects.iter().filter(from_helmfile) {
        looks
            .entry(subject.place())
            .or_insert_with(|| engine.render(subject.release).boxed());
    }
    let (places, looks): (Vec<Place>, Vec<_>) = looks.into_iter().unzip();
    let (mut findings, mut renderings) = (Vec::new(), Renderings::new());
    for (place, rendered) in places.into_iter().zip(side_by_side(looks).await) {
        match rendered {
            Ok(rendered) => _ = renderings.insert(place, rendered),
            Err(failure) => findings.push(found(&failure)),
        }
    }
    findings.extend(repeated(&subjects));
    let in_helmfile = |subject: &Subject| {
        let rendered = renderings.get(&subject.place())?;
        not_installed(*subject, &rendered.releases)
    };
    findings.extend(subjects.iter().filter_map(in_helmfile));
    let looks = subjects
        .iter()
        .map(|subject| in_cluster(engine, *subject).boxed())
        .collect();
    let (in_clusters, missing) = join(
        side_by_side(looks),
        needs::findings(engine, plan, &renderings),
    )
    .await;
    for finding in in_clusters.into_iter().flatten().chain(missing) {
        // What is wrong with a cluster or a namespace is so for all releases in it.
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    findings
}

async fn side_by_side<T>(looks: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    iter(looks).buffered(AT_ONCE).collect().await
}

fn found(failure: &Failure) -> Finding {
    error(failure.in_full(), Some(failure.hints.join("; ")))
}

fn blocked(blocked_by: &KubernetesError) -> Finding {
    error(
        with_causes(blocked_by),
        blocked_by.hint().map(str::to_owned),
    )
}

fn error(message: String, hint: Option<String>) -> Finding {
    Finding {
        severity: Severity::Error,
        message,
        hint: hint.filter(|hint| !hint.is_empty()),
    }
}

/// The same release twice would be changed by two steps at once.
fn repeated(subjects: &[Subject]) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let again = subjects.iter().filter(|subject| {
        let Subject { release, name, .. } = subject;
        !seen.insert((&release.canonical_environment, &release.namespace, *name))
    });
    let told = |subject: &Subject| {
        let message = format!("{} is in the plan twice", subject.step);
        Finding::error(message, "name each release once in the service catalog")
    };
    again.map(told).collect()
}

/// A release that the helmfile does not install here would be passed over or, worse, uninstalled.
fn not_installed(subject: Subject, list: &[RenderedRelease]) -> Option<Finding> {
    let Subject {
        release: step,
        name,
        ..
    } = subject;
    if list.iter().any(|release| release.name == *name) {
        return None;
    }
    let known = list.iter().map(|release| format!("`{}`", release.name));
    let known = known.collect::<Vec<_>>().join(", ");
    let message = format!(
        "the helmfile in `{}` does not install `{name}` in {}",
        step.directory, step.environment
    );
    Some(Finding::error(
        message,
        format!("releases installed there: {known}"),
    ))
}

async fn in_cluster(engine: &KubernetesEngine, subject: Subject<'_>) -> Vec<Finding> {
    let Subject {
        step,
        release,
        name,
    } = subject;
    let cluster = match Cluster::of(&engine.settings, release).await {
        Ok(cluster) => cluster,
        Err(error) => return vec![blocked(&error.into())],
    };
    let version = answer(|| cluster.client.apiserver_version()).await;
    if let Err(source) = version {
        let what = format!("the version of the cluster of {}", release.environment);
        return vec![blocked(&KubernetesError::Read { what, source })];
    }
    let mut findings: Vec<Finding> = namespace(&cluster, release).await.into_iter().collect();
    match cluster.history(name).await {
        Ok(history) => findings.extend(against_history(step, name, &history)),
        Err(error) => findings.push(blocked(&error)),
    }
    findings
}

async fn namespace(cluster: &Cluster, step: &ReleaseStep) -> Option<Finding> {
    let namespaces: Api<Namespace> = Api::all(cluster.client.clone());
    let (name, environment) = (&cluster.namespace, &step.environment);
    match answer(|| namespaces.get_opt(name.as_str())).await {
        Ok(Some(_)) => None,
        Ok(None) => Some(Finding::error(
            format!("no namespace `{name}` in {environment}"),
            "whoever runs the cluster makes namespaces and their kubeconfigs",
        )),
        // A deployer may have rights in a namespace without the right to look at it.
        Err(ServerError::Refused(said)) => Some(Finding::warning(format!(
            "cannot see namespace `{name}` in {environment}: {said}"
        ))),
        Err(source) => {
            let what = format!("namespace `{name}` in {environment}");
            Some(blocked(&KubernetesError::Read { what, source }))
        }
    }
}

/// Compares with what the plan was made for.
fn against_history(step: &Step, name: &ReleaseName, history: &History) -> Vec<Finding> {
    let Some(Observation::Release(before)) = &step.before else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let newest = history.newest().map(|revision| revision.number);
    if newest != before.revision {
        let shown =
            |revision: Option<u32>| revision.map_or("none".to_owned(), |number| number.to_string());
        findings.push(Finding::error(
            format!(
                "somebody else has changed {step}: its newest revision is {}, and was {} when the plan was made",
                shown(newest),
                shown(before.revision)
            ),
            "make a new plan",
        ));
    }
    if history
        .newest()
        .is_some_and(super::history::Revision::is_pending)
    {
        findings.push(Finding::warning(format!(
            "an earlier change of {step} was never finished and will be repaired first"
        )));
    }
    findings.extend(without_way_back(step, name, before, history));
    findings
}

fn without_way_back(
    step: &Step,
    name: &ReleaseName,
    before: &ReleaseObservation,
    history: &History,
) -> Option<Finding> {
    match before.deployed_revision {
        Some(revision) if history.find(revision).is_none() => Some(Finding::error(
            format!(
                "revision {revision} of {step}, which an undo would bring back, is no longer in helm's history"
            ),
            format!("let helm keep more revisions of `{name}` (`historyMax`), and make a new plan"),
        )),
        None if before.status == ReleaseStatus::Other => Some(Finding::warning(format!(
            "{step} had been uninstalled with its history kept: an undo of this step will need a person"
        ))),
        _ => None,
    }
}
