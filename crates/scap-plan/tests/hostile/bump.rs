//! An edit changes the version and nothing else, or it is refused, whatever stands around it.

use scap_hostile::hostile_text;
use scap_plan::{ConfigError, ServiceName, Source, Tag, VersionKey};

const NEW: &str = "2026-04-02-111111-production";

const VALUES: &[&str] = &[
    "main_app:\n  image: shop\n  version: 2026-03-01-101010-production # since then\n  port: 8080\n",
    "# ü\n---\nother: {version: x}\nmain_app: {image: 'shop', version: \"1.10\", port: 1}\nb: |\n  text\n",
    "a: &a {x: 1}\nb: *a\nc:\n  <<: *a\nmain_app:\r\n  version: 'x'\r\n",
    "docker:\n  registry: docker-registry.example\nmain_app:\n    args: [\"a\"]\n    version:\n      v1\n",
];

const HIERA: &[&str] = &[
    "# beta\nprofile::docker::runner::service_defs:\n  mathoid:\n    version: a\n  citoid:\n    version: 'b'  # c\n    port: 1\n",
    "profile::docker::runner::service_defs: {citoid: {version: x}}\n",
];

/// The bytes before and after the version are those of the old text.
fn assert_only_the_version_changed(old: &str, new: &str, previous: &str) {
    let at = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(old, new)| old == new)
        .count();
    let old_rest = &old.as_bytes()[at..];
    let new_rest = &new.as_bytes()[at..];
    let end = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    // What both versions begin or end with counts as unchanged here; the rest of them, with quotes, is all there is.
    let (gone, come) = (old_rest.len() - end, new_rest.len() - end);
    assert!(
        gone <= previous.len() + 2 && come <= NEW.len() + 2,
        "{old:?} became {new:?}"
    );
}

fn edit(key: &VersionKey, text: &str) {
    let (source, tag) = (
        Source::new("values.yaml", text),
        Tag::try_from(NEW.to_owned()).unwrap(),
    );
    let standing = key.standing(&source);
    let has_place = |error: &ConfigError| {
        let lines = text
            .chars()
            .filter(|c| ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'].contains(c))
            .count()
            + 1;
        assert!((1..=lines + 1).contains(&error.line), "{error:?}");
    };
    match key.bump(&source, &tag) {
        Ok(bumped) => {
            let previous = bumped.previous.unwrap();
            assert_only_the_version_changed(text, &bumped.text, &previous);
            assert_eq!(standing.unwrap().unwrap().version, previous);
            let again = key
                .standing(&Source::new("values.yaml", &bumped.text))
                .unwrap();
            assert_eq!(again.unwrap().version, NEW);
        }
        Err(error) => has_place(&error),
    }
    match key.bump_or_add(&source, &tag) {
        Ok(added) if added.previous.is_none() => {
            let at = text
                .bytes()
                .zip(added.text.bytes())
                .take_while(|(old, new)| old == new)
                .count();
            assert!(
                added.text.ends_with(&text[floor(text, at)..]),
                "{text:?} became {:?}",
                added.text
            );
        }
        Ok(_) => {}
        Err(error) => has_place(&error),
    }
}

/// Where the character at the byte begins.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn a_hostile_values_file_keeps_every_other_byte() {
    hostile_text("values file", VALUES, |text| {
        edit(&VersionKey::default(), text);
    });
}

#[test]
fn a_hostile_hiera_file_keeps_every_other_byte() {
    let key = VersionKey::hiera(&ServiceName::new("citoid").unwrap());
    hostile_text("Hiera", HIERA, |text| edit(&key, text));
}
