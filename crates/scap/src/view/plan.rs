//! The plan before anything runs: what happens in which order and why, what must hold, and what undo would restore.

use super::page::Page;
use super::style::{GATE_WAITING, Tone};
use super::words;
use scap_plan::{Plan, RollbackPolicy, StepId, Wave};
use std::collections::BTreeMap;

/// The whole plan.
pub(crate) fn page(plan: &Plan, width: usize) -> Page {
    let mut page = Page::new(width);
    let waves = words::count(plan.waves.len(), "wave");
    let steps = words::count(plan.steps.len(), "step");
    page.line(vec![
        Tone::Strong.span(format!("{}  {}", plan.service, words::changes(plan))),
        Tone::Dim.span(format!("   {steps} in {waves}")),
    ]);
    for (index, wave) in plan.waves.iter().enumerate() {
        page.blank();
        draw_wave(&mut page, plan, index, wave);
    }
    page.blank();
    if !plan.unchanged.is_empty() {
        page.entry("left out", &unchanged(plan));
    }
    draw_policy(&mut page, plan);
    for (name, address) in &plan.links {
        page.entry(name, address);
    }
    let digest = plan.digest();
    page.entry("digest", Plan::short(&digest));
    page
}

/// What does not run though helmfiles say it; the commands by the helmfile's directory.
pub(crate) fn hooks(left_out: &BTreeMap<String, Vec<String>>, width: usize) -> Page {
    let mut page = Page::new(width);
    for (directory, commands) in left_out {
        let commands = commands.join("; ");
        page.entry("hooks", &format!("left out: {commands} ({directory})"));
    }
    page
}

fn draw_wave(page: &mut Page, plan: &Plan, index: usize, wave: &Wave) {
    page.line(vec![
        Tone::Dim.span(format!("{}  ", index + 1)),
        Tone::Strong.span(wave.name.clone()),
    ]);
    for step in &wave.steps {
        draw_step(page, plan, *step);
    }
    for gate in &wave.gates {
        let sign = vec![Tone::Accent.span(format!("   {GATE_WAITING} "))];
        page.paragraph(sign, &words::gate(gate, plan), Tone::Plain);
    }
}

fn draw_step(page: &mut Page, plan: &Plan, id: StepId) {
    let step = plan.step(id);
    let (name, change) = (step.to_string(), words::change(step));
    let room = page.width.saturating_sub(7);
    if name.chars().count() + change.chars().count() <= room {
        page.line(vec![
            Tone::Plain.span(format!("   {name}  ")),
            Tone::Accent.span(change),
        ]);
    } else {
        page.line(vec![
            Tone::Plain.span(format!("   {}", words::middle(&name, room))),
        ]);
        page.paragraph(vec![Tone::Plain.span("     ")], &change, Tone::Accent);
    }
    page.paragraph(vec![Tone::Plain.span("     ")], &step.reason, Tone::Dim);
    if !step.needs.is_empty() {
        let needs = step.needs.iter().map(|need| plan.step(*need).to_string());
        let needs = needs.collect::<Vec<_>>().join(", ");
        let sentence = format!("starts when {needs} has succeeded");
        page.paragraph(vec![Tone::Plain.span("     ")], &sentence, Tone::Dim);
    }
}

fn draw_policy(page: &mut Page, plan: &Plan) {
    let policy = &plan.policy;
    let failing = match policy.rollback {
        RollbackPolicy::Automatic => "it is undone by itself".to_owned(),
        RollbackPolicy::Ask => format!(
            "it asks, and undoes after {} without an answer",
            policy.question_deadline
        ),
        RollbackPolicy::Never => {
            "nothing is undone: everything stays as it is, and a person is asked".to_owned()
        }
    };
    page.entry("on failure", &failing);
    if policy.rollback != RollbackPolicy::Never {
        page.entry("undo", &restored(plan).join("; "));
    }
}

/// `main in codfw (citoid), main in eqiad (citoid): no difference`.
fn unchanged(plan: &Plan) -> String {
    let names = plan.unchanged.iter().map(ToString::to_string);
    format!("{}: no difference", names.collect::<Vec<_>>().join(", "))
}

/// What undo would restore: `9d8e7f6a5b4c on canary (shop1), default (5 hosts)`.
pub(crate) fn restored(plan: &Plan) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for step in &plan.steps {
        let version = words::before(step);
        match groups.iter_mut().find(|(known, _)| *known == version) {
            Some((_, names)) => names.push(step.to_string()),
            None => groups.push((version, vec![step.to_string()])),
        }
    }
    let restored = groups
        .into_iter()
        .map(|(version, names)| match version.as_str() {
            "nothing" => format!("takes away {}, where nothing ran before", names.join(", ")),
            "unknown" => "restores what runs there now, which a preview does not know".to_owned(),
            version => format!("restores {version} on {}", names.join(", ")),
        });
    restored.collect()
}
