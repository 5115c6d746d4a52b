//! The tests that a chart brings, run by helm.

use std::time::Duration;

use scap_plan::Test;

use crate::Scratch;
use crate::causes::with_causes;
use crate::checks::instances::Release;
use crate::kubernetes::KubernetesSettings;
use crate::process::Program;

/// After its own time-out helm still fetches the logs.
const LOGS_PATIENCE: Duration = Duration::from_secs(20);
/// How helm begins the logs of a pod.
const LOGS: &str = "POD LOGS:";
const MOST_LINES: usize = 40;
const LONGEST_LINE_CHARACTERS: usize = 300;

/// Passes when all tests of the release do; a release without tests passes too.
pub(super) async fn test(
    scratch: &Scratch,
    settings: &KubernetesSettings,
    test: &Test,
    release: &Release<'_>,
) -> Result<(), String> {
    let program = program(settings, test, release)?;
    settings
        .make_folders()
        .map_err(|error| with_causes(&error))?;
    let mut said = Said::default();
    let ended = scratch.run_with(&program, |line| said.line(line)).await;
    let ended = ended.map_err(|error| with_causes(&error))?;
    match ended.failure() {
        None => Ok(()),
        Some(failure) if said.logs.is_empty() => Err(format!("helm test {failure}")),
        Some(_) => Err(format!("helm test failed; {}", said.logs.join(" / "))),
    }
}

fn program(
    settings: &KubernetesSettings,
    test: &Test,
    release: &Release<'_>,
) -> Result<Program, String> {
    let step = release.step;
    let name = step.release.as_ref().ok_or("a preview names no release")?;
    let timeout = format!("{}ms", test.timeout.milliseconds());
    let namespace = step.namespace.as_str();
    let arguments = [
        "test",
        name.as_str(),
        "--logs",
        "--namespace",
        namespace,
        "--timeout",
        &timeout,
    ];
    Ok(Program {
        arguments: arguments.map(str::to_owned).to_vec(),
        environment: settings.environment(step),
        directory: settings.scratch.clone(),
        timeout: Some(test.timeout.duration() + LOGS_PATIENCE),
        ..Program::new(format!("helm test {name}"), &settings.helm)
    })
}

/// What tells why it failed: helm's own error, and the logs of the tests' pods.
#[derive(Default)]
struct Said {
    is_in_logs: bool,
    logs: Vec<String>,
}

impl Said {
    fn line(&mut self, line: &str) {
        let line = line.trim();
        self.is_in_logs |= line.starts_with(LOGS);
        let is_telling = self.is_in_logs || line.starts_with("Error: ");
        if is_telling && !line.is_empty() && self.logs.len() < MOST_LINES {
            let line = line.chars().take(LONGEST_LINE_CHARACTERS).collect();
            self.logs.push(line);
        }
    }
}
