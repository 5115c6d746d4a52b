//! How numbers, times, versions and names are said, everywhere the same.

use super::style::ARROW;
use jiff::Timestamp;
use jiff::tz::Offset;
use ratatui::text::Span;
use scap_plan::{
    Gate, Observation, Origin, Past, PastSource, Plan, ReleaseStep, Step, StepKind, Test,
};
pub(super) use scap_run::evidence::thousands;
use scap_run::evidence::{Counted, Counts};
use scap_run::{TestReport, UnixMillis};
use std::collections::BTreeMap;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `1 host`, `5 hosts`
pub(super) fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", thousands(number as u64))
}

/// `2 errors in 812 requests (0.25 %)`, `1 slow request in 812 requests (0.12 %)`
pub(super) fn counts(counts: Counts, counted: Counted) -> String {
    let plural = |number| if number == 1 { "" } else { "s" };
    let thing = counted.words().trim_end_matches('s');
    let (errors, requests) = (counts.errors, counts.requests);
    let rate = counts
        .rate()
        .map_or(String::new(), |rate| format!(" ({:.2} %)", rate * 100.0));
    format!(
        "{} {thing}{} in {} request{}{rate}",
        thousands(errors),
        plural(errors),
        thousands(requests),
        plural(requests)
    )
}

/// `0:42`, `12:05`, `1:02:03`: hours, minutes and seconds that have passed or are left.
pub(super) fn clock(milliseconds: u64) -> String {
    let (hours, minutes) = (milliseconds / HOUR, milliseconds % HOUR / MINUTE);
    let seconds = milliseconds % MINUTE / SECOND;
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// `just now`, `4 min ago`, `3 days ago`
pub(crate) fn ago(then: UnixMillis, now: UnixMillis) -> String {
    let passed = then.until(now);
    if passed < SECOND {
        "just now".to_owned()
    } else if passed < MINUTE {
        format!("{} s ago", passed / SECOND)
    } else if passed < HOUR {
        format!("{} min ago", passed / MINUTE)
    } else if passed < DAY {
        format!("{} h ago", passed / HOUR)
    } else {
        let days = usize::try_from(passed / DAY).unwrap_or(usize::MAX);
        format!("{} ago", count(days, "day"))
    }
}

/// `10:02:31`
pub(super) fn time_of_day(at: UnixMillis, offset: Offset) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(timestamp) => offset
            .to_datetime(timestamp)
            .strftime("%H:%M:%S")
            .to_string(),
        // Beyond the years that calendars know.
        Err(_) => "--:--:--".to_owned(),
    }
}

/// Cuts the middle out of a name that is wider than `width` columns: both ends tell it from others.
pub(super) fn middle(text: &str, width: usize) -> String {
    cut(text, width, |kept| kept.div_ceil(2))
}

/// Cuts the end off a sentence that is wider than `width` columns.
pub(super) fn beginning(text: &str, width: usize) -> String {
    cut(text, width, |kept| kept)
}

