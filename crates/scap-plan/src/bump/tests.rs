//! Edits as data, and the law that every other byte is kept.

use super::*;
use proptest::prelude::*;

const OLD: &str = "2026-03-01-101010-production";
const NEW: &str = "2026-04-02-111111-production";

fn tag(text: &str) -> Tag {
    Tag::try_from(text.to_owned()).unwrap()
}

fn bump(text: &str) -> Result<Bumped, ConfigError> {
    VersionKey::default().bump(&Source::new("values.yaml", text), &tag(NEW))
}

fn add(text: &str) -> Result<Bumped, ConfigError> {
    VersionKey::default().bump_or_add(&Source::new("values.yaml", text), &tag(NEW))
}

#[test]
fn the_value_changes_in_its_own_quotes_and_nothing_else_does() {
    for text in [
        "main_app:\n  version: OLD\n",
        "main_app:\n  version: OLD",
        "main_app:\r\n  version: OLD\r\n  port: 8080\r\n",
        "main_app:\n  version: OLD  # since the last one\n",
        "main_app:\n  version: 'OLD' # quoted\n",
        "main_app:\n  version:   \"OLD\"\n  # the end\n",
        "main_app: {image: shop, version: OLD, port: 1}\n",
        "{main_app: {version: OLD}}",
        "# ü\n---\nother: {version: OLD2}\nmain_app:\n  image: ä\n  version: OLD\n  b: |\n    text\n\n\nversion: x\n",
        "\u{feff}main_app:\n  version: OLD\n",
        "a: &a {x: 1}\nb: *a\nc:\n  <<: *a\nmain_app:\n  version: OLD\n",
        "a: '{{ .Values.x }}'\nmain_app:\n  version: OLD\n",
        "main_app:\n    version:\n      OLD\n",
        "? main_app\n: version: OLD\n",
        "[a]: b\nmain_app:\n  ? {x: 1}\n  : y\n  version: OLD\n",
    ] {
        let bumped = bump(&text.replace("OLD", OLD)).unwrap();
        let expected = text.replace("OLD2", "2").replace("OLD", NEW);
        assert_eq!(bumped.text.replace(&format!("{OLD}2"), "2"), expected);
        assert_eq!(bumped.previous.as_deref(), Some(OLD));
        let line = bumped.text.lines().nth(bumped.line - 1).unwrap();
        assert!(line.contains(NEW), "{bumped:?}");
    }
}

#[test]
fn a_tag_that_would_be_read_as_a_number_gets_quotes() {
    let source = Source::new("values.yaml", "main_app: {version: 1.10}\n");
    for (new, written) in [
        ("1.20", "\"1.20\""),
        ("2026-03-01", "\"2026-03-01\""),
        ("null", "\"null\""),
        ("off", "\"off\""),
        ("0b1", "\"0b1\""),
        ("v1.20", "v1.20"),
        ("1.2.3", "1.2.3"),
        (NEW, NEW),
    ] {
        let bumped = VersionKey::default().bump(&source, &tag(new)).unwrap();
        assert_eq!(bumped.text, format!("main_app: {{version: {written}}}\n"));
        assert_eq!(bumped.previous.as_deref(), Some("1.10"));
    }
}

