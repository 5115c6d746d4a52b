//! Tests by the examples (`x-amples`) that a service's OpenAPI or Swagger specification has.

mod compare;
mod spec;
mod template;
#[cfg(test)]
mod tests;

use std::path::Path;

use scap_plan::{SpecificationPlace, Test};
use tokio::time::{Instant, timeout_at};

use crate::causes::with_causes;
use crate::checks::Checks;
use crate::checks::ask::{Instance, Request};
use crate::secrets::KnownSecrets;
use spec::{Example, SpecificationError};

/// No specification of people is larger.
const LARGEST_BYTES: u64 = 4 << 20;
const LONGEST_REFUSAL_CHARACTERS: usize = 300;
/// Differences that are told.
const MOST_TOLD: usize = 5;

/// Where an instance's specification is, and how it is asked.
pub(super) struct Subject<'a> {
    pub(super) place: &'a SpecificationPlace,
    pub(super) port: Option<u16>,
    /// What a file's path is relative to.
    pub(super) directory: &'a Path,
}

impl Checks {
    /// Passes when each example is answered as it says. They are asked one after the other, as they may depend on each
    /// other.
    pub(super) async fn try_examples(
        &self,
        test: &Test,
        subject: &Subject<'_>,
        instance: &Instance<'_>,
    ) -> Result<(), String> {
        let specification = self.specification(test, subject, instance).await?;
        let examples = spec::examples(&specification)
            .map_err(|error| refusal(&error, self.scratch.secrets()))?;
        let secrets = self.scratch.secrets();
        let deadline = Instant::now() + test.timeout.duration();
        let mut differences = Vec::new();
        let mut failed = 0;
        for example in &examples {
            let how = (subject.port, test.timeout);
            let asking = self.send_to(instance, &example.request, how);
            let (found, is_over) = match timeout_at(deadline, asking).await {
                Ok(Ok(answer)) => (
                    compare::differences(&example.expected, &answer, secrets),
                    false,
                ),
                Ok(Err(why)) => (vec![why], false),
                Err(_) => (vec![format!("the test's {} were over", test.timeout)], true),
            };
            failed += usize::from(!found.is_empty());
            differences.extend(found.into_iter().map(|what| named(example, &what)));
            if is_over {
                break;
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        let more = differences.len().saturating_sub(MOST_TOLD);
        differences.truncate(MOST_TOLD);
        if more > 0 {
            differences.push(format!("and {more} differences more"));
        }
        let told = differences.join("; ");
        Err(format!(
            "{failed} of {} examples failed; {told}",
            examples.len()
        ))
    }

    async fn specification(
        &self,
        test: &Test,
        subject: &Subject<'_>,
        instance: &Instance<'_>,
    ) -> Result<String, String> {
        match subject.place {
            SpecificationPlace::Path(path) => {
                let request = Request::get(path);
                let answer = self
                    .send_to(instance, &request, (subject.port, test.timeout))
                    .await;
                answer.and_then(|(answer, _)| answer.text())
            }
            SpecificationPlace::File(file) => read(subject.directory, file),
        }
    }
}

/// Of a text that may be a specification: how many examples it has, or why there is nothing to ask; none for another text.
pub(in crate::checks) fn standing(text: &str) -> Option<Result<usize, String>> {
    match spec::examples(text) {
        Ok(examples) => Some(Ok(examples.len())),
        Err(SpecificationError::NotUnderstood(_) | SpecificationError::NoPaths) => None,
        Err(error) => Some(Err(error.to_string())),
    }
}

/// A file of a service's directory.
pub(in crate::checks) fn read(directory: &Path, file: &str) -> Result<String, String> {
    let path = directory.join(file);
    let size = path.metadata().map(|metadata| metadata.len());
    if size.is_ok_and(|size| size > LARGEST_BYTES) {
        return Err(format!(
            "`{file}` has more than {} MiB",
            LARGEST_BYTES >> 20
        ));
    }
    std::fs::read_to_string(&path).map_err(|error| format!("`{file}` cannot be read: {error}"))
}

/// The requests of the examples of a specification.
pub(in crate::checks) fn requests(
    text: &str,
    secrets: &KnownSecrets,
) -> Result<Vec<Request>, String> {
    let examples = spec::examples(text).map_err(|error| refusal(&error, secrets))?;
    Ok(examples.into_iter().map(|it| it.request).collect())
}

fn named(example: &Example, what: &str) -> String {
    match &example.title {
        Some(title) => format!("{} ({title}): {what}", example.operation),
        None => format!("{}: {what}", example.operation),
    }
}

/// Why there is nothing to ask, in one line: what parsers say may draw a picture of the place.
fn refusal(error: &SpecificationError, secrets: &KnownSecrets) -> String {
    let why = with_causes(error);
    let why = secrets.mask(&why);
    let words: Vec<&str> = why.split_whitespace().collect();
    let why: String = words
        .join(" ")
        .chars()
        .take(LONGEST_REFUSAL_CHARACTERS)
        .collect();
    format!("the specification {why}")
}
