//! Whether the queries of a check can find anything at all: looked at once, before a run rests on them.

use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use scap_plan::{Counters, LogCounters, Period};
use scap_run::Finding;

use super::{Counted, Errors, Question};
use crate::checks::Checks;
use crate::checks::counters::log_store::{self, Ever};
use crate::checks::counters::prometheus::{self, Presence, selectors};
use crate::checks::preflight::NO_DATA;
use crate::checks::scope::Scope;

/// A query that has found nothing for so long may never find anything.
const DAYS: u64 = 7;
/// By more than which a clock is told to be wrong, in seconds: coarse, so that a later look tells the same.
const SKEWS: [u64; 6] = [86_400, 3_600, 600, 60, 20, 5];
/// A store without newer lines than this gets none, whatever it is told about the lag.
const STANDSTILL: Duration = Duration::from_mins(10);

/// What is looked into.
struct Probe<'a> {
    checks: &'a Checks,
    /// The name of the check.
    name: &'a str,
    scope: Scope<'a>,
    now: Duration,
}

impl Checks {
    /// All that keeps `counters` from counting anything.
    pub(in crate::checks) async fn probe_scope(
        &self,
        counters: &Counters,
        scope: Scope<'_>,
    ) -> Vec<Finding> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let probe = Probe {
            checks: self,
            name: &counters.name,
            scope,
            now: now.unwrap_or_default(),
        };
        let question = match self.question(counters, scope) {
            Ok(question) => question,
            Err(why) => return vec![probe.no_data(&why)],
        };
        let counted = self.counted(counters, scope).await;
        let mut findings = probe.requests(&question, &counted).await;
        findings.extend(probe.errors(&question, &counted).await);
        findings
    }
}

