//! Programs that write without end, and many of them: memory and disk stay bounded, and nobody is held up.
//!
//! `SCAP_CHAOS_OUTPUT_BYTES` says how much is written, `SCAP_CHAOS_PROGRAMS` how many programs a run has.

use std::fs;
use std::time::Instant;

use procfs::process::Process;
use scap_engines::process::{Ending, Exit, OutputLine, Program, Record, Stream};

use crate::place::{Place, amount, supervisor_of, texts, until};

const OUTPUT_BYTES: u64 = 200_000_000;
const PROGRAMS: u64 = 50;
const LIMIT_BYTES: u64 = 4 << 20;
/// Far more than a supervisor or runner needs, far less than what is written.
const MOST_MEMORY_KIB: u64 = 64 << 10;

fn output_bytes() -> u64 {
    amount("SCAP_CHAOS_OUTPUT_BYTES", OUTPUT_BYTES)
}

/// The most memory that a process has had.
fn peak_memory_kib(process: i32) -> u64 {
    let status = Process::new(process).and_then(|process| process.status());
    status.unwrap().vmhwm.unwrap()
}

/// Runs a script under a runner process until it has written all; it waits there, so that both processes can be looked at.
async fn expect_bounded(script: &str) -> (Place, Exit) {
    let place = Place::new();
    let go = place.fifo("go");
    let program = Program {
        output_limit_bytes: LIMIT_BYTES,
        ..place.shell(&format!("{script}; : >written; read x <go; exit 7"))
    };
    let mut runner = place.start_runner("process-fixture", ("1/a", 1), &program);
    until(|| place.work().join("written").exists()).await;
    let supervisor = supervisor_of(&place, "1/a");
    for process in [supervisor, i32::try_from(runner.id()).unwrap()] {
        let memory = peak_memory_kib(process);
        assert!(memory < MOST_MEMORY_KIB, "{memory} KiB");
    }
    fs::write(go, "go\n").unwrap();
    assert!(!runner.wait().unwrap().success());
    let exit = place
        .supervisor
        .exit(&"1/a".parse().unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(exit.ending, Ending::Exited { code: 7 });
    let disk = fs::metadata(place.programs().join("1/a/output"))
        .unwrap()
        .len();
    assert!(disk <= 2 * LIMIT_BYTES, "{disk} bytes");
    (place, exit)
}

#[tokio::test]
async fn output_of_one_line_without_end_is_kept_to_the_limit_and_counted_beyond() {
    let bytes = output_bytes();
    let start = Instant::now();
    let (_place, exit) = expect_bounded(&format!("head -c {bytes} /dev/zero")).await;
    assert_eq!(exit.output.kept_bytes, LIMIT_BYTES);
    assert_eq!(exit.output.kept_bytes + exit.output.dropped_bytes, bytes);
    println!(
        "{bytes} bytes without a line's end in {:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn output_of_very_many_lines_is_kept_to_the_limit_and_counted_beyond() {
    let bytes = output_bytes();
    let start = Instant::now();
    let (_place, exit) = expect_bounded(&format!("yes a line | head -c {bytes}")).await;
    assert_eq!(exit.output.kept_bytes, LIMIT_BYTES);
    assert_eq!(exit.output.kept_bytes + exit.output.dropped_bytes, bytes);
    println!("{} lines in {:?}", bytes / 7, start.elapsed());
}

/// As a runner sees it that comes to output which is there already: faster than it can be.
#[tokio::test]
async fn output_that_comes_too_fast_is_shown_in_part_which_is_said_and_kept_as_a_whole() {
    const LINES: usize = 800_000;
    let (place, id) = (Place::new(), "1/a".parse().unwrap());
    let program = place.shell(&format!("seq {LINES}"));
    tokio::select! {
        // Its runner is gone as soon as it has begun.
        () = until(|| place.start("1/a").is_some()) => {}
        _ = place.run("1/a", &program) => {}
    }
    until(|| place.supervisor.exit(&id).unwrap().is_some()).await;
    let (exit, lines) = place.run("1/a", &program).await;
    assert_eq!(exit.output.dropped_bytes, 0);
    let (told, shown): (Vec<OutputLine>, Vec<OutputLine>) = lines
        .into_iter()
        .partition(|line| line.text.starts_with('('));
    let passed_over: usize = told.iter().map(|line| passed_over(&line.text)).sum();
    assert!(passed_over > 0);
    assert_eq!(shown.len() + passed_over, LINES);
    let numbers: Vec<usize> = shown
        .iter()
        .map(|line| line.text.parse().unwrap())
        .collect();
    assert!(numbers.is_sorted());
    assert_eq!(numbers.last(), Some(&LINES));
    let kept = place.supervisor.output(&id).map(Result::unwrap);
    let ends = |record: Record| {
        record
            .bytes
            .into_iter()
            .filter(|byte| *byte == b'\n')
            .count()
    };
    let kept: usize = kept.map(ends).sum();
    assert_eq!(kept, LINES);
}

fn passed_over(told: &str) -> usize {
    let lines = told.strip_prefix('(').and_then(|told| told.split_once(' '));
    let (lines, rest) = lines.unwrap();
    assert_eq!(
        rest,
        "lines came too fast to be shown; all of them are kept)"
    );
    lines.parse().unwrap()
}

#[tokio::test]
async fn a_program_that_closes_its_outputs_and_lives_on_is_waited_for() {
    let place = Place::new();
    let go = place.fifo("go");
    let program = place.shell("echo first; exec >&- 2>&-; : >closed; read x <go; exit 3");
    let then = async {
        until(|| place.work().join("closed").exists()).await;
        assert!(place.start("1/a").is_some());
        fs::write(&go, "go\n").unwrap();
    };
    let ((exit, lines), ()) = tokio::join!(place.run("1/a", &program), then);
    assert_eq!(exit.ending, Ending::Exited { code: 3 });
    assert_eq!(texts(&lines), ["first"]);
}

/// Whoever holds a program's outputs open when it has ended holds nobody up.
#[tokio::test]
async fn output_that_is_held_open_by_what_is_left_behind_ends_with_the_program() {
    let place = Place::new();
    let program = Program {
        leftovers: scap_engines::process::Leftovers::Leave,
        ..place.shell("(: >there; sleep 1000) & until [ -e there ]; do :; done; echo last; exit 3")
    };
    let (exit, lines) = place.run("1/a", &program).await;
    let living = place.living();
    for pid in &living {
        crate::place::kill(*pid, rustix::process::Signal::KILL);
    }
    assert_eq!(exit.ending, Ending::Exited { code: 3 });
    assert_eq!(
        lines.last().map(|line| (line.stream, line.text.as_str())),
        Some((Stream::Stdout, "last"))
    );
    assert!(!living.is_empty());
}

#[tokio::test]
async fn output_of_very_many_programs_of_one_run_is_found_again() {
    let place = Place::new();
    let runner = place.supervisor.under(1);
    let programs = amount("SCAP_CHAOS_PROGRAMS", PROGRAMS);
    let abort = tokio_util::sync::CancellationToken::new();
    let start = Instant::now();
    for number in 0..programs {
        let id = format!("41/{number}").parse().unwrap();
        let program = place.shell(&format!("echo {number}"));
        let exit = runner.run(&id, &program, &abort, |_| {}).await.unwrap();
        assert!(exit.succeeded());
    }
    println!("{programs} programs of one run in {:?}", start.elapsed());
    let next = place.supervisor.under(2);
    drop(next.hold("41").await.unwrap());
    for number in 0..programs {
        let id = format!("41/{number}").parse().unwrap();
        let exit = next.adopt(&id, &abort, |_| {}).await.unwrap();
        assert!(exit.is_some_and(|exit| exit.succeeded()));
        assert_eq!(next.stdout_text(&id).unwrap(), format!("{number}\n"));
    }
}