#[test]
fn what_cannot_be_changed_alone_is_refused_where_it_stands() {
    let cases = [
        (
            "main_app:\n  version: &v x\n",
            "2:12: main_app.version must have no anchor, by which other places repeat it",
        ),
        (
            "main_app: &app\n  version: x\n",
            "1:11: main_app must have no anchor, by which other places repeat it",
        ),
        (
            "v: &v x\nmain_app:\n  version: *v\n",
            "3:12: main_app.version must not be an alias, which repeats what stands elsewhere",
        ),
        (
            "a: &a {version: x}\nmain_app: *a\n",
            "2:11: main_app must not be an alias, which repeats what stands elsewhere",
        ),
        (
            "main_app:\n  version: x\n  version: y\n",
            "3:3: key 'version' is at line 2, column 3 already",
        ),
        (
            "main_app: {version: x}\nmain_app: {}\n",
            "2:1: key 'main_app' is at line 1, column 1 already",
        ),
        (
            "main_app:\n  version: {{ .Values.tag }}\n",
            "2:12: main_app.version is a template, in which a tag cannot be changed",
        ),
        (
            "main_app:\n  version: '{{ .Values.tag }}'\n",
            "2:12: main_app.version is a template, in which a tag cannot be changed",
        ),
        (
            "main_app:\n  version:\n",
            "2:10: main_app.version has no value",
        ),
        (
            "main_app:\n  version: [x]\n",
            "2:12: main_app.version must be a tag, not a mapping or a list",
        ),
        (
            "main_app:\n  version: |\n    x\n",
            "3:5: main_app.version must stand in one line, without escapes and tags",
        ),
        (
            "main_app:\n  version: x\n    y\n",
            "2:12: main_app.version must stand in one line, without escapes and tags",
        ),
        ("main_app: x\n", "1:11: main_app must be a mapping"),
        (
            "main_app: [x]\n",
            "1:11: main_app must be a mapping, not a list",
        ),
        (
            "main_app: {version: x}\n---\na: b\n",
            "2:1: must be one YAML document, not several",
        ),
        (
            "{{ if .x }}\nmain_app:\n",
            "2:1: it is not YAML: did not find expected",
        ),
        ("main_app: {}\n", "1:1: there is no 'main_app.version'"),
        ("main_app:\n", "1:1: there is no 'main_app.version'"),
        (
            "main: {version: x}\n",
            "1:1: there is no 'main_app.version'",
        ),
        ("", "1:1: there is no 'main_app.version'"),
    ];
    let found = cases.map(|(text, _)| {
        let error = bump(text).unwrap_err();
        format!("{}:{}: {}", error.line, error.column, error.message)
    });
    for (found, (text, expected)) in found.iter().zip(cases) {
        assert!(found.starts_with(expected), "{text}\n{found}");
    }
}

#[test]
fn a_key_that_looks_like_it_is_hinted_at() {
    let error = bump("main_app: {versoin: x}\n").unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `versoin`?"));
}

#[test]
fn a_missing_key_is_added_where_that_is_asked_for() {
    for (text, expected) in [
        ("", "main_app:\n  version: NEW\n"),
        ("# only this\n", "# only this\nmain_app:\n  version: NEW\n"),
        ("a: 1", "a: 1\nmain_app:\n  version: NEW\n"),
        ("a: 1\r\n", "a: 1\r\nmain_app:\r\n  version: NEW\r\n"),
        (
            "main_app: # it\n    # one\n    replicas: 1\nb: 2\n",
            "main_app: # it\n    version: NEW\n    # one\n    replicas: 1\nb: 2\n",
        ),
        ("main_app:\n  version: OLD\n", "main_app:\n  version: NEW\n"),
    ] {
        let bumped = add(&text.replace("OLD", OLD)).unwrap();
        assert_eq!(bumped.text, expected.replace("NEW", NEW));
        let line = bumped.text.lines().nth(bumped.line - 1).unwrap();
        assert!(line.contains(NEW), "{bumped:?}");
    }
    for text in [
        "main_app: {}\n",
        "main_app:\n",
        "{}",
        "? main_app\n: a: 1\n",
        "a: 1\n...\n",
        "- a\n",
    ] {
        assert!(add(text).is_err(), "{text}: {:?}", add(text));
    }
}

#[test]
fn hiera_names_the_service() {
    let key = VersionKey::hiera(&crate::ServiceName::new("citoid").unwrap());
    let text = "# beta\nprofile::docker::runner::service_defs:\n  mathoid:\n    version: a\n  citoid:\n    version: 'b'  # c\n";
    let bumped = key
        .bump(&Source::new("hiera.yaml", text), &tag(NEW))
        .unwrap();
    assert_eq!(bumped.text, text.replace("'b'", &format!("'{NEW}'")));
    let missing = VersionKey::hiera(&crate::ServiceName::new("matoid").unwrap());
    let error = missing
        .bump(&Source::new("hiera.yaml", text), &tag(NEW))
        .unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("did you mean `mathoid`?"));
}

