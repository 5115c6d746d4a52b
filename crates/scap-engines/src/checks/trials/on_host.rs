//! Tests that run on a host itself: commands of its NRPE configuration, and scripts of what is deployed.

use scap_plan::{Test, Warning};
use scap_run::TestReport;

use crate::Scratch;
use crate::causes::with_causes;
use crate::checks::instances::Host;
use crate::ended::Ended;
use crate::hosts::Fleet;
use crate::process::{Ending, Program};

/// What is run.
#[derive(Clone, Copy)]
pub(super) enum HostTest<'a> {
    Nrpe { command: &'a str, warning: Warning },
    Script(&'a str),
}

pub(super) async fn test(
    (scratch, fleet): (&Scratch, &Fleet),
    test: &Test,
    asked: HostTest<'_>,
    host: &Host<'_>,
) -> TestReport {
    let (failure, remark) = match run((scratch, fleet), test, asked, host).await {
        Ok(remark) => (None, remark),
        Err(why) => (Some(why), None),
    };
    TestReport {
        test: test.name.clone(),
        instance: host.name.to_string(),
        failure,
        remark,
        ..TestReport::default()
    }
}

/// What is said of it though it passes, or why it fails.
async fn run(
    (scratch, fleet): (&Scratch, &Fleet),
    test: &Test,
    asked: HostTest<'_>,
    host: &Host<'_>,
) -> Result<Option<String>, String> {
    let there = fleet.reach(host.group, host.name);
    let program = there.and_then(|there| match asked {
        HostTest::Nrpe { command, .. } => there.nrpe(command),
        HostTest::Script(script) => there.script(script),
    });
    let program = Program {
        timeout: Some(test.timeout.duration()),
        ..program.map_err(|error| with_causes(&error))?
    };
    let ended = scratch.run(&program).await;
    let ended = ended.map_err(|error| with_causes(&error))?;
    match asked {
        HostTest::Nrpe { warning, .. } => judge(&ended, warning),
        HostTest::Script(_) => match ended.failure() {
            None => Ok(None),
            Some(failure) => Err(format!("the script {failure}")),
        },
    }
}

/// By the exit statuses and the words of NRPE.
fn judge(ended: &Ended, warning: Warning) -> Result<Option<String>, String> {
    let code = match (&ended.exit.ending, ended.exit.interruption) {
        (Ending::Exited { code }, None) => *code,
        _ => -1,
    };
    match code {
        0 => Ok(None),
        1 if warning == Warning::Passes => Ok(Some(told("WARNING", ended))),
        1 => Err(told("WARNING", ended)),
        2 => Err(told("CRITICAL", ended)),
        3 => Err(told("UNKNOWN", ended)),
        _ => {
            let failure = ended.failure().unwrap_or_default();
            Err(format!("UNKNOWN: the command {failure}"))
        }
    }
}

/// The first line, up to the figures for machines.
fn told(status: &str, ended: &Ended) -> String {
    let line = ended.first_line.as_deref().unwrap_or_default();
    let said = line.split('|').next().unwrap_or_default().trim();
    if said.contains(status) {
        return said.to_owned();
    }
    match said {
        "" => format!("{status}: the command said nothing"),
        said => format!("{status}: {said}"),
    }
}
