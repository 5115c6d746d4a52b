//! Takes the hooks out of a helmfile, since they run programs of whoever wrote it, and helmfile refuses files that have some.

use std::path::Path;

use super::Refusal;
use super::outline::{Content, Line, outline};

const HINT: &str =
    "write `hooks:` on a line of its own, with all of it indented below, or take the hooks out";

/// A helmfile without its hooks, whose lines keep their numbers, and the commands that they would have run.
pub(super) struct WithoutHooks {
    pub(super) text: String,
    pub(super) commands: Vec<String>,
}

/// Takes the hooks out of `text`; what cannot be told for certain to be hooks, or not to be any, is refused.
pub(super) fn without_hooks(file: &Path, text: &str) -> Result<WithoutHooks, Refusal> {
    let lines = outline(text);
    let mut kept: Vec<&str> = text.split('\n').collect();
    let mut commands = Vec::new();
    let mut next = 0;
    while let Some(line) = lines.get(next) {
        let refused = || {
            let what = "has hooks in a form that cannot be left out for certain";
            Refusal::at(file, what).line(line.index + 1).hint(HINT)
        };
        next += 1;
        if !names_hooks(line.text) || is_inside_values(line) {
            continue;
        }
        let Some(hooks) = Hooks::of(line) else {
            return Err(refused());
        };
        let end = hooks.end(&lines, next).ok_or_else(refused)?;
        kept[line.index] = hooks.before;
        commands.extend(commands_in(line.text));
        for line in &lines[next..end] {
            kept[line.index] = "";
            commands.extend(commands_in(line.text));
        }
        next = end;
    }
    let text = kept.join("\n");
    Ok(WithoutHooks { text, commands })
}

/// Whether `hooks` stands somewhere in the line as a key, also in braces or brought forth by a template.
fn names_hooks(text: &str) -> bool {
    let text = text.split(" #").next().unwrap_or_default();
    text.match_indices("hooks").any(|(at, name)| {
        let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
        let after = text[at + name.len()..].trim_start_matches(['"', '\'', '`', ' ', '}', '-']);
        !text[..at].ends_with(is_of_word) && after.starts_with(':')
    })
}

/// What a chart gets may have hooks of its own, which are none of helmfile's.
fn is_inside_values(line: &Line) -> bool {
    let Content::Yaml { path, key, .. } = &line.content else {
        return false;
    };
    let keys: Vec<&str> = path.iter().copied().chain(*key).collect();
    let has_values = |keys: &[&str]| keys.contains(&"values") || keys.contains(&"valuesTemplate");
    match keys.as_slice() {
        ["environments" | "values", ..] => true,
        ["releases", of_release @ ..] | ["templates", _, of_release @ ..] => has_values(of_release),
        _ => false,
    }
}

/// The beginning of a block of hooks.
struct Hooks<'a> {
    /// What stays of its line: the dash of a list's item.
    before: &'a str,
    column: usize,
    has_value: bool,
}

impl<'a> Hooks<'a> {
    fn of(line: &Line<'a>) -> Option<Self> {
        let Content::Yaml {
            dash,
            column,
            path,
            key: Some("hooks"),
            value,
            ..
        } = &line.content
        else {
            return None;
        };
        let is_of_helmfile = matches!(
            path.as_slice(),
            [] | ["releases" | "helmDefaults"] | ["templates", _]
        );
        let value = value.split(" #").next().unwrap_or_default().trim();
        if !is_of_helmfile || !is_whole(value) {
            return None;
        }
        Some(Self {
            before: dash.map_or("", |_| &line.text[..*column]),
            column: *column,
            has_value: !value.is_empty(),
        })
    }

