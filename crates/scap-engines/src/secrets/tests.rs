//! What is known is hidden, wherever it stands.

use super::*;

const KEY: &str = "-----BEGIN SHOP KEY-----\nMIIEpAIBAAKCAQEA7bq0\nQ2xvdWRzYXJlbm90cmVh\n-----END SHOP KEY-----\n";

fn knowing(values: &[&str]) -> KnownSecrets {
    let known = KnownSecrets::default();
    known.learn(values.iter().map(|value| Secret {
        label: "secret shop/token".to_owned(),
        value: value.as_bytes().to_vec(),
    }));
    known
}

/// As when there is too much to look for.
fn without_mask() -> KnownSecrets {
    KnownSecrets(Arc::new(RwLock::new(State {
        mask: Made::Impossible,
        ..State::default()
    })))
}

fn streamed(known: &KnownSecrets, chunks: &[&str]) -> String {
    let mut shown = known.shown_lines();
    let mut lines: Vec<String> = Vec::new();
    for chunk in chunks {
        lines.extend(shown.push(chunk.as_bytes()));
    }
    lines.extend(shown.finish());
    lines.into_iter().map(|line| line + "\n").collect()
}

#[test]
fn what_is_learned_is_masked_from_then_on_in_every_clone() {
    let known = knowing(&[]);
    let clone = known.clone();
    assert_eq!(clone.mask("pass hunter2x"), "pass hunter2x");
    known.learn([Secret {
        label: "secret shop/token".to_owned(),
        value: b"hunter2x".to_vec(),
    }]);
    for text in ["pass hunter2x", "pass aHVudGVyMng=", "pass hunter2x"] {
        assert_eq!(clone.mask(text), "pass [masked: secret shop/token]");
    }
}

#[test]
fn a_secret_is_masked_across_chunks_and_lines() {
    let known = knowing(&["hunter2x", KEY]);
    assert_eq!(
        streamed(&known, &["a hun", "ter", "2x b\n"]),
        "a [masked: secret shop/token] b\n"
    );
    let seen = streamed(&known, &["key:\n", KEY, "done\n"]);
    assert!(seen.contains("[masked: secret shop/token]"), "{seen}");
    for line in KEY.lines().filter(|line| !line.starts_with("--")) {
        assert!(!seen.contains(line), "{seen}");
    }
}

#[test]
fn every_part_of_a_failure_is_masked() {
    let known = knowing(&["hunter2x"]);
    let failure = Failure::failed("no hunter2x")
        .cause("1 hunter2x")
        .cause("2 hunter2x")
        .hint("3 hunter2x")
        .command("4 hunter2x");
    let text = format!("{:?}", known.failure(failure));
    assert!(!text.contains("hunter2x"), "{text}");
    assert_eq!(text.matches("[masked: secret shop/token]").count(), 5);
}

#[test]
fn without_a_mask_nothing_is_shown() {
    let known = without_mask();
    assert_eq!(known.mask("harmless"), HIDDEN);
    assert_eq!(
        streamed(&known, &["harmless\n", "harmless\n"]),
        format!("{HIDDEN}\n{HIDDEN}\n")
    );
}
