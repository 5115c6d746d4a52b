//! What of the clues can stand in a file at all: they come from instances, stores and files that anybody may have written.

use super::clues::{Clues, HttpbbFile, Metric, Values};
use crate::{HostPattern, ServiceName};

impl Clues {
    /// Without names, paths and addresses that the reader of the file would refuse.
    pub(super) fn sound(mut self) -> Self {
        if let Some(exposed) = &mut self.exposed {
            exposed.metrics.retain(|metric| is_name(&metric.name));
            for Metric { labels, .. } in &mut exposed.metrics {
                labels.retain(|label, _| is_name(label));
            }
        }
        self.exposed = self.exposed.filter(|exposed| is_path(&exposed.path));
        for labels in self.stored.values_mut() {
            labels.retain(|label, _| is_name(label));
        }
        if let Some(lines) = &mut self.lines {
            retain_fields(&mut lines.fields);
            lines.groupable.retain(|_, field| is_field(field));
        }
        self.probe = self.probe.filter(|probe| is_path(&probe.what));
        self.specification = self.specification.filter(|found| match &found.at {
            (key, path) if key == "path" => is_path(path),
            (key, file) => key == "file" && is_file(file),
        });
        for HttpbbFile { hosts, .. } in &mut self.httpbb {
            hosts.retain(|host| HostPattern::try_from(host.clone()).is_ok());
        }
        self.httpbb
            .retain(|file| is_file(&file.file) && !file.hosts.is_empty());
        let is_url = |url: &str| {
            let is_known = ["http://", "https://"].iter().any(|it| url.starts_with(it));
            is_known && url.chars().all(|c| c.is_ascii_graphic())
        };
        self.links
            .retain(|name, link| ServiceName::new(name.as_str()).is_ok() && is_url(&link.what));
        self
    }
}

fn retain_fields(fields: &mut Values) {
    fields.retain(|field, _| is_field(field));
}

/// Of a metric or a label.
fn is_name(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    !text.is_empty() && text.chars().all(is_known)
}

/// Of a field of a line.
fn is_field(text: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic() || "_@".contains(c))
        && text.chars().all(is_known)
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic())
}

fn is_file(text: &str) -> bool {
    let is_known = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    let is_within = !text.starts_with('/') && text.split('/').all(|part| part != "..");
    !text.is_empty() && is_within && text.chars().all(is_known)
}
