//! What runs where, since when and by whom, and what is not as it should be.

use super::page::Page;
use super::style::{Tone, WARNING};
use super::table::Table;
use super::words;
use crate::status::{Author, Awaiting, Runs, ServiceStatus, TargetStatus};
use ratatui::text::Span;
use scap_engines::kubernetes::{Pods, Running, RunningRevision};
use scap_journal::Bar;
use scap_plan::{
    FieldState, Namespace, ObjectDifference, ObjectState, Observation, Plan, ReleaseStatus,
    StepKind,
};
use scap_run::UnixMillis;
use std::collections::BTreeSet;

/// Fields of a drifted object that are named.
const FIELDS: usize = 3;

/// A row: what stands on the left, and what is said of it.
type Row = [Span<'static>; 2];

/// All targets, then of each service what is barred, and its newest run where that has not brought what runs.
pub(crate) fn page(services: &[ServiceStatus], now: UnixMillis, width: usize) -> Page {
    let mut page = Page::new(width);
    let mut table = Table::new(["where", "what runs"]);
    for row in services.iter().flat_map(|service| rows(service, now)) {
        table.row(row);
    }
    table.draw(&mut page);
    page.blank();
    for service in services {
        draw_newest_run(&mut page, service, now);
        for bar in &service.bars {
            draw_bar(&mut page, &service.service, bar, now);
        }
    }
    page
}

/// The service, with each of its namespaces where they have other names, and below it its targets.
fn rows(service: &ServiceStatus, now: UnixMillis) -> Vec<Row> {
    let name = || Tone::Strong.span(service.service.clone());
    let targets = match &service.targets {
        Ok(targets) => targets,
        Err(why) => {
            let why = format!("cannot be seen: {why}");
            return vec![[name(), Tone::Bad.span(why)]];
        }
    };
    let mut namespaces: Vec<Option<&Namespace>> = targets.iter().map(namespace).collect();
    let mut seen = BTreeSet::new();
    namespaces.retain(|namespace| seen.insert(*namespace));
    let mut rows = Vec::new();
    for group in namespaces {
        let other = group.filter(|group| group.as_str() != service.service);
        let other = other.map_or_else(String::new, |group| format!("in namespace {group}"));
        rows.push([name(), Tone::Dim.span(other)]);
        for target in targets.iter().filter(|target| namespace(target) == group) {
            let facts = facts(target, now).into_iter().enumerate();
            rows.extend(facts.map(|(index, (tone, text))| {
                let place = if index == 0 {
                    format!("  {}", place(target))
                } else {
                    String::new()
                };
                [Tone::Plain.span(place), tone.span(text)]
            }));
        }
    }
    rows
}

fn namespace(target: &TargetStatus) -> Option<&Namespace> {
    target.step.release().map(|release| &release.namespace)
}

/// As the namespace stands above it.
fn place(target: &TargetStatus) -> String {
    match &target.step.kind {
        StepKind::Release(_) => words::short_name(&target.step),
        StepKind::HostGroup(_) => target.step.to_string(),
    }
}

/// What is seen of a target, and what is not as it should be.
fn facts(target: &TargetStatus, now: UnixMillis) -> Vec<(Tone, String)> {
    let mut facts = match &target.runs {
        Err(failure) => vec![(Tone::Bad, format!("cannot be seen: {}", failure.in_full()))],
        Ok(Runs::Release(running)) => of_release(running, target.author.as_ref(), now),
        Ok(Runs::HostGroup { hosts }) => {
            let hosts = hosts.clone();
            let seen = words::observed(&Observation::HostGroup { hosts });
            let mut facts = vec![(Tone::Plain, seen)];
            facts.extend(target.author.as_ref().map(|author| {
                let at = author.at.map(|at| words::ago(at, now));
                (Tone::Dim, by(at, Some(author)))
            }));
            facts
        }
    };
    facts.extend(target.awaits.as_ref().map(|awaiting| {
        let text = not_deployed_yet(awaiting, &target.runs);
        (Tone::Accent, text)
    }));
    facts
}

fn of_release(running: &Running, author: Option<&Author>, now: UnixMillis) -> Vec<(Tone, String)> {
    let mut facts = Vec::new();
    match &running.deployed {
        None => facts.push((Tone::Dim, "nothing".to_owned())),
        Some(deployed) => facts.extend(of_revision(deployed, author, now)),
    }
    let newest = running.revision.filter(|newest| {
        let deployed = running.deployed.as_ref();
        deployed.is_none_or(|deployed| deployed.revision != *newest)
    });
    facts.extend(newest.map(|revision| {
        let what = match running.status {
            ReleaseStatus::Failed => "has failed",
            ReleaseStatus::Pending => "was begun and not finished",
            ReleaseStatus::Absent | ReleaseStatus::Deployed | ReleaseStatus::Other => {
                "is not deployed"
            }
        };
        (
            Tone::Warning,
            format!("{WARNING} revision {revision} {what}"),
        )
    }));
    let drift = running.deployed.iter().flat_map(|deployed| &deployed.drift);
    facts.extend(drift.map(|object| (Tone::Warning, drifted(object))));
    facts
}

/// `shop:2026-03-01, shop-0.1.0`, and `revision 7, 3 of 3 pods ready, 2 h ago by ada (run 12)`.
fn of_revision(
    deployed: &RunningRevision,
    author: Option<&Author>,
    now: UnixMillis,
) -> [(Tone, String); 2] {
    let mut what = images(&deployed.images);
    what.push(deployed.chart.as_str());
    let mut parts = vec![format!("revision {}", deployed.revision)];
    parts.extend(deployed.pods.map(|pods| {
        let Pods { ready, total } = pods;
        format!("{ready} of {} ready", words::count(total, "pod"))
    }));
    let since = deployed.since.map(|since| words::ago(since, now));
    parts.push(by(since, author));
    [
        (Tone::Plain, what.join(", ")),
        (Tone::Dim, parts.join(", ")),
    ]
}

/// `2 h ago by ada (run 12)`, `2 h ago, not by scap`
fn by(when: Option<String>, author: Option<&Author>) -> String {
    let when = when.unwrap_or_default();
    let who = match author {
        None => ", not by scap".to_owned(),
        Some(Author {
            run,
            person,
            was_undo,
            ..
        }) => {
            let what = if *was_undo { ", rolled back" } else { "" };
            format!(" by {person} (run {run}{what})")
        }
    };
    format!("{when}{who}")
        .trim_start_matches([',', ' '])
        .to_owned()
}

fn images(images: &[String]) -> Vec<&str> {
    let images = images.iter().map(|image| words::without_registry(image));
    images.collect()
}

/// `! drifted: Deployment shop: spec.replicas`
fn drifted(object: &ObjectDifference) -> String {
    let name = format!("{} {}", object.object.kind, object.object.name);
    if object.state == ObjectState::Missing {
        return format!("{WARNING} deleted outside of helm: {name}");
    }
    let is_drifted = |state: &FieldState| *state != FieldState::Autoscaled;
    let fields = object.fields.iter();
    let paths: Vec<&str> = fields
        .filter(|field| is_drifted(&field.state))
        .map(|field| field.path.as_str())
        .collect();
    let named = paths[..paths.len().min(FIELDS)].join(", ");
    let more = paths.len().saturating_sub(FIELDS);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{WARNING} drifted: {name}: {named}{more}")
}

/// Names what a person would see of it.
fn not_deployed_yet(awaiting: &Awaiting, runs: &Result<Runs, scap_run::Failure>) -> String {
    let deployed = match runs {
        Ok(Runs::Release(running)) => running.deployed.as_ref(),
        _ => None,
    };
    let (has_images, has_chart) = deployed.map_or((false, false), |deployed| {
        let has_images = deployed.images == awaiting.images;
        (has_images, deployed.chart == awaiting.chart)
    });
    let what = match (has_images, has_chart) {
        (false, _) if !awaiting.images.is_empty() => images(&awaiting.images).join(", "),
        (_, false) => awaiting.chart.clone(),
        _ => "other settings".to_owned(),
    };
    format!("not deployed yet: {what}")
}

fn draw_newest_run(page: &mut Page, service: &ServiceStatus, now: UnixMillis) {
    let Some(run) = &service.newest_run else {
        return;
    };
    let mut authors = service.targets.iter().flatten();
    if authors.any(|target| {
        target
            .author
            .as_ref()
            .is_some_and(|author| author.run == run.run)
    }) {
        return;
    }
    let mark = super::mark::run(run.phase, run.outcome);
    page.line(vec![
        Tone::Plain.span(format!(
            "{}: run {}, {} by {}, ",
            run.service,
            run.run,
            Plan::short(&run.version),
            run.person
        )),
        mark.span(),
        Tone::Dim.span(format!(", {}", words::ago(run.changed, now))),
    ]);
}

fn draw_bar(page: &mut Page, service: &str, bar: &Bar, now: UnixMillis) {
    let before = vec![Tone::Plain.span(format!("{service}: "))];
    let text = format!(
        "`{}` is barred: run {} rolled it back as bad {}; `scap unbar {} REASON` allows it again",
        words::barred(&bar.version),
        bar.run,
        words::ago(bar.since, now),
        bar.run
    );
    page.paragraph(before, &text, Tone::Warning);
}

#[cfg(test)]
mod tests;