    /// The line behind the block, which begins at `start`; none when that is not certain.
    fn end(&self, lines: &[Line], start: usize) -> Option<usize> {
        let (mut open, mut end) = (0_usize, start);
        for (index, line) in lines.iter().enumerate().skip(start) {
            match &line.content {
                Content::Template => {
                    let deeper = line.text.len() - line.text.trim_start().len() > self.column;
                    // Written beside the block but meant for it, or not: what follows tells.
                    if !deeper && !self.goes_on(&lines[index + 1..]) && open == 0 {
                        break;
                    }
                    let (opened, closed) = balance(line.text)?;
                    open = (open + opened).checked_sub(closed)?;
                }
                Content::Yaml { .. } if self.holds(line) => {
                    let (opened, closed) = balance(line.text)?;
                    (opened == closed).then_some(())?;
                }
                Content::Separator | Content::Yaml { .. } => break,
            }
            end = index + 1;
        }
        // A value on the key's own line and more below it fit no rule.
        (open == 0 && !(self.has_value && end > start)).then_some(end)
    }

    fn goes_on(&self, lines: &[Line]) -> bool {
        let next = lines.iter().find(|line| line.content != Content::Template);
        next.is_some_and(|line| self.holds(line))
    }

    fn holds(&self, line: &Line) -> bool {
        match &line.content {
            Content::Yaml {
                indentation, dash, ..
            } => *indentation > self.column || (*indentation == self.column && dash.is_some()),
            _ => false,
        }
    }
}

/// Whether a value ends on its own line.
fn is_whole(value: &str) -> bool {
    let count = |parts: &[char]| value.matches(parts).count();
    count(&['[']) == count(&[']'])
        && count(&['{']) == count(&['}'])
        && !value.starts_with(['|', '>'])
}

/// How many blocks of the template language the line opens and closes; none when an action is not closed on it.
fn balance(text: &str) -> Option<(usize, usize)> {
    if text.matches("{{").count() != text.matches("}}").count() {
        return None;
    }
    let words = text.split("{{").skip(1).filter_map(|action| {
        action
            .trim_start_matches(['-', ' ', '`'])
            .split([' ', '}'])
            .next()
    });
    let (mut opened, mut closed) = (0, 0);
    for word in words {
        match word {
            "if" | "range" | "with" | "define" | "block" => opened += 1,
            "end" => closed += 1,
            _ => {}
        }
    }
    Some((opened, closed))
}

