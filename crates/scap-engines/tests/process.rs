//! Programs under the real supervisor process: what is kept, what is killed, and what survives a killed runner.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "process/aborts.rs"]
mod aborts;
#[path = "process/bounds.rs"]
mod bounds;
#[path = "process/containment.rs"]
mod containment;
#[path = "process/fencing.rs"]
mod fencing;
#[path = "process/place.rs"]
mod place;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use place::{Place, kill, supervisor_of, texts};
use rustix::process::Signal;
use scap_engines::process::{
    Ending, Interruption, Leftovers, MARKER, OutputLine, Program, ProgramId, Stream,
};
use tokio_util::sync::CancellationToken;

const NONE: [i32; 0] = [];

/// A tree that does not want to die: ignored signals, sessions of their own, a double fork, an erased environment.
/// Each of its five processes says `ready`.
const STUBBORN: &str = "
    trap '' INT TERM
    setsid sh -c 'setsid sh -c \"echo ready; exec sleep 1000\" & echo ready; exec sleep 1000' &
    ( ( sh -c 'echo ready; exec sleep 1000' & ) & )
    env -i /usr/bin/setsid /bin/sh -c 'echo ready; exec /bin/sleep 1000' &
    echo ready
    wait; wait; sleep 1000
";

/// Calls `act` once all of the stubborn tree is there.
fn when_ready(
    mut act: impl FnMut(&CancellationToken),
) -> impl FnMut(&OutputLine, &CancellationToken) {
    let mut ready = 0;
    move |line, abort| {
        assert_eq!(line.text, "ready");
        ready += 1;
        if ready == 5 {
            act(abort);
        }
    }
}

#[tokio::test]
async fn exit_code_and_output_are_kept() {
    let place = Place::new();
    let program = place.shell("echo out; echo err >&2; printf end; exit 7");
    let (exit, lines) = place.run("1/a", &program).await;
    assert_eq!(exit.ending, Ending::Exited { code: 7 });
    assert_eq!(exit.interruption, None);
    assert!(exit.started_unix_milliseconds <= exit.ended_unix_milliseconds);
    assert_eq!(exit.output.kept_bytes, 11);
    let mut texts = texts(&lines);
    texts.sort_unstable();
    assert_eq!(texts, ["end", "err", "out"]);
    let id: ProgramId = "1/a".parse().unwrap();
    assert_eq!(place.supervisor.stdout_text(&id).unwrap(), "out\nend");
    assert_eq!(place.supervisor.exit(&id).unwrap(), Some(exit));
}

#[tokio::test]
async fn a_signal_that_ends_a_program_is_told_from_a_code() {
    let place = Place::new();
    let (exit, _) = place.run("1/a", &place.shell("kill -9 $$")).await;
    assert_eq!(exit.ending, Ending::Signaled { signal: 9 });
}

#[tokio::test]
async fn a_program_that_is_not_there_is_recorded_as_not_started() {
    let place = Place::new();
    let (exit, _) = place
        .run("1/a", &Program::new("none", "/nonexistent"))
        .await;
    let reason = "No such file or directory (os error 2)".to_owned();
    assert_eq!(exit.ending, Ending::NotStarted { reason });
}

