//! The engines and checks as the rest of scap sees them: whatever text comes from them has passed the mask.
//!
//! Output that is cut or put together before it comes here is masked where it is taken in as well: a part of a secret
//! would not be known again.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures::FutureExt;
use scap_plan::{Clues, Counters, Load, Observation, Period, Plan, StepId, StepKind, Test};
use scap_run::history::History;
use scap_run::{
    Check, Engine, ErrorExample, Expectation, Failure, Finding, Inspect, InstanceCounters, Order,
    Progress, Readback, Readiness, RunId, Snapshot, TestReport, WantedExamples, Work,
};
use serde_json::Value;

use crate::checks::{Checks, Point};
use crate::kubernetes::KubernetesEngine;
use crate::secrets::KnownSecrets;

/// Whoever looks without a run starts no programs and adopts none.
const NO_RUN: RunId = RunId(0);

/// Masks what `engine`, `inspect` and `check` say. Before each of them sets out, `kubernetes` learns the secrets of the
/// namespaces that it is about.
#[derive(Clone)]
pub struct Masked {
    pub engine: Arc<dyn Engine>,
    pub inspect: Arc<dyn Inspect>,
    pub check: Arc<dyn Check>,
    pub kubernetes: KubernetesEngine,
}

impl Masked {
    fn secrets(&self) -> &KnownSecrets {
        self.kubernetes.secrets()
    }

    /// What a step's release counted over the last days, with kinds and examples that are masked.
    pub async fn history(
        &self,
        checks: &Checks,
        (plan, counters): (&Plan, &Counters),
        step_and_days: (StepId, u32),
    ) -> Result<History, String> {
        self.kubernetes.learn_once_of(&plan.steps).await;
        let history = checks.history(plan, counters, step_and_days).await;
        let secrets = self.secrets();
        history.map_err(|why| secrets.mask(&why).into_owned())
    }

    /// What a signal that all deployments share counted lately; why that is not known is masked.
    pub async fn recent(
        &self,
        checks: &Checks,
        counters: &Counters,
        period_and_window: (Period, Period),
    ) -> Result<Vec<Point>, String> {
        let points = checks.recent(counters, period_and_window).await;
        points.map_err(|why| self.secrets().mask(&why).into_owned())
    }

    /// What a service shows of itself, nothing of it a secret.
    pub async fn clues(&self, checks: &Checks, plan: &Plan) -> Clues {
        self.kubernetes.learn_once_of(&plan.steps).await;
        let mut clues = checks.clues(plan).await;
        let mut why = String::from("no release is in the plan");
        for step in plan.releases() {
            match self.kubernetes.take_clues(step, &mut clues).await {
                Ok(()) => why.clear(),
                Err(reason) => why = reason,
            }
            if why.is_empty() {
                break;
            }
        }
        let is_on_hosts = plan.releases().next().is_none();
        if !why.is_empty() && !is_on_hosts {
            clues.unasked.insert("helm".to_owned(), why);
        }
        let mut data = serde_json::to_value(&clues).expect("clues have string keys only");
        hide_all(self.secrets(), &mut data);
        // A key that was masked may stand beside another one; then there is nothing to show.
        serde_json::from_value(data).unwrap_or_default()
    }

    /// Does `work` for an order, whose progress is masked too.
    async fn carry_out<'a, T>(
        &self,
        order: Order<'a>,
        work: impl AsyncFnOnce(Order<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if order.run != NO_RUN {
            self.kubernetes.learn_of([order.step]).await;
        }
        let (step, progress) = (order.step, order.progress);
        let progress = MaskedProgress {
            progress,
            secrets: self.secrets(),
        };
        let result = work(Order {
            progress: &progress,
            ..order
        });
        match result.await {
            Ok(result) => Ok(result),
            Err(failure) => {
                // What failed may speak of what it has just made.
                if let StepKind::Release(release) = &step.kind {
                    self.kubernetes.learn_again(release).await;
                }
                Err(self.secrets().failure(failure))
            }
        }
    }
}

struct MaskedProgress<'a> {
    progress: &'a dyn Progress,
    secrets: &'a KnownSecrets,
}

impl Progress for MaskedProgress<'_> {
    fn line(&self, step: StepId, text: &str) {
        // Not only programs speak here: what pods and clusters say may have escapes in it too.
        let mut shown = self.secrets.shown_lines();
        let lines = shown.push(text.as_bytes());
        for line in lines.iter().chain(&shown.finish()) {
            self.progress.line(step, line);
        }
    }

    fn ready(&self, step: StepId, readiness: &Readiness) {
        let masked = readiness.reworded(|text| self.secrets.mask(text).into_owned());
        self.progress.ready(step, &masked);
    }
}

impl Engine for Masked {
    fn observe<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<Observation, Failure>> {
        self.carry_out(order, async |order| self.engine.observe(order).await)
            .boxed()
    }

