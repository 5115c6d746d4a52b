//! One error of each kind, from the store that has the errors.

use scap_plan::{Counters, CountersSource};
use scap_run::{ErrorExample, WantedExamples};

use crate::checks::Checks;
use crate::checks::counters::labelled::Labelled;
use crate::checks::counters::log_store::Sought;
use crate::checks::counters::prometheus::Series;
use crate::checks::instances::Release;
use crate::checks::scope::Scope;

impl Checks {
    /// Of a release's pods, under the names that the store has for them.
    pub(in crate::checks) async fn in_store(
        &self,
        release: &Release<'_>,
        counters: &Counters,
        wanted: &WantedExamples,
    ) -> Result<Vec<ErrorExample>, String> {
        let scope = Scope::Release(release);
        let counted = self.counted(counters, scope).await?;
        let secrets = self.scratch.secrets();
        match &counters.source {
            CountersSource::Prometheus(source) => {
                let Some(label) = &source.signature else {
                    return Ok(Vec::new());
                };
                let name = source.requests.label.as_deref();
                let instance = |labels: &_| {
                    let pod = Series::instance_of(labels, name).ok()?;
                    let is_ours = counted.instances.contains_key(pod);
                    is_ours.then(|| pod.to_owned())
                };
                let labelled = Labelled { label, secrets };
                Ok(labelled.examples(counted.memory.errors(), wanted, instance))
            }
            CountersSource::Logs(source) => {
                let question = self.question(counters, scope)?;
                let url = question.logs_url().unwrap_or_default();
                let sought = Sought {
                    query: &question.errors_query,
                    pods: counted.instances.keys().map(String::as_str).collect(),
                    wanted,
                };
                self.log_store(url)?
                    .examples(source, &sought, secrets)
                    .await
            }
            _ => Ok(Vec::new()),
        }
    }
}
