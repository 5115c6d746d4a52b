//! Shell scripts stop at the first thing that goes wrong.

use crate::checkout::{Place, TextFile, expect_none, file, places};

const STRICT: &str = "set -euo pipefail";

#[test]
fn every_script_stops_at_the_first_failure() {
    expect_none(
        &places(is_script, careless),
        "Begin with `#!/usr/bin/env bash`, a line that says what it does, and `set -euo pipefail`.",
    );
}

#[test]
fn continuous_integration_has_a_script() {
    assert!(is_script(file(".ci/run")));
}

#[test]
fn this_rule_can_fail() {
    for (text, expected) in [
        (
            "#!/usr/bin/env bash\n# What it does.\nset -euo pipefail\nls\n",
            false,
        ),
        ("#!/bin/sh\nset -euo pipefail\n", true),
        ("#!/usr/bin/env bash\nls\nset -euo pipefail\n", true),
        ("# No first line.\nset -euo pipefail\n", true),
        ("", true),
    ] {
        let script = TextFile::new("dev/snippet", text);
        assert_eq!(careless(&script).is_some(), expected, "{text}");
    }
}

/// What people and machines call; files that others source, as in dev/lib, are no scripts.
fn is_script(file: &TextFile) -> bool {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    [".ci", "dev", "e2e"].contains(&folder) && !name.contains('.')
}

fn careless(script: &TextFile) -> Option<Place> {
    let mut lines = script.text.lines();
    if lines.next() != Some("#!/usr/bin/env bash") {
        return Some(Place::new(script, 1, "has no `#!/usr/bin/env bash`"));
    }
    let (index, first) = lines
        .enumerate()
        .find(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .unwrap_or((0, "(nothing)"));
    (first != STRICT).then(|| Place::new(script, index + 2, format!("begins with {first}")))
}
