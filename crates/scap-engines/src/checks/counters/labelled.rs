//! Examples of what counters count: they have labels in the place of messages.

use scap_run::{ErrorExample, WantedExamples};

use super::totals::{Labels, Totals};
use crate::secrets::KnownSecrets;

/// How the series of an error counter are told apart.
pub(in crate::checks) struct Labelled<'a> {
    /// By its value errors are grouped.
    pub(in crate::checks) label: &'a str,
    pub(in crate::checks) secrets: &'a KnownSecrets,
}

impl Labelled<'_> {
    /// Of each wanted kind the series that has counted most; `instance` tells whose it is, if it is meant.
    pub(in crate::checks) fn examples(
        &self,
        errors: &Totals,
        wanted: &WantedExamples,
        instance: impl Fn(&Labels) -> Option<String>,
    ) -> Vec<ErrorExample> {
        let example = |kind: &String| {
            let of_kind = |labels: &Labels| {
                let value = labels.get(self.label)?;
                (self.secrets.mask(value) == *kind).then(|| instance(labels))?
            };
            let series = errors.all();
            let series =
                series.filter_map(|(labels, count)| Some((count, of_kind(labels)?, labels)));
            let (_, instance, labels) = series.max_by_key(|(count, ..)| *count)?;
            let text = shown(labels);
            let text = self.secrets.mask(&text);
            Some(ErrorExample::new(kind, instance, None, &text))
        };
        wanted.signatures.iter().filter_map(example).collect()
    }
}

/// `code="503", route="/x"`
fn shown(labels: &Labels) -> String {
    let labels = labels.iter();
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    labels.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secret;
    use scap_run::UnixMillis;

    #[test]
    fn the_series_that_counted_most_stands_for_its_kind() {
        let mut errors = Totals::default();
        for (kind, route, count) in [
            ("503", "/cart", 3),
            ("503", "/search?key=s3cr3t-word", 9),
            ("503", "/other", 20),
            ("500", "/", 1),
        ] {
            let labels = [("code", kind), ("route", route)];
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
            errors.take_in(labels.into(), count);
        }
        let secrets = KnownSecrets::default();
        secrets.learn([Secret {
            label: "key".to_owned(),
            value: b"s3cr3t-word".to_vec(),
        }]);
        let wanted = WantedExamples {
            signatures: ["503", "502"].map(str::to_owned).to_vec(),
            from: UnixMillis(0),
            to: UnixMillis(1),
        };
        let labelled = Labelled {
            label: "code",
            secrets: &secrets,
        };
        let ours = |labels: &Labels| (labels["route"] != "/other").then(|| "web1".to_owned());
        let found = labelled.examples(&errors, &wanted, ours);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            (found[0].signature.as_str(), found[0].instance.as_str()),
            ("503", "web1")
        );
        let text = &found[0].text;
        assert!(
            text.starts_with("code=\"503\", route=\"/search?key=") && !text.contains("s3cr3t"),
            "{text}"
        );
    }
}