#[test]
fn the_newest_tag_is_that_of_the_newest_date_with_the_same_ending() {
    let tags = [
        "2026-03-01-101010-production",
        "2026-03-02-000000-production",
        "2026-03-03-000000-candidate",
        "2026-03-03-000000",
        "2026-3-4-000000-production",
        "latest",
        "production",
    ]
    .map(tag);
    let of = |current: &[&str]| {
        let current: Vec<String> = current.iter().map(ToString::to_string).collect();
        newest(tags.clone(), &current).map_err(|error| error.to_string())
    };
    assert_eq!(of(&[OLD]), Ok(tag("2026-03-02-000000-production")));
    assert_eq!(of(&["2020-01-01-000000"]), Ok(tag("2026-03-03-000000")));
    assert_eq!(
        of(&["v1"]),
        Err("'v1' does not begin with a date, so no tag is newer than it".to_owned())
    );
    assert_eq!(
        of(&[OLD, "2026-03-03-000000"]),
        Err(format!(
            "'{OLD}' and '2026-03-03-000000' end differently, so no tag follows both"
        ))
    );
    assert_eq!(
        of(&["2020-01-01-000000-x"]),
        Err("no tag looks like `YYYY-MM-DD-HHMMSS-x`".to_owned())
    );
}

#[test]
fn tags_that_could_be_something_else_are_refused() {
    for bad in [
        "",
        "-x",
        ".x",
        "a b",
        "a/b",
        "a:b",
        "ä",
        "a\n",
        &"a".repeat(129),
    ] {
        assert_eq!(Tag::try_from(bad.to_owned()), Err(TagError), "{bad:?}");
    }
}

/// What stands around the version, each line as a person may write it.
fn lines(indentation: &'static str) -> impl Strategy<Value = Vec<String>> {
    let key = "[a-u][a-z]{0,5}";
    let value = prop_oneof![
        "[a-zé]{1,8}",
        "[0-9]{1,4}",
        "'[a-z #:é]{0,8}'",
        "\"[a-z #:é]{0,8}\"",
        Just("[1, {a: b}]".to_owned()),
    ];
    let comment = "( {0,3}#[ -~é]{0,12})?";
    let entry = (key, value, comment, " {0,2}").prop_map(|(key, value, comment, blanks)| {
        let comment = if comment.is_empty() {
            comment
        } else {
            format!(" {comment}")
        };
        format!("{key}: {value}{comment}{blanks}")
    });
    let line = prop_oneof![
        4 => entry.prop_map(move |entry| format!("{indentation}{entry}")),
        1 => "#[ -~é]{0,12}",
        1 => " {0,4}",
        1 => Just(format!("{indentation}zz{}: |\n{indentation}  text # {indentation}\n{indentation}  more", "")),
    ];
    prop::collection::vec(line, 0..5)
}

proptest! {
    #[test]
    fn every_other_byte_is_kept(
        before in lines(""),
        above in lines("  "),
        below in lines("  "),
        after in lines(""),
        quote in prop_oneof![Just(""), Just("'"), Just("\"")],
        behind in "( {1,3}#[ -~é]{0,12}| {0,2})",
        line_end in prop_oneof![Just("\n"), Just("\r\n")],
        ends in any::<bool>(),
    ) {
        let version = format!("  version: {quote}{OLD}{quote}{behind}");
        let mut all = before;
        all.push("main_app:".to_owned());
        all.extend(above);
        all.push(version);
        all.extend(below);
        all.extend(after);
        let mut text = all.join("\n").replace('\n', line_end);
        if ends {
            text.push_str(line_end);
        }
        let bumped = bump(&text);
        // The same key twice is refused only on the way to the version, where none is generated.
        let bumped = bumped.map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        prop_assert_eq!(bumped.text, text.replacen(OLD, NEW, 1));
    }

    #[test]
    fn nothing_makes_it_panic_or_change_more(text in "[a-c:{}\\[\\]&*!|>'\"#%@, \\r\\n\u{feff}é-]{0,60}", at in 0usize..60) {
        let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
        let text = format!("{}main_app: {{version: x}}{}", &text[..at], &text[at..]);
        if let Ok(bumped) = bump(&text) {
            let previous = bumped.previous.unwrap();
            prop_assert_eq!(bumped.text.len() + previous.len(), text.len() + NEW.len());
            prop_assert_eq!(bumped.text.replacen(NEW, &previous, 1), text.clone());
        }
        if let Ok(added) = add(&text) && added.previous.is_none() {
            prop_assert!(added.text.len() > text.len());
        }
    }
}