/// `announce` of `command: "announce"`, also of several in braces.
fn commands_in(text: &str) -> impl Iterator<Item = String> {
    text.split("command:").skip(1).map(|rest| {
        let rest = rest.trim_start();
        let command = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next(),
            _ => rest.split([',', '}']).next(),
        };
        command.unwrap_or_default().trim().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> Result<(String, String), usize> {
        match without_hooks(Path::new("helmfile.yaml"), text) {
            Ok(WithoutHooks { text, commands }) => {
                let lines: Vec<&str> = text
                    .lines()
                    .filter(|line| !line.trim().is_empty())
                    .collect();
                Ok((lines.join("\n"), commands.join(",")))
            }
            Err(refusal) => Err(refusal.line.unwrap()),
        }
    }

    #[test]
    fn hooks_are_left_out_wherever_helmfile_knows_them() {
        let cases = [
            ("hooks:\n- command: a\nreleases: []\n", "releases: []", "a"),
            (
                "hooks: [{command: a, args: [x]}, {events: [prepare], command: 'b c'}]\n",
                "",
                "a,b c",
            ),
            (
                "hooks:\n  - events: [prepare]\n    command: 'b'\n\n  # c\n  - command: \"c\"\n",
                "  # c",
                "b,c",
            ),
            (
                "releases:\n- name: x\n  hooks:\n  - command: a\n    args:\n      [\n        \"{{`{{ .Release.Name }}`}}\",\n      ]\n- name: y\n",
                "releases:\n- name: x\n- name: y",
                "a",
            ),
            (
                "releases:\n- hooks:\n  - command: a\n  name: x\n",
                "releases:\n- \n  name: x",
                "a",
            ),
            (
                "templates:\n  default: &default\n    hooks:\n      - command: a\n    chart: x\n",
                "templates:\n  default: &default\n    chart: x",
                "a",
            ),
            (
                "helmDefaults:\n  hooks: []\n  wait: true\n",
                "helmDefaults:\n  wait: true",
                "",
            ),
            (
                "hooks:\n{{- if .Values.a }}\n- command: a\n{{- end }}\nreleases: []\n",
                "releases: []",
                "a",
            ),
            (
                "{{- if .Values.a }}\nhooks:\n- command: a\n{{- end }}\nreleases: []\n",
                "{{- if .Values.a }}\n{{- end }}\nreleases: []",
                "a",
            ),
            (
                "releases:\n- name: x\n  values:\n  - hooks:\n    - command: a\n",
                "releases:\n- name: x\n  values:\n  - hooks:\n    - command: a",
                "",
            ),
            (
                "environments:\n  eqiad:\n    values:\n    - hooks: 1\n",
                "environments:\n  eqiad:\n    values:\n    - hooks: 1",
                "",
            ),
            (
                "releases:\n- name: hooks\n  chart: my-hooks # hooks: none\n",
                "releases:\n- name: hooks\n  chart: my-hooks # hooks: none",
                "",
            ),
        ];
        for (text, expected, commands) in cases {
            assert_eq!(
                stripped(text),
                Ok((expected.to_owned(), commands.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn hooks_that_cannot_be_told_for_certain_are_refused() {
        let cases = [
            ("releases:\n- {name: x, hooks: [{command: a}]}\n", 2),
            ("releases:\n- name: x\n  hooks: [\n    {command: a}]\n", 3),
            ("releases:\n- name: x\n  hooks: |\n    - command: a\n", 3),
            (
                "hooks:\n- command: a\n{{ if .Values.a }}\n- command: b\nreleases: []\n{{ end }}\n",
                1,
            ),
            (
                "hooks:\n- command: a\n  args: [{{ if .Values.a }}\nb]\n{{ end }}\n",
                1,
            ),
            ("\n{{ \"hooks\" }}:\n- command: a\n", 2),
            ("{{ if .Values.a }}hooks:{{ end }}\n- command: a\n", 1),
            (
                "releases:\n- name: x\n  other:\n    hooks:\n    - command: a\n",
                4,
            ),
        ];
        for (text, line) in cases {
            assert_eq!(stripped(text), Err(line), "{text}");
        }
    }

    #[test]
    fn hostile_helmfiles_lose_their_hooks_or_are_refused() {
        let good = [
            "hooks:\n- command: a\n{{- if .Values.a }}\n  args: [{{ .x }}]\n{{- end }}\nreleases:\n- name: x\n  values:\n  - hooks: 1\n",
            "releases:\n- hooks: [{command: 'b c'}, {command: d}]\n  name: x\n# hooks: none\n---\nbases: [\"../a/{{ .Environment.Name }}.yaml\"]\n",
        ];
        scap_hostile::hostile_text("helmfile", &good, |text| {
            let file = Path::new("helmfile.yaml");
            if let Ok(without) = without_hooks(file, text) {
                assert_eq!(without.text.split('\n').count(), text.split('\n').count());
                let again = without_hooks(file, &without.text).map(|again| again.commands);
                assert!(
                    again.is_ok_and(|commands| commands.is_empty()),
                    "{}",
                    without.text
                );
            }
            let _ = super::super::hostile::refuse_values(file, text);
            let _ = super::super::hostile::refuse_functions(file, text);
            let _ = super::super::hostile::refuse_state(file, text);
            for reference in super::super::references::references(text) {
                assert!(
                    text.lines()
                        .nth(reference.index)
                        .unwrap()
                        .contains(reference.written)
                );
            }
            let _ = super::super::prepare::refuse_chart(file, text);
        });
    }
}
