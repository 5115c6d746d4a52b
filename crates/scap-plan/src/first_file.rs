//! A first file for a service's team, from what was found of the service: each line says from what it comes, and what was
//! not found is an example, commented out.

mod checks;
mod clues;
mod names;
mod sound;
mod text;
mod trials;

use crate::{Service, Target};
pub use clues::{
    Clues, ExposedMetrics, Found, HttpbbFile, LogLines, Metric, ReleaseClue, SpecificationClue,
    Values,
};
use std::fmt::Write as _;
use text::{comment, scalar, section};

/// A good first file; the same for the same clues.
pub fn first_file(service: &Service, clues: &Clues) -> String {
    let clues = &clues.clone().sound();
    let name = &service.name;
    let is_on_hosts = matches!(service.target, Target::Hosts { .. });
    let mut text = String::new();
    let head = [
        &format!(
            "What `scap init {name}` found of the service, as a first file: read it before you believe it."
        ),
        &format!(
            "`scap check {name}` tries it now; `scap analyze-logstash {name}` proposes settings from the past."
        ),
        "`scap schema team` prints all that may stand here.",
        "Checks begin in shadow: they are judged and shown, and nothing follows from them until their `mode` is taken away.",
    ];
    for line in head {
        comment(&mut text, "", line);
    }
    if !clues.unasked.is_empty() {
        comment(&mut text, "", "Nothing was learnt from:");
        for (source, why) in &clues.unasked {
            comment(&mut text, "", &format!("- {source}: {why}"));
        }
    }
    section(&mut text, "checks", &checks::of(clues, is_on_hosts));
    section(&mut text, "tests", &trials::of(clues, is_on_hosts));
    links(&mut text, clues);
    text += "\n# What happens when a deployment fails: `ask` waits for a person, `never` leaves everything as it is.\n";
    text += "rollback: automatic  # the default\n";
    text += "# How long nothing may go wrong after each wave.\n# bake: 2m\n";
    text += "# Whom to ask.\n# owners: [team-name]\n";
    text
}

fn links(text: &mut String, clues: &Clues) {
    text.push('\n');
    if clues.links.is_empty() {
        comment(
            text,
            "",
            "No dashboard was found; links are shown at the end of a deployment.",
        );
        *text += "# links:\n#   dashboard: https://dashboards.example.org/d/service\n";
        return;
    }
    *text += "# Shown at the end of a deployment.\nlinks:\n";
    for (name, Found { what, place }) in &clues.links {
        let _ = write!(text, "  {}: {}  ", scalar(name), scalar(what));
        comment(text, "", &format!("in {place}"));
    }
}