impl Probe<'_> {
    fn no_data(&self, why: &str) -> Finding {
        Finding {
            hint: Some(NO_DATA.to_owned()),
            ..Finding::warning(format!(
                "the check `{}` has no data of {}: {why}",
                self.name,
                self.scope.name()
            ))
        }
    }

    async fn requests(
        &self,
        question: &Question<'_>,
        counted: &Result<Counted, String>,
    ) -> Vec<Finding> {
        let metrics = self.checks.prometheus(&question.metrics_url);
        let mut findings = Vec::new();
        if let Err(why) = counted {
            let more = self.absent(&metrics, &question.requests_query).await;
            let more = more.map(|more| format!("; {more}")).unwrap_or_default();
            findings.push(self.no_data(&format!("{why}{more}")));
        }
        findings.extend(self.interval(&metrics, question).await);
        let ahead = metrics.clock_ahead(self.now.as_secs()).await;
        findings.extend(ahead.and_then(|ahead| skew("Prometheus", ahead)));
        findings
    }

    /// What Prometheus lacks of a query.
    async fn absent(&self, metrics: &prometheus::Asked<'_>, query: &str) -> Option<String> {
        for selector in selectors(query) {
            let when = (self.now.as_secs(), DAYS);
            let (metric, text) = (&selector.metric, &selector.text);
            match metrics.presence(&selector, when).await.ok()? {
                Presence::Never => {
                    return Some(format!(
                        "Prometheus has had no metric `{metric}` in the last {DAYS} days"
                    ));
                }
                Presence::Elsewhere => {
                    return Some(format!(
                        "Prometheus has the metric `{metric}`, and nothing in the last {DAYS} days that is `{text}`"
                    ));
                }
                Presence::Now | Presence::Earlier => {}
            }
        }
        None
    }

    /// Whether pods are scraped less often than told: then canary and control move in ticks of their own.
    async fn interval(
        &self,
        metrics: &prometheus::Asked<'_>,
        question: &Question<'_>,
    ) -> Option<Finding> {
        let told = question.requests.interval;
        let selector = selectors(&question.requests_query).into_iter().next()?;
        let found = metrics
            .interval(&selector, self.now.as_secs())
            .await
            .ok()??;
        // Pods that have just been started have fewer samples.
        (found > told.duration() * 3 / 2).then(|| {
            let found = Period::from_secs(found.as_secs());
            finding(
                format!(
                    "`{}` has a sample each {found}, and the check `{}` says `interval: {told}`",
                    selector.text, self.name
                ),
                format!("say `interval: {found}`: in between nothing new can be seen"),
            )
        })
    }

    async fn errors(
        &self,
        question: &Question<'_>,
        counted: &Result<Counted, String>,
    ) -> Vec<Finding> {
        match &question.errors {
            Errors::Prometheus(_) => {
                let is_without = matches!(counted, Ok(counted) if counted.is_without_errors);
                let found = if is_without {
                    self.no_series_of_errors(question).await
                } else {
                    None
                };
                found.into_iter().collect()
            }
            Errors::Logs(source, url) => match self.checks.log_store(url) {
                Ok(store) => self.logs(&store, question, (source, counted.is_ok())).await,
                Err(_) => Vec::new(),
            },
            Errors::Slow(_) => Vec::new(),
        }
    }

    async fn no_series_of_errors(&self, question: &Question<'_>) -> Option<Finding> {
        let metrics = self.checks.prometheus(&question.metrics_url);
        let query = &question.errors_query;
        let why = self.absent(&metrics, query).await;
        if why.is_none() && !selectors(query).is_empty() {
            // There were errors before, and there will be again.
            return None;
        }
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let (name, release) = (self.name, self.scope.name());
        Some(finding(
            format!(
                "Prometheus has no series of errors of {release} yet for the check `{name}`, which counts as no errors{why}"
            ),
            format!("if there should be one, correct `errors` of the check `{name}`"),
        ))
    }

    async fn logs(
        &self,
        store: &log_store::Asked<'_>,
        question: &Question<'_>,
        (source, has_answered): (&LogCounters, bool),
    ) -> Vec<Finding> {
        let query = &question.errors_query;
        let (faults, ever) = futures::join!(
            store.field_faults(source),
            store.ever(query, (self.now, DAYS))
        );
        let mut findings = Vec::new();
        for fault in faults.into_iter().flatten() {
            findings.push(finding(
                format!("the log store {fault}: the check `{}` needs it", self.name),
                "see that the index has the field; that of a text is often called `FIELD.keyword`"
                    .to_owned(),
            ));
        }
        match ever {
            Ok(ever) => findings.extend(self.of_days(&ever, (query, source.lag))),
            // Why the store does not answer was said already.
            Err(why) if has_answered => findings.push(finding(
                format!(
                    "nobody can tell whether the query of the check `{}` ever finds anything: {why}",
                    self.name
                ),
                "try it by hand".to_owned(),
            )),
            Err(_) => {}
        }
        findings
    }

    fn of_days(&self, ever: &Ever, (query, lag): (&str, Period)) -> Vec<Finding> {
        let name = self.name;
        let mut findings = Vec::new();
        if let Some(newest) = ever.newest {
            let age = self.now.saturating_sub(since_1970(newest));
            if age > lag.duration() + STANDSTILL {
                let age = Period::from_secs(age.as_secs());
                findings.push(finding(
                    format!("the newest line in the log store of the check `{name}` is {age} old"),
                    "see why it gets no lines: errors of now would not be seen".to_owned(),
                ));
            }
        } else {
            findings.push(finding(
                format!("the log store of the check `{name}` has no lines of the last {DAYS} days"),
                "see that scap.yaml names the right index under `logs`".to_owned(),
            ));
        }
        if ever.matching == 0 && ever.newest.is_some() {
            findings.push(finding(
                format!("no line of the last {DAYS} days matches the query `{query}` of the check `{name}`"),
                format!("see that it can match: correct `errors` of the check `{name}`, or be glad"),
            ));
        }
        if ever.ahead > 0 {
            findings.push(finding(
                format!(
                    "{} lines in the log store of the check `{name}` are dated more than {} ahead of now",
                    ever.ahead,
                    Period::from(log_store::AHEAD)
                ),
                "see whose clock is wrong: such errors count when their time has come".to_owned(),
            ));
        }
        findings.extend(
            ever.clock_ahead
                .and_then(|ahead| skew("the log store", ahead)),
        );
        findings
    }
}

/// Of a store's clock against this machine's.
fn skew(whose: &str, ahead: SignedDuration) -> Option<Finding> {
    let seconds = ahead.unsigned_abs().as_secs();
    let skew = SKEWS.into_iter().find(|skew| seconds > *skew)?;
    let skew = Period::from_secs(skew);
    let way = if ahead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    Some(finding(
        format!("the clock of {whose} is more than {skew} {way} this machine's"),
        "set the clocks: what is counted of a moment may not be there yet".to_owned(),
    ))
}

fn finding(what: String, hint: String) -> Finding {
    Finding {
        hint: Some(hint),
        ..Finding::warning(what)
    }
}

fn since_1970(time: Timestamp) -> Duration {
    Duration::try_from(time.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
}
