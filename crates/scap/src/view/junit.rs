//! Tests and their results as JUnit XML, which continuous integration reads.

use super::check::CountersLook;
use scap_plan::WaveId;
use scap_run::{RunState, TestReport};
use std::fmt::Write;

/// What ran at one time, under a name for people.
pub(crate) struct Suite {
    name: String,
    cases: Vec<Case>,
}

/// One test on one instance.
struct Case {
    test: String,
    instance: String,
    failure: Option<String>,
    remark: Option<String>,
    /// Why it counts as left out where it failed.
    quarantine: Option<String>,
}

/// What `scap check` tried: all tests, and whether the counters can be read.
pub(crate) fn of_checks(
    service: &str,
    reports: &[TestReport],
    looks: &[CountersLook],
) -> Vec<Suite> {
    let mut suites = suites(service.to_owned(), Some(reports));
    for CountersLook { counters, snapshot } in looks {
        let case = |instance: &String, why: Option<&String>| Case {
            test: counters.name.clone(),
            instance: instance.clone(),
            failure: why.cloned(),
            remark: None,
            quarantine: None,
        };
        let read = snapshot.instances.keys().map(|name| case(name, None));
        let missing = snapshot.missing.iter();
        let missing = missing.map(|(name, why)| case(name, Some(why)));
        suites.push(Suite {
            name: format!("{service}, counters of {}", counters.name),
            cases: read.chain(missing).collect(),
        });
    }
    suites
}

/// The tests of a run: a suite for each gate that ran, and one for those after the undo.
pub(crate) fn of_run(state: &RunState) -> Vec<Suite> {
    let service = &state.plan.service;
    let mut all = Vec::new();
    for (wave, gates) in state.gates.iter().enumerate() {
        let name = format!("{service} after {}", state.plan.wave(WaveId(wave)).name);
        for gate in gates {
            all.extend(suites(name.clone(), gate.reports.as_deref()));
        }
    }
    let undone = state.undo.as_ref();
    let checked = undone.and_then(|undo| undo.checked.as_deref());
    all.extend(suites(format!("{service} after the undo"), checked));
    all
}

/// No suite where nothing was to be tested.
fn suites(name: String, reports: Option<&[TestReport]>) -> Vec<Suite> {
    let reports = reports.filter(|reports| !reports.is_empty());
    let case = |report: &TestReport| Case {
        test: report.test.clone(),
        instance: report.instance.clone(),
        failure: report.failure.clone(),
        remark: report.remark.clone(),
        quarantine: report.quarantine.as_ref().map(ToString::to_string),
    };
    let suite = |reports: &[TestReport]| Suite {
        name,
        cases: reports.iter().map(case).collect(),
    };
    reports.map(suite).into_iter().collect()
}

/// The whole document.
pub(crate) fn document(suites: &[Suite]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for suite in suites {
        add_suite(&mut xml, suite);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn add_suite(xml: &mut String, suite: &Suite) {
    let failed = suite.cases.iter().filter(|case| case.failure.is_some());
    let (excused, failed): (Vec<&Case>, Vec<&Case>) =
        failed.partition(|case| case.quarantine.is_some());
    let (name, all) = (escape(&suite.name), suite.cases.len());
    let (failed, skipped) = (failed.len(), excused.len());
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" tests=\"{all}\" failures=\"{failed}\" skipped=\"{skipped}\">"
    );
    for case in &suite.cases {
        let (test, instance) = (escape(&case.test), escape(&case.instance));
        let _ = write!(
            xml,
            "    <testcase classname=\"{test}\" name=\"{instance}\""
        );
        let (sign, why) = match (&case.failure, &case.quarantine) {
            (None, _) => {
                add_remark(xml, case.remark.as_deref());
                continue;
            }
            (Some(why), None) => ("failure", why.clone()),
            // JUnit knows no failure that does not count.
            (Some(why), Some(quarantine)) => ("skipped", format!("{quarantine}; it failed: {why}")),
        };
        let why = escape(&why);
        let _ = writeln!(xml, ">\n      <{sign} message=\"{why}\"/>\n    </testcase>");
    }
    xml.push_str("  </testsuite>\n");
}

/// The end of a case that passed.
fn add_remark(xml: &mut String, remark: Option<&str>) {
    match remark {
        None => xml.push_str("/>\n"),
        Some(remark) => {
            let said = escape(remark);
            let _ = writeln!(
                xml,
                ">\n      <system-out>{said}</system-out>\n    </testcase>"
            );
        }
    }
}

/// Text as an attribute's value. What XML has no way to say is shown as the sign for what is unknown.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::stories;
    use insta::assert_snapshot;
    use scap_plan::Quarantine;
    use scap_run::{InstanceCounters, Snapshot};

    #[test]
    fn a_run_is_a_suite_for_each_gate_of_tests_and_one_for_the_undo() {
        let story = stories::rolled_back();
        assert_snapshot!(document(&of_run(&story.state)));
    }

    #[test]
    fn what_scap_check_tried_is_a_suite_with_each_reason() {
        let report = |instance: &str, failure: Option<&str>| TestReport {
            test: "home".to_owned(),
            instance: instance.to_owned(),
            failure: failure.map(str::to_owned),
            ..TestReport::default()
        };
        let why = "answered \"<b>\u{1b}[31m&\u{0}</b>\"\nand more";
        let reports = [
            report("web1", None),
            TestReport {
                remark: Some("WARNING: 9 % free".to_owned()),
                ..report("web1b", None)
            },
            report("web2", Some(why)),
            TestReport {
                retries: 2,
                quarantine: Some(Quarantine {
                    reason: "T123: flaky".to_owned(),
                    until: "2026-12-31".to_owned().try_into().ok(),
                }),
                ..report("web3", Some("slow"))
            },
        ];
        let mut snapshot = Snapshot::default();
        let counted = InstanceCounters::default();
        snapshot.instances.insert("web1".to_owned(), counted);
        let missing = "no answer".to_owned();
        snapshot.missing.insert("web2".to_owned(), missing);
        let look = CountersLook {
            counters: stories::errors(),
            snapshot,
        };
        assert_snapshot!(document(&of_checks("shop", &reports, &[look])));
    }

    #[test]
    fn hostile_text_does_not_leave_its_attribute() {
        let good = ["a <b> & \"c\" ]]> \u{1b}[31m\u{7f}\u{85}\u{fffe}\r\n\t<!-- -->"];
        scap_hostile::hostile_text("junit", &good, |text| {
            let escaped = escape(text);
            let is_outside = |c: char| c.is_ascii_control() && c != '\u{7f}';
            assert!(!escaped.contains(['<', '>', '"']) && !escaped.contains(is_outside));
            let plain = escaped.replace("&lt;", "<").replace("&gt;", ">");
            let plain = plain.replace("&quot;", "\"").replace("&#10;", "\n");
            let plain = plain.replace("&#13;", "\r").replace("&#9;", "\t");
            let known = |c: char| !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
            let wanted: String = text
                .chars()
                .map(|c| if known(c) { c } else { '\u{fffd}' })
                .collect();
            assert_eq!(plain.replace("&amp;", "&"), wanted);
        });
    }
}
