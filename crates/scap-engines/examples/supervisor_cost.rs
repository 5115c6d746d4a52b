//! What `make bench-process` measures: the supervisor's time for each program and its memory, and lines a second that a
//! runner takes in.
//!
//! `supervisor_cost SCAP [PROGRAMS]`: the binary that supervises, and how many programs are run in each way.

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

use scap_engines::process::{Containment, Program, ProgramId, Supervisor, supervise};
use scap_engines::secrets::KnownSecrets;
use tokio_util::sync::CancellationToken;

type Outcome<T> = Result<T, Box<dyn Error>>;

const PROGRAMS: usize = 200;
/// Supervisors that wait side by side while their memory is read.
const WAITING: usize = 20;
const LINES: usize = 5_000_000;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // This file stands in for the binary where it is to be told which way to take.
        [name, "supervise", folder, ..] => {
            supervise(Path::new(folder), None, way(name));
            Ok(())
        }
        [_, scap] => measure(&fs::canonicalize(scap)?, PROGRAMS),
        [_, scap, programs] => measure(&fs::canonicalize(scap)?, programs.parse()?),
        _ => Err("supervisor_cost SCAP [PROGRAMS]".into()),
    }
}

fn way(name: &str) -> &'static [Containment] {
    if name.ends_with("descent") {
        &Containment::ALL[2..]
    } else if name.ends_with("freezer") {
        &Containment::ALL[1..2]
    } else {
        &Containment::ALL[..1]
    }
}

#[tokio::main(flavor = "current_thread")]
async fn measure(scap: &Path, programs: usize) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let bare = (0..programs).map(|_| spawn_bare());
    print(
        "`true`, spawned and waited for",
        bare.collect::<Outcome<_>>()?,
    )?;
    print_runs("`true` under `scap supervise`", scap, programs).await?;
    for way in ["cgroup", "freezer", "descent"] {
        let executable = folder.path().join(way);
        std::os::unix::fs::symlink(std::env::current_exe()?, &executable)?;
        let what = format!("`true` under a small supervisor, by {way}");
        print_runs(&what, &executable, programs).await?;
    }
    print_memory(scap).await?;
    print_lines(scap).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a supervisor is compared with"
)]
fn spawn_bare() -> Outcome<Duration> {
    let start = Instant::now();
    std::process::Command::new("/bin/true")
        .env_clear()
        .status()?;
    Ok(start.elapsed())
}

async fn print_runs(what: &str, executable: &Path, programs: usize) -> Outcome<()> {
    let (folder, abort) = (tempfile::tempdir()?, CancellationToken::new());
    let supervisor = Supervisor::new(executable, folder.path(), KnownSecrets::default());
    let program = Program::new("true", "/bin/true");
    let mut took = Vec::new();
    for number in 0..programs {
        let (id, start) = (format!("1/{number}").parse()?, Instant::now());
        let exit = supervisor.run(&id, &program, &abort, |_| {}).await?;
        took.push(start.elapsed());
        if !exit.succeeded() {
            return Err(format!("{what}: {exit:?}").into());
        }
    }
    let start: serde_json::Value = serde_json::from_str(&fs::read_to_string(
        folder.path().join("1/0/supervisor.json"),
    )?)?;
    let way = start["cgroup"]["containment"].as_str().unwrap_or("descent");
    print(&format!("{what} ({way})"), took)
}

fn print(what: &str, mut took: Vec<Duration>) -> Outcome<()> {
    took.sort();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    writeln!(
        stdout(),
        "{what}: median {:.2} ms, p99 {:.2} ms ({} programs)",
        at(50),
        at(99),
        took.len()
    )?;
    Ok(())
}

async fn print_memory(scap: &Path) -> Outcome<()> {
    let (folder, abort) = (tempfile::tempdir()?, CancellationToken::new());
    let supervisor = Supervisor::new(scap, folder.path(), KnownSecrets::default());
    let program = Program {
        arguments: vec!["1000".to_owned()],
        grace: Duration::from_millis(100),
        ..Program::new("sleep", "/bin/sleep")
    };
    let ids: Outcome<Vec<ProgramId>> = (0..WAITING)
        .map(|number| Ok(format!("1/{number}").parse()?))
        .collect();
    let ids = ids?;
    let runs = ids
        .iter()
        .map(|id| supervisor.run(id, &program, &abort, |_| {}));
    let look = async {
        let is_running = |id: &ProgramId| folder.path().join(id).join("program.pid").exists();
        while !ids.iter().all(is_running) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let memory = ids
            .iter()
            .map(|id| memory_mebibytes(&folder.path().join(id)));
        let memory: Outcome<Vec<(f64, f64)>> = memory.collect();
        abort.cancel();
        memory
    };
    let (_, memory) = tokio::join!(futures::future::join_all(runs), look);
    let (mut resident, mut proportional): (Vec<f64>, Vec<f64>) = memory?.into_iter().unzip();
    resident.sort_by(f64::total_cmp);
    proportional.sort_by(f64::total_cmp);
    writeln!(
        stdout(),
        "a waiting `scap supervise`: {:.1} MiB resident, {:.2} MiB of it its own share with {WAITING} of them (medians)",
        resident[WAITING / 2],
        proportional[WAITING / 2]
    )?;
    Ok(())
}

/// RSS and PSS of the supervisor of a program.
fn memory_mebibytes(folder: &Path) -> Outcome<(f64, f64)> {
    let start: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("supervisor.json"))?)?;
    let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", start["supervisor"]))?;
    let of = |name: &str| -> Outcome<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|rest| rest.split_whitespace().next());
        Ok(kibibytes
            .ok_or("smaps_rollup says less than it should")?
            .parse::<f64>()?
            / 1024.0)
    };
    Ok((of("Rss:")?, of("Pss:")?))
}

async fn print_lines(scap: &Path) -> Outcome<()> {
    let (folder, abort) = (tempfile::tempdir()?, CancellationToken::new());
    let supervisor = Supervisor::new(scap, folder.path(), KnownSecrets::default());
    let program = Program {
        arguments: vec![LINES.to_string()],
        ..Program::new("seq", "/usr/bin/seq")
    };
    let (mut lines, start, id) = (0_u64, Instant::now(), "1/0".parse()?);
    let exit = supervisor
        .run(&id, &program, &abort, |_| lines += 1)
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    let program =
        Duration::from_millis(exit.ended_unix_milliseconds - exit.started_unix_milliseconds);
    writeln!(
        stdout(),
        "{LINES} lines: the program wrote them in {:.2} s, the runner had taken all in after {seconds:.2} s and handed {lines} out",
        program.as_secs_f64()
    )?;
    Ok(())
}
