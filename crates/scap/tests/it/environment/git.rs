//! git, as a person types it in a repository.

use std::path::Path;

#[expect(
    clippy::disallowed_methods,
    reason = "a test makes its repository itself"
)]
pub(crate) fn git(repository: &Path, words: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args([
            "-c",
            "user.name=A Test",
            "-c",
            "user.email=test@example.org",
        ])
        .args(words)
        .current_dir(repository)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