#[tokio::test]
async fn output_of_both_streams_keeps_its_order() {
    let place = Place::new();
    let path = place.fifo("go");
    let script =
        "echo 1; read x <&3; echo 2 >&2; read x <&3; echo 3; read x <&3; echo 4 >&2; read x <&3";
    let program = place.shell(&format!("exec 3<>go; {script}"));
    let mut go = None;
    let (_, lines) = place
        .run_with("1/a", &program, |_, _| {
            let go = go.get_or_insert_with(|| OpenOptions::new().write(true).open(&path).unwrap());
            go.write_all(b"go\n").unwrap();
        })
        .await;
    assert_eq!(texts(&lines), ["1", "2", "3", "4"]);
    let streams: Vec<_> = lines.iter().map(|line| line.stream).collect();
    assert_eq!(
        streams,
        [
            Stream::Stdout,
            Stream::Stderr,
            Stream::Stdout,
            Stream::Stderr
        ]
    );
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_the_marker() {
    let place = Place::new();
    let program = Program {
        environment: [("A", "1"), ("B", "x y"), ("C", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Program::new("env", "/usr/bin/env")
    };
    let (_, lines) = place.run("1/a", &program).await;
    let mut texts = texts(&lines);
    texts.sort_unstable();
    let folder = fs::canonicalize(place.folder.path().join("programs/1/a")).unwrap();
    let marker = format!("{MARKER}={}", folder.display());
    assert_eq!(texts, ["A=1", "B=x y", "C=", &marker]);
}

#[tokio::test]
async fn a_program_has_no_input_and_no_terminal() {
    let place = Place::new();
    let script =
        "cat; (: </dev/tty) 2>/dev/null || echo none; ls -l /proc/self/fd | grep -c programs";
    let (_, lines) = place.run("1/a", &place.shell(script)).await;
    assert_eq!(texts(&lines), ["none", "0"]);
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    let place = Place::new();
    place.run("1/a", &place.shell("echo secret")).await;
    let folder = place.folder.path().join("programs/1/a");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(folder.parent().unwrap()), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort_unstable();
    let expected = [
        "exit.json",
        "output",
        "program.json",
        "program.pid",
        "supervisor.json",
        "supervisor.lock",
        "supervisor.log",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept() {
    let place = Place::new();
    let (_, lines) = place.run("1/a", &place.shell(r"printf 'a\377b\n'")).await;
    assert_eq!(texts(&lines), [r"a\xFFb"]);
    let id = "1/a".parse().unwrap();
    let record = place.supervisor.output(&id).next().unwrap().unwrap();
    assert_eq!(record.bytes, b"a\xffb\n");
    let refused = place.supervisor.stdout_text(&id).unwrap_err();
    assert_eq!(refused.to_string(), "output of program `1/a` is not UTF-8");
}

#[tokio::test]
async fn output_beyond_the_limit_is_dropped_and_counted_and_holds_nobody_up() {
    let place = Place::new();
    let program = Program {
        output_limit_bytes: 1 << 20,
        ..place.shell("head -c 50000000 /dev/zero; exit 7")
    };
    let (exit, _) = place.run("1/a", &program).await;
    assert_eq!(exit.ending, Ending::Exited { code: 7 });
    assert_eq!(exit.output.kept_bytes, 1 << 20);
    assert_eq!(exit.output.dropped_bytes, 50_000_000 - (1 << 20));
    let refused = place.supervisor.stdout_text(&"1/a".parse().unwrap());
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("48951424 bytes were dropped"), "{refused}");
}

#[tokio::test]
async fn a_program_is_interrupted_when_its_time_is_over() {
    let place = Place::new();
    let program = Program {
        timeout: Some(Duration::from_millis(100)),
        ..place.shell("exec sleep 1000")
    };
    let (exit, _) = place.run("1/a", &program).await;
    assert_eq!(exit.interruption, Some(Interruption::TimedOut));
    assert_eq!(exit.ending, Ending::Signaled { signal: 2 });
    assert!(!exit.succeeded());
}

#[tokio::test]
async fn an_aborted_program_may_clean_up_and_say_how_it_ended() {
    let place = Place::new();
    place.fifo("go");
    let script = "trap 'echo cleaned; exit 5' INT; exec 3<>go; echo ready; read x <&3";
    let program = Program {
        grace: Duration::from_mins(1),
        ..place.shell(script)
    };
    let cancel = |_: &OutputLine, abort: &CancellationToken| abort.cancel();
    let (exit, lines) = place.run_with("1/a", &program, cancel).await;
    assert_eq!(exit.interruption, Some(Interruption::Aborted));
    assert_eq!(exit.ending, Ending::Exited { code: 5 });
    assert_eq!(texts(&lines), ["ready", "cleaned"]);
}

#[tokio::test]
async fn an_abort_leaves_no_process_of_a_stubborn_tree() {
    let place = Place::new();
    let cancel = when_ready(|abort| {
        assert!(place.living().len() >= 5);
        abort.cancel();
    });
    let (exit, _) = place.run_with("1/a", &place.shell(STUBBORN), cancel).await;
    assert_eq!(exit.interruption, Some(Interruption::Aborted));
    assert_eq!(exit.ending, Ending::Signaled { signal: 9 });
    assert_eq!(exit.survivors, NONE);
    assert_eq!(place.living(), NONE);
}

#[tokio::test]
async fn an_abort_before_the_start_means_that_nothing_runs() {
    let place = Place::new();
    let abort = CancellationToken::new();
    abort.cancel();
    let (id, program) = ("1/a".parse().unwrap(), place.shell("echo ran > effect"));
    let exit = place.supervisor.run(&id, &program, &abort, |_| {});
    let exit = exit.await.unwrap();
    assert_eq!(exit.interruption, Some(Interruption::Aborted));
    let reason = "aborted before it started".to_owned();
    assert_eq!(exit.ending, Ending::NotStarted { reason });
    assert!(!place.work().join("effect").exists());
}

#[tokio::test]
async fn a_terminated_supervisor_stops_its_program() {
    let place = Place::new();
    let terminate = when_ready(|_| kill(supervisor_of(&place, "1/a"), Signal::TERM));
    let (exit, _) = place
        .run_with("1/a", &place.shell(STUBBORN), terminate)
        .await;
    assert_eq!(exit.interruption, Some(Interruption::Aborted));
    assert_eq!(place.living(), NONE);
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_killed() {
    let place = Place::new();
    let script = "setsid sleep 1000 & sleep 1000 & exit 3";
    let (exit, _) = place.run("1/a", &place.shell(script)).await;
    assert_eq!(exit.ending, Ending::Exited { code: 3 });
    assert_eq!(place.living(), NONE);
}

#[tokio::test]
async fn what_a_program_may_leave_behind_lives_on() {
    let place = Place::new();
    let program = Program {
        leftovers: Leftovers::Leave,
        ..place.shell("setsid sleep 1000 & exit 3")
    };
    let (exit, _) = place.run("1/a", &program).await;
    let living = place.living();
    for pid in &living {
        kill(*pid, Signal::KILL);
    }
    assert_eq!(exit.ending, Ending::Exited { code: 3 });
    assert_eq!(living.len(), 1);
}

#[tokio::test]
async fn an_ended_program_is_not_run_again() {
    let place = Place::new();
    let program = place.shell("echo ran >> effect; echo out; exit 3");
    let first = place.run("1/a", &program).await;
    let second = place.run("1/a", &program).await;
    assert_eq!(first, second);
    assert_eq!(place.read("effect"), "ran\n");
}

#[tokio::test]
async fn two_runs_at_the_same_time_are_one() {
    let place = Place::new();
    let program = place.shell("echo ran >> effect; echo out; exit 3");
    let both = tokio::join!(place.run("1/a", &program), place.run("1/a", &program));
    assert_eq!(both.0, both.1);
    assert_eq!(place.read("effect"), "ran\n");
}

/// Starts a program under a runner process of its own, and kills that runner once the program reads from `go`.
fn start_and_kill_runner(place: &Place, program: &Program) -> File {
    let path = place.fifo("go");
    let mut runner = place.start_runner("process-fixture", ("1/a", 1), program);
    let go = OpenOptions::new().write(true).open(path).unwrap();
    runner.kill().unwrap();
    runner.wait().unwrap();
    go
}

#[tokio::test]
async fn a_program_whose_runner_was_killed_is_adopted() {
    let place = Place::new();
    let script = "echo ran >> effect; echo first; read x <go; echo last; exit 3";
    let program = place.shell(script);
    let mut go = start_and_kill_runner(&place, &program);
    let (exit, lines) = place
        .run_with("1/a", &program, |line, _| {
            if line.text == "first" {
                go.write_all(b"go\n").unwrap();
            }
        })
        .await;
    assert_eq!(exit.ending, Ending::Exited { code: 3 });
    assert_eq!(texts(&lines), ["first", "last"]);
    assert_eq!(place.read("effect"), "ran\n");
}

#[tokio::test]
async fn a_program_that_ended_without_its_runner_has_its_exit_recorded() {
    let place = Place::new();
    let mut go = start_and_kill_runner(&place, &place.shell("read x <go; echo last; exit 3"));
    go.write_all(b"go\n").unwrap();
    let abort = CancellationToken::new();
    let id = "1/a".parse().unwrap();
    let exit = place.supervisor.adopt(&id, &abort, |_| {}).await.unwrap();
    assert_eq!(exit.unwrap().ending, Ending::Exited { code: 3 });
    assert_eq!(place.supervisor.stdout_text(&id).unwrap(), "last\n");
}

#[tokio::test]
async fn an_adopted_program_can_be_aborted() {
    let place = Place::new();
    let _go = start_and_kill_runner(&place, &place.shell("read x <go; exec sleep 1000"));
    let abort = CancellationToken::new();
    abort.cancel();
    let id = "1/a".parse().unwrap();
    let exit = place.supervisor.adopt(&id, &abort, |_| {}).await.unwrap();
    assert_eq!(exit.unwrap().interruption, Some(Interruption::Aborted));
    assert_eq!(place.living(), NONE);
}

#[tokio::test]
async fn nothing_is_adopted_where_nothing_was_started() {
    let place = Place::new();
    let abort = CancellationToken::new();
    let id = "1/a".parse().unwrap();
    let exit = place.supervisor.adopt(&id, &abort, |_| {}).await.unwrap();
    assert_eq!(exit, None);
}

#[tokio::test]
async fn a_program_whose_supervisor_was_killed_is_lost_and_dead_and_never_run_again() {
    let place = Place::new();
    let script = format!("echo ran >> effect; {}", STUBBORN.replace("env -i", "env"));
    let program = place.shell(&script);
    let strike = when_ready(|_| kill(supervisor_of(&place, "1/a"), Signal::KILL));
    let (exit, lines) = place.run_with("1/a", &program, strike).await;
    assert_eq!(exit.ending, Ending::Lost);
    assert_eq!(exit.survivors, NONE);
    assert_eq!(place.living(), NONE);
    let again = place.run("1/a", &program).await;
    assert_eq!(again, (exit, lines));
    assert_eq!(place.read("effect"), "ran\n");
}

#[tokio::test]
async fn a_supervisor_that_cannot_work_says_why() {
    let place = Place::new();
    let id = "1/a".parse().unwrap();
    place.run("1/a", &place.shell("")).await;
    let folder = place.folder.path().join("programs/1/a");
    fs::remove_file(folder.join("exit.json")).unwrap();
    fs::write(folder.join("supervisor.json"), "{").unwrap();
    let abort = CancellationToken::new();
    let program = place.shell("");
    let error = place.supervisor.run(&id, &program, &abort, |_| {});
    let error = error.await.unwrap_err().to_string();
    assert!(
        error.contains("supervisor.json` is not what scap wrote there"),
        "{error}"
    );
}

#[tokio::test]
async fn relative_paths_are_refused() {
    let place = Place::new();
    let abort = CancellationToken::new();
    let id = "1/a".parse().unwrap();
    let program = Program::new("x", "true");
    let refused = place.supervisor.run(&id, &program, &abort, |_| {});
    let refused = refused.await.unwrap_err().to_string();
    assert_eq!(refused, "`true` must be an absolute path");
}