    fn act<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        self.carry_out(order, async |order| self.engine.act(order).await)
            .boxed()
    }

    fn undo<'a>(&'a self, order: Order<'a>) -> Work<'a, Result<(), Failure>> {
        self.carry_out(order, async |order| self.engine.undo(order).await)
            .boxed()
    }

    fn verify<'a>(
        &'a self,
        order: Order<'a>,
        expectation: Expectation,
    ) -> Work<'a, Result<Readback, Failure>> {
        async move {
            let mut readback = self
                .carry_out(order, async |order| {
                    self.engine.verify(order, expectation).await
                })
                .await?;
            self.secrets().hide(&mut readback.summary);
            for straggler in &mut readback.stragglers {
                self.secrets().hide(&mut straggler.why);
            }
            Ok(readback)
        }
        .boxed()
    }

    fn watch<'a>(&'a self, order: Order<'a>) -> Work<'a, Failure> {
        let watch = async |order: Order<'_>| Err::<Infallible, _>(self.engine.watch(order).await);
        async move {
            let Err(failure) = self.carry_out(order, watch).await;
            failure
        }
        .boxed()
    }
}

impl Inspect for Masked {
    fn preflight<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        async move {
            self.kubernetes.learn_of(&plan.steps).await;
            let mut findings = self.inspect.preflight(plan).await;
            findings.extend(self.kubernetes.unread_secrets(plan).await);
            hide_findings(self.secrets(), &mut findings);
            findings
        }
        .boxed()
    }
}

/// All texts, those of keys too.
fn hide_all(secrets: &KnownSecrets, data: &mut Value) {
    match data {
        Value::String(text) => secrets.hide(text),
        Value::Array(values) => values.iter_mut().for_each(|value| hide_all(secrets, value)),
        Value::Object(fields) => {
            for (mut key, mut value) in std::mem::take(fields) {
                secrets.hide(&mut key);
                hide_all(secrets, &mut value);
                fields.insert(key, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_findings(secrets: &KnownSecrets, findings: &mut [Finding]) {
    for finding in findings {
        secrets.hide(&mut finding.message);
        if let Some(hint) = &mut finding.hint {
            secrets.hide(hint);
        }
    }
}

impl Check for Masked {
    fn tests<'a>(
        &'a self,
        plan: &'a Plan,
        tests: &'a [Test],
        steps: &'a [StepId],
    ) -> Work<'a, Vec<TestReport>> {
        async move {
            self.kubernetes.learn_of(&plan.steps).await;
            let mut reports = self.check.tests(plan, tests, steps).await;
            for report in &mut reports {
                let said = report.failure.iter_mut().chain(&mut report.remark);
                said.for_each(|text| self.secrets().hide(text));
            }
            reports
        }
        .boxed()
    }

    fn counters<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
    ) -> Work<'a, Snapshot> {
        async move {
            // Each second: what cannot be read now is not asked for again.
            self.kubernetes.learn_once_of(&plan.steps).await;
            let mut snapshot = self.check.counters(plan, counters, steps).await;
            for why in snapshot.missing.values_mut() {
                self.secrets().hide(why);
            }
            for seen in snapshot.instances.values_mut() {
                hide_signatures(self.secrets(), seen);
            }
            snapshot
        }
        .boxed()
    }

    fn examples<'a>(
        &'a self,
        plan: &'a Plan,
        counters: &'a Counters,
        steps: &'a [StepId],
        wanted: &'a WantedExamples,
    ) -> Work<'a, Result<Vec<ErrorExample>, String>> {
        async move {
            self.kubernetes.learn_once_of(&plan.steps).await;
            let found = self.check.examples(plan, counters, steps, wanted).await;
            let mut found = found.map_err(|why| self.secrets().mask(&why).into_owned())?;
            for example in &mut found {
                self.secrets().hide(&mut example.text);
            }
            Ok(found)
        }
        .boxed()
    }

    fn load<'a>(
        &'a self,
        plan: &'a Plan,
        load: &'a Load,
        steps: &'a [StepId],
        answered: &'a AtomicU64,
    ) -> Work<'a, ()> {
        self.check.load(plan, load, steps, answered)
    }

    fn probe<'a>(&'a self, plan: &'a Plan) -> Work<'a, Vec<Finding>> {
        async move {
            self.kubernetes.learn_of(&plan.steps).await;
            let mut findings = self.check.probe(plan).await;
            hide_findings(self.secrets(), &mut findings);
            findings
        }
        .boxed()
    }
}

/// Those that differ in a secret only are of one kind.
fn hide_signatures(secrets: &KnownSecrets, seen: &mut InstanceCounters) {
    let mut signatures = BTreeMap::new();
    for (signature, count) in std::mem::take(&mut seen.signatures) {
        *signatures
            .entry(secrets.mask(&signature).into_owned())
            .or_insert(0) += count;
    }
    seen.signatures = signatures;
}
