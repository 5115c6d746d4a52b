//! What errors look like: lines of a log store, or the labels of the counters that count them.

use scap_plan::{Counters, CountersSource, Plan, StepId};
use scap_run::{ErrorExample, WantedExamples};

use super::counters::Wanted;
use super::counters::labelled::Labelled;
use super::counters::log_store::some_of;
use super::instances::{Release, Subject};
use super::{Checks, pods, side_by_side, whose};

impl Checks {
    /// One of each wanted kind that the instances of the steps had.
    pub(super) async fn find_examples(
        &self,
        (plan, steps): (&Plan, &[StepId]),
        counters: &Counters,
        wanted: &WantedExamples,
    ) -> Result<Vec<ErrorExample>, String> {
        let subjects = self.subjects(plan, steps);
        let look = async |subject: &Subject<'_>| match subject {
            Subject::Host(host) => Ok(self.exposed_by(&[host.name.to_string()], counters, wanted)),
            Subject::Release(release) => self.examples_of(release, counters, wanted).await,
        };
        let found = some_of(side_by_side(subjects.iter().map(look)).await)?;
        let first = |kind: &String| found.iter().find(|it| it.signature == *kind);
        Ok(wanted
            .signatures
            .iter()
            .filter_map(first)
            .cloned()
            .collect())
    }

    async fn examples_of(
        &self,
        release: &Release<'_>,
        counters: &Counters,
        wanted: &WantedExamples,
    ) -> Result<Vec<ErrorExample>, String> {
        if Wanted::of(&counters.source).is_some() {
            let pods = self.pods(release).await?;
            let pods: Vec<String> = pods.into_iter().map(|pod| pod.name).collect();
            return Ok(self.exposed_by(&pods, counters, wanted));
        }
        let mut found = self.in_store(release, counters, wanted).await?;
        for example in &mut found {
            example.instance = pods::name(release.step, &example.instance);
        }
        Ok(found)
    }

    /// As it was read last.
    fn exposed_by(
        &self,
        instances: &[String],
        counters: &Counters,
        wanted: &WantedExamples,
    ) -> Vec<ErrorExample> {
        let CountersSource::Exposition(exposition) = &counters.source else {
            return Vec::new();
        };
        let Some(label) = &exposition.signature else {
            return Vec::new();
        };
        let found = instances.iter().flat_map(|instance| {
            let whose = whose(instance, Wanted::Errors(exposition));
            let labelled = Labelled {
                label,
                secrets: self.scratch.secrets(),
            };
            let memory = self.exposed.recall(&whose);
            labelled.examples(memory.errors(), wanted, |_| Some(instance.clone()))
        });
        found.collect()
    }
}
