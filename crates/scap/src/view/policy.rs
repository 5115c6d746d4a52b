//! What a policy decides, and whether that is what was expected.

use super::page::Page;
use super::style::{DONE, FAILED, Tone, WARNING};
use scap_plan::{ConfigError, Expectation, PolicyCase, RuleName};
use serde::Serialize;
use serde_json::{Value, json};
use spiderpig_control::Decision;

/// A case, and what came out.
#[derive(Debug, Serialize)]
pub(crate) struct Tried {
    line: usize,
    case: String,
    expected: Expectation,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_rule: Option<RuleName>,
    decision: Decision,
}

impl Tried {
    pub(crate) fn new(case: &PolicyCase, decision: Decision) -> Self {
        let service = case.service.as_ref().map(|it| format!(" {it}"));
        let environment = case.environment.as_ref().map(|it| format!(" in {it}"));
        let asked = [service, environment]
            .into_iter()
            .flatten()
            .collect::<String>();
        Self {
            line: case.line,
            case: format!("{}: {}{asked}", case.person, case.right),
            expected: case.expected,
            expected_rule: case.rule.clone(),
            decision,
        }
    }

    /// Also by the rule that was expected, where one was.
    pub(crate) fn is_right(&self) -> bool {
        let is_rule =
            self.expected_rule.is_none() || self.expected_rule.as_ref() == self.decision.rule();
        self.decision.kind() == self.expected && is_rule
    }

    fn wanted(&self) -> String {
        let kind = json!(self.expected);
        let kind = kind.as_str().unwrap_or_default().replace('_', " ");
        let rule = self
            .expected_rule
            .as_ref()
            .map(|rule| format!(" by rule `{rule}`"));
        format!("{kind}{}", rule.unwrap_or_default())
    }
}

/// Each case that came out otherwise, and how many did not.
pub(crate) fn page(tried: &[Tried], warnings: &[ConfigError], width: usize) -> Page {
    let mut page = warned(warnings, width);
    let (good, bad): (Vec<&Tried>, Vec<&Tried>) = tried.iter().partition(|tried| tried.is_right());
    for tried in &bad {
        let sign = vec![Tone::Bad.span(format!("{FAILED} line {} ", tried.line))];
        let text = format!(
            "{}: expected {}, and it is {}",
            tried.case,
            tried.wanted(),
            tried.decision
        );
        page.paragraph(sign, &text, Tone::Plain);
    }
    let text = match (good.len(), bad.len()) {
        (0, 0) => "the policy can be read; `--cases FILE` tries what it decides".to_owned(),
        (good, 0) => format!("all {good} cases came out as expected"),
        (good, bad) => format!("{bad} of {} cases came out otherwise", good + bad),
    };
    let sign = if bad.is_empty() {
        Tone::Good.span(format!("{DONE} "))
    } else {
        Tone::Bad.span(format!("{FAILED} "))
    };
    page.paragraph(vec![sign], &text, Tone::Plain);
    page
}

/// One decision in words.
pub(crate) fn decided(decision: &Decision, warnings: &[ConfigError], width: usize) -> Page {
    let mut page = warned(warnings, width);
    let sign = match decision.kind() {
        Expectation::Allowed => Tone::Good.span(format!("{DONE} ")),
        Expectation::Refused => Tone::Bad.span(format!("{FAILED} ")),
        _ => Tone::Warning.span(format!("{WARNING} ")),
    };
    page.paragraph(vec![sign], &decision.to_string(), Tone::Plain);
    page
}

/// As data.
pub(crate) fn told(warnings: &[ConfigError]) -> Vec<Value> {
    let told = |it: &ConfigError| json!({ "file": it.file, "line": it.line, "column": it.column, "message": it.message, "hint": it.hint });
    warnings.iter().map(told).collect()
}

fn warned(warnings: &[ConfigError], width: usize) -> Page {
    let mut page = Page::new(width);
    for warning in warnings {
        let sign = vec![Tone::Warning.span(format!("{WARNING} "))];
        let (line, column) = (warning.line, warning.column);
        page.paragraph(
            sign,
            &format!("{}:{line}:{column}: {warning}", warning.file),
            Tone::Plain,
        );
        if let Some(hint) = &warning.hint {
            page.paragraph(vec![Tone::Accent.span("  Hint: ")], hint, Tone::Plain);
        }
    }
    page
}