/// Keeps as many characters as fit beside an ellipsis; `head` says how many of them stand before it.
fn cut(text: &str, width: usize, head: fn(usize) -> usize) -> String {
    let columns = |text: &str| Span::raw(text).width();
    if columns(text) <= width {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    let mut kept = width.saturating_sub(1).min(characters.len());
    loop {
        let (before, after) = (head(kept), kept - head(kept));
        let before: String = characters[..before].iter().collect();
        let after: String = characters[characters.len() - after..].iter().collect();
        let cut = format!("{before}…{after}");
        if kept == 0 || columns(&cut) <= width {
            return cut;
        }
        kept -= 1;
    }
}

/// One line without escape sequences or other control characters, whoever wrote it.
pub(super) fn clean(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    text.replace(|c: char| c.is_control() || turns_around(c), " ")
}

/// What makes a terminal show the text behind it in another order than it was written, or on another line.
fn turns_around(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// What ran at the step's target before: `9d8e7f6a5b4c`, `nothing`, or `unknown` in a preview.
pub(crate) fn before(step: &Step) -> String {
    step.before
        .as_ref()
        .map_or_else(|| "unknown".to_owned(), version)
}

/// A version without the registry that its images come from: `revision 7, mathoid:2026-03-01-101010-production`.
fn version(observation: &Observation) -> String {
    let version = observation.version();
    let parts = version.split(", ").map(without_registry);
    parts.collect::<Vec<_>>().join(", ")
}

pub(super) fn without_registry(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

/// A version as bars name it: a commit, an image, or the digest of a manifest.
pub(super) fn barred(version: &str) -> String {
    match version.strip_prefix("manifest ") {
        Some(digest) => format!("manifest {}", Plan::short(digest)),
        None if version.contains(':') => without_registry(version).to_owned(),
        None => Plan::short(version).to_owned(),
    }
}

/// What the step brings: `3f2c91a0b7d2`, `revision 8, mathoid:2026-03-01-101010-production`.
pub(super) fn planned(step: &Step) -> String {
    match (&step.kind, &step.before) {
        (StepKind::HostGroup(group), _) => Plan::short(&group.revision).to_owned(),
        (
            StepKind::Release(ReleaseStep {
                restores: Some(restored),
                ..
            }),
            _,
        ) => restored.version.clone(),
        (StepKind::Release(step), Some(Observation::Release(release))) => {
            // helm numbers every attempt, complete or not.
            let revision = format!("revision {}", release.revision.unwrap_or(0) + 1);
            let images = step
                .rendering
                .iter()
                .flat_map(|rendering| &rendering.images);
            let images = images.map(|image| without_registry(image).to_owned());
            std::iter::once(revision)
                .chain(images)
                .collect::<Vec<_>>()
                .join(", ")
        }
        (StepKind::Release(_), _) => "the next revision".to_owned(),
    }
}

/// `9d8e7f6a5b4c → 3f2c91a0b7d2`
pub(super) fn change(step: &Step) -> String {
    format!("{} {ARROW} {}", before(step), planned(step))
}

/// From and to of the whole plan, as far as its steps agree.
pub(super) fn changes(plan: &Plan) -> String {
    match (agreed(plan, before), agreed(plan, planned)) {
        (Some(before), Some(planned)) => format!("{before} {ARROW} {planned}"),
        (None, Some(planned)) => format!("several versions {ARROW} {planned}"),
        (_, None) => count(plan.steps.len(), "release"),
    }
}

/// What ran at all targets before, if it was the same.
pub(crate) fn before_all(plan: &Plan) -> Option<String> {
    agreed(plan, before)
}

fn agreed(plan: &Plan, of: fn(&Step) -> String) -> Option<String> {
    let mut found: Vec<String> = plan.steps.iter().map(of).collect();
    found.sort();
    found.dedup();
    found.pop().filter(|_| found.is_empty())
}

/// What is seen to run: `3f2c91a0b7d2 on 4 hosts, 9d8e7f6a5b4c on shop5; shop6 cannot be reached (timed out)`.
pub(super) fn observed(observation: &Observation) -> String {
    let Observation::HostGroup { hosts } = observation else {
        return version(observation);
    };
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut unreachable = Vec::new();
    for (name, host) in hosts {
        if let Some(why) = &host.unreachable {
            unreachable.push(format!("{name} cannot be reached ({why})"));
        } else {
            let version = host.revision.as_deref().map_or("nothing", Plan::short);
            versions.entry(version).or_default().push(name.as_str());
        }
    }
    let on = |(version, names): (&str, Vec<&str>)| match names.as_slice() {
        [only] => format!("{version} on {only}"),
        many => format!("{version} on {}", count(many.len(), "host")),
    };
    let seen: Vec<String> = versions.into_iter().map(on).collect();
    let parts = [seen.join(", "), unreachable.join(", ")];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// A gate in one or two words, for the wave line.
pub(crate) fn gate_name(gate: &Gate) -> String {
    match gate {
        Gate::Tests { .. } => "tests".to_owned(),
        Gate::Evidence(evidence) if evidence.watch.is_some() => {
            format!("watch {}", evidence.counters.name)
        }
        Gate::Evidence(evidence) if evidence.is_shadow() => {
            format!("{} in shadow", evidence.counters.name)
        }
        Gate::Evidence(evidence) => evidence.counters.name.clone(),
        Gate::Bake { period } => format!("bake {period}"),
    }
}

/// A gate in full: `evidence: errors of canary against default, at most 10m`.
pub(crate) fn gate(gate: &Gate, plan: &Plan) -> String {
    match gate {
        Gate::Tests { tests } => {
            let names: Vec<String> = tests.iter().map(test).collect();
            format!("tests: {}", names.join(", "))
        }
        Gate::Evidence(evidence) if evidence.watch.is_some() => format!(
            "{}{}, for {}; asks only",
            comparison(evidence, plan),
            if evidence.counters.is_shared {
                " (watched at every deployment)"
            } else {
                by_whom(evidence.counters.origin)
            },
            evidence.longest_hold()
        ),
        Gate::Evidence(evidence) => format!(
            "{}{}, at most {}{}",
            comparison(evidence, plan),
            by_whom(evidence.counters.origin),
            evidence.counters.settings.maximum_hold,
            besides(evidence)
        ),
        Gate::Bake { period } => format!("bake: {period} without anything going wrong"),
    }
}

/// What else is to know of a comparison.
fn besides(evidence: &scap_plan::Evidence) -> String {
    match &evidence.load {
        _ if evidence.is_shadow() => "; in shadow, so that nothing follows from it".to_owned(),
        Some(load) => format!("; scap sends {load}"),
        None => String::new(),
    }
}

/// `health`, `home (only in staging; after health; at most 3 attempts)`.
fn test(test: &Test) -> String {
    let (scope, after) = (&test.scope, &test.after);
    let operator = test.origin == Origin::Operator;
    let terms = [
        operator.then(|| DEFAULT.to_owned()),
        (!scope.is_everywhere()).then(|| format!("only in {scope}")),
        (!after.is_empty()).then(|| format!("after {}", after.join(" and "))),
        (test.retries > 0).then(|| format!("at most {} attempts", test.retries + 1)),
        test.quarantine.as_ref().map(ToString::to_string),
    ];
    let terms: Vec<String> = terms.into_iter().flatten().collect();
    match terms.as_slice() {
        [] => test.name.clone(),
        terms => format!("{} ({})", test.name, terms.join("; ")),
    }
}

/// A test on an instance: `home on web1, at attempt 3`.
pub(super) fn tried(report: &TestReport) -> String {
    let (test, instance, how) = (&report.test, &report.instance, report.circumstances());
    format!("{test} on {instance}{how}")
}

const DEFAULT: &str = "default of scap.yaml";

/// What a team did not declare itself is marked.
fn by_whom(origin: Origin) -> &'static str {
    match origin {
        Origin::Team => "",
        Origin::Operator => " (default of scap.yaml)",
    }
}

/// `evidence: errors of canary against default`
pub(super) fn comparison(evidence: &scap_plan::Evidence, plan: &Plan) -> String {
    let name = &evidence.counters.name;
    match &evidence.watch {
        Some(watch) if evidence.counters.is_shared => {
            format!("watch: {name} against {}", past(watch.past.as_ref()))
        }
        Some(_) => format!("watch: {name} of {}", sides(evidence, plan)),
        None => format!("evidence: {name} of {}", sides(evidence, plan)),
    }
}

/// `canary against default`
pub(crate) fn sides(evidence: &scap_plan::Evidence, plan: &Plan) -> String {
    let side = |steps: &[scap_plan::StepId]| {
        let names: Vec<String> = steps
            .iter()
            .map(|step| name_in(plan.step(*step), plan))
            .collect();
        names.join(", ")
    };
    let canary = side(&evidence.canary);
    let control = match &evidence.watch {
        Some(watch) => past(watch.past.as_ref()),
        None => side(&evidence.control),
    };
    format!("{canary} against {control}")
}

/// What a watch is compared with: `3 former runs`.
fn past(past: Option<&Past>) -> String {
    match past.map(|past| past.source) {
        Some(PastSource::Runs { runs }) => count(runs as usize, "former run"),
        Some(PastSource::Store { days: 1 }) => "the last day".to_owned(),
        Some(PastSource::Store { days }) => format!("the last {}", count(days as usize, "day")),
        Some(PastSource::Control) | None => "what this run's control shows".to_owned(),
    }
}

/// With its figures: `3 errors in 812 requests (0.37 %), 3 former runs`.
pub(super) fn past_in_full(known: Option<&Past>, counted: Counted) -> String {
    let Some(found) = known else {
        return "nothing is known of it".to_owned();
    };
    let sum = Counts {
        requests: found.requests,
        errors: found.errors,
    };
    format!("{}, {}", counts(sum, counted), past(known))
}

/// As short as it can be told from the others of the plan.
fn name_in(step: &Step, plan: &Plan) -> String {
    let namespace = |step: &Step| step.release().map(|release| release.namespace.clone());
    let is_beside = |other: &Step| namespace(other) != namespace(step);
    if plan.steps.iter().any(is_beside) {
        step.to_string()
    } else {
        short_name(step)
    }
}

/// A step in a word or three: `canary`, `canary in eqiad`.
pub(crate) fn short_name(step: &Step) -> String {
    match &step.kind {
        StepKind::HostGroup(group) => group.group.to_string(),
        StepKind::Release(release) => match &release.release {
            Some(name) => format!("{name} in {}", release.environment),
            None => format!("all in {}", release.environment),
        },
    }
}

/// How the log of the e-value stands: `1.3 of 4.6 towards an alarm`.
pub(super) fn alarm(log_e: f64, limit: f64) -> String {
    if log_e >= limit {
        format!("{log_e:.1}, beyond the limit of {limit:.1}")
    } else {
        format!("{:.1} of {limit:.1} towards an alarm", log_e.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::stories;
    use scap_plan::StepId;

    #[test]
    fn numbers_and_times_read_as_people_write_them() {
        assert_eq!(
            [0, 999, 8_120, 1_152_300].map(thousands),
            ["0", "999", "8,120", "1,152,300"]
        );
        assert_eq!(
            [0, 42_000, 725_999, 3_723_000].map(clock),
            ["0:00", "0:42", "12:05", "1:02:03"]
        );
        let ages = [
            0,
            999,
            1_000,
            59_999,
            240_000,
            7_200_000,
            86_400_000,
            200_000_000,
        ];
        let words = ages.map(|age| ago(UnixMillis(0), UnixMillis(age)));
        let expected = [
            "just now",
            "just now",
            "1 s ago",
            "59 s ago",
            "4 min ago",
            "2 h ago",
            "1 day ago",
            "2 days ago",
        ];
        assert_eq!(words, expected);
        assert_eq!(time_of_day(UnixMillis(i64::MAX), Offset::UTC), "--:--:--");
    }

    #[test]
    fn releases_of_several_namespaces_are_told_apart() {
        let mut plan = stories::mathoid();
        let shop = stories::shop(scap_plan::RollbackPolicy::Never);
        let Gate::Evidence(mut evidence) = shop.waves[0].gates[1].clone() else {
            panic!("the second gate of the shop is evidence")
        };
        (evidence.canary, evidence.control) = (vec![StepId(1)], vec![StepId(3)]);
        let long = "production-with-a-name-that-is-very-long-indeed";
        let told = format!("evidence: errors of canary in codfw against {long} in codfw");
        assert_eq!(comparison(&evidence, &plan), told);
        if let StepKind::Release(release) = &mut plan.steps[3].kind {
            release.namespace = "media".to_owned().try_into().unwrap();
        }
        let told = format!(
            "evidence: errors of canary in codfw (mathoid) against {long} in codfw (media)"
        );
        assert_eq!(comparison(&evidence, &plan), told);
    }

    #[test]
    fn a_gate_says_what_scap_sends_for_it() {
        let shop = stories::shop(scap_plan::RollbackPolicy::Never);
        let Gate::Evidence(mut evidence) = shop.waves[0].gates[1].clone() else {
            panic!("the second gate of the shop is evidence")
        };
        let load = |always| scap_plan::Load {
            source: scap_plan::LoadSource::Path("/cart".to_owned()),
            port: None,
            requests_per_second: 5,
            always,
            r#unsafe: false,
        };
        let cases = [
            (None, ", at most 1m"),
            (
                Some(load(true)),
                "; scap sends 5 requests per second of /cart to each side",
            ),
            (
                Some(load(false)),
                "; scap sends 5 requests per second of /cart to each side, while there is no traffic",
            ),
        ];
        for (load, end) in cases {
            evidence.load = load;
            let told = gate(&Gate::Evidence(evidence.clone()), &shop);
            assert!(told.ends_with(end), "{told}");
        }
    }

    #[test]
    fn what_is_counted_has_its_name() {
        let told = |errors, counted| {
            let requests = 800;
            counts(Counts { requests, errors }, counted)
        };
        assert_eq!(
            told(2, Counted::Errors),
            "2 errors in 800 requests (0.25 %)"
        );
        assert_eq!(
            told(1, Counted::SlowRequests),
            "1 slow request in 800 requests (0.12 %)"
        );
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(middle("shop", 4), "shop");
        assert_eq!(middle("production-codfw", 9), "prod…odfw");
        assert_eq!(middle("数学サービス", 7), "数学…ス");
        assert_eq!(middle("shop", 1), "…");
        assert_eq!(beginning("waiting for shop4", 9), "waiting …");
    }
}
