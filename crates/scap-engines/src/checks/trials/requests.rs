//! Tests by many requests, of which so many must and may pass: rate limits.

use std::collections::BTreeMap;

use futures::StreamExt;
use scap_plan::{Passes, Test};

use crate::checks::Checks;
use crate::checks::ask::{Instance, Request};

/// What a test declares of them.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) path: &'a str,
    pub(super) port: Option<u16>,
    pub(super) count: u32,
    pub(super) side_by_side: u32,
    pub(super) passes: Passes,
}

impl Checks {
    /// All must be answered within the test's time.
    pub(super) async fn try_requests(
        &self,
        test: &Test,
        wanted: &Wanted<'_>,
        instance: &Instance<'_>,
    ) -> Result<(), String> {
        let Wanted { count, passes, .. } = *wanted;
        let request = &Request::get(wanted.path);
        let how = (wanted.port, test.timeout);
        let ask = async |_| {
            let answer = self.send_to(instance, request, how).await;
            answer.map(|(answer, _)| answer.status)
        };
        let at_once = usize::try_from(wanted.side_by_side).unwrap_or(usize::MAX);
        let asking = futures::stream::iter(0..count).map(ask);
        let asking = asking.buffer_unordered(at_once.max(1));
        let over = Box::pin(tokio::time::sleep(test.timeout.duration()));
        let answers: Vec<_> = asking.take_until(over).collect().await;
        if answers.len() < usize::try_from(count).unwrap_or(usize::MAX) {
            let (came, timeout) = (answers.len(), test.timeout);
            return Err(format!(
                "only {came} of {count} requests came to an end within {timeout}"
            ));
        }
        let mut passed = 0;
        let mut others: BTreeMap<String, u32> = BTreeMap::new();
        for answer in answers {
            match answer {
                Ok(200..=399) => passed += 1,
                Ok(status) => *others.entry(format!("status {status}")).or_default() += 1,
                Err(why) => *others.entry(why).or_default() += 1,
            }
        }
        let (least, most) = (passes.at_least, passes.at_most);
        if (least..=most).contains(&passed) {
            return Ok(());
        }
        let wanted = match (least, most) {
            _ if least == most => format!("exactly {least}"),
            _ if passed < least => format!("at least {least}"),
            _ => format!("at most {most}"),
        };
        Err(format!(
            "{passed} of {count} requests passed, {wanted} should{}",
            told(&others)
        ))
    }
}

/// `; the others: 63 with status 429, 1 with no answer from …`
fn told(others: &BTreeMap<String, u32>) -> String {
    const MOST_TOLD: usize = 3;
    let mut kinds: Vec<_> = others.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let kinds = kinds.into_iter().take(MOST_TOLD);
    let kinds: Vec<String> = kinds
        .map(|(kind, count)| format!("{count}× {kind}"))
        .collect();
    if kinds.is_empty() {
        return String::new();
    }
    format!("; the others: {}", kinds.join(", "))
}
