//! Runners that were stopped come too late: what they would start is not started once a later epoch has come.

use std::fs;
use std::process::Child;
use std::time::Duration;

use procfs::process::Process;
use rustix::process::Signal;
use scap_engines::process::{Ending, FenceError, Program, ProgramError, ProgramId, Supervisor};
use tokio_util::sync::CancellationToken;

use crate::place::{Place, kill, until};

fn id(text: &str) -> ProgramId {
    text.parse().unwrap()
}

async fn run(runner: &Supervisor, name: &str, program: &Program) -> Result<Ending, ProgramError> {
    let abort = CancellationToken::new();
    let exit = runner.run(&id(name), program, &abort, |_| {}).await;
    exit.map(|exit| exit.ending)
}

/// As a runner does that takes over: it raises the fence, and waits for what is left of the one before it.
async fn take_over(runner: &Supervisor, name: &str) -> Option<Ending> {
    drop(runner.hold("41").await.unwrap());
    let (id, abort) = (id(name), CancellationToken::new());
    let adopted = runner.adopt(&id, &abort, |_| {}).await.unwrap();
    adopted.map(|exit| exit.ending)
}

fn is_over(result: &Result<Ending, ProgramError>) -> bool {
    matches!(result, Err(ProgramError::Fence(FenceError::Over { .. })))
}

async fn until_stopped(process: i32) {
    let is_stopped = || {
        let stat = Process::new(process).and_then(|process| process.stat());
        stat.is_ok_and(|stat| stat.state == 'T')
    };
    until(is_stopped).await;
}

fn pid(child: &Child) -> i32 {
    i32::try_from(child.id()).unwrap()
}

const CODE_3: Ending = Ending::Exited { code: 3 };

#[tokio::test]
async fn an_earlier_epoch_starts_nothing_and_adopts_what_it_started_before() {
    let place = Place::new();
    let program = place.shell("echo ran >> effect; exit 3");
    let (first, second) = (place.supervisor.under(1), place.supervisor.under(2));
    assert_eq!(run(&first, "41/0-act-1", &program).await.unwrap(), CODE_3);
    assert_eq!(take_over(&second, "41/0-act-1").await, Some(CODE_3));
    assert!(is_over(&run(&first, "41/0-act-2", &program).await));
    assert!(first.hold("41").await.is_err());
    assert_eq!(run(&first, "41/0-act-1", &program).await.unwrap(), CODE_3);
    assert_eq!(run(&second, "41/0-act-2", &program).await.unwrap(), CODE_3);
    assert_eq!(place.read("effect"), "ran\nran\n");
    // Another run has a fence of its own.
    assert_eq!(run(&first, "42/0-act-1", &program).await.unwrap(), CODE_3);
}

#[tokio::test]
async fn an_error_names_both_epochs_and_the_file_that_says_so() {
    let place = Place::new();
    drop(place.supervisor.under(7).hold("41").await.unwrap());
    let refused = run(&place.supervisor.under(6), "41/a", &place.shell("")).await;
    let path = place.programs().join("41/.fence");
    let expected = format!(
        "epoch 6 is over: another runner goes on under epoch 7, says `{}`",
        path.display()
    );
    assert_eq!(refused.unwrap_err().to_string(), expected);
}

#[tokio::test]
async fn programs_without_an_epoch_need_no_fence() {
    let place = Place::new();
    drop(place.supervisor.under(7).hold("41").await.unwrap());
    let ending = run(&place.supervisor.under(0), "41/a", &place.shell("exit 3")).await;
    assert_eq!(ending.unwrap(), CODE_3);
    assert!(place.supervisor.hold("41").await.unwrap().is_none());
}

#[tokio::test]
async fn a_runner_stopped_between_intent_and_start_starts_nothing_when_it_goes_on() {
    let place = Place::new();
    let program = place.shell("echo ran >> effect; exit 3");
    let of = ("41/0-act-1", 1);
    let mut stale = place.start_runner("stopped-after-its-intent", of, &program);
    until_stopped(pid(&stale)).await;
    let next = place.supervisor.under(2);
    assert_eq!(take_over(&next, "41/0-act-1").await, None);
    assert_eq!(run(&next, "41/0-act-2", &program).await.unwrap(), CODE_3);
    kill(pid(&stale), Signal::CONT);
    assert!(!stale.wait().unwrap().success());
    let refusal = fs::read_to_string(place.programs().join("refusal")).unwrap();
    assert!(refusal.starts_with("epoch 1 is over"), "{refusal}");
    assert_eq!(place.read("effect"), "ran\n");
}

/// The runner itself came in time, but its supervisor process is stopped before it looks at the fence.
#[tokio::test]
async fn a_supervisor_process_that_comes_late_starts_nothing() {
    let place = Place::new();
    let program = place.shell("echo ran >> effect; exit 3");
    let stale = place.runner("stopped-before-it-starts").under(1);
    let next = place.supervisor.under(2);
    let stale_run = run(&stale, "41/0-act-1", &program);
    let meanwhile = async {
        let process = late_process(&place).await;
        until_stopped(process).await;
        assert_eq!(take_over(&next, "41/0-act-1").await, None);
        assert_eq!(run(&next, "41/0-act-2", &program).await.unwrap(), CODE_3);
        kill(process, Signal::CONT);
    };
    let (refused, ()) = tokio::join!(stale_run, meanwhile);
    assert!(is_over(&refused));
    assert_eq!(place.read("effect"), "ran\n");
    assert_eq!(place.start("41/0-act-1"), None);
}

/// The supervisor process that is stopped before it takes its lock.
async fn late_process(place: &Place) -> i32 {
    let name = place.fixture("stopped-before-it-starts");
    let name = name.to_str().unwrap();
    loop {
        let all = procfs::process::all_processes().unwrap();
        let is_meant = |process: &Process| {
            let words = process.cmdline().unwrap_or_default();
            words.first().is_some_and(|word| word == name)
        };
        if let Some(process) = all.flatten().find(is_meant) {
            return process.pid;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn what_is_held_is_waited_for() {
    let place = Place::new();
    let (first, second) = (place.supervisor.under(1), place.supervisor.under(2));
    let held = first.hold("41").await.unwrap();
    assert!(held.is_some());
    let raised = second.hold("41");
    let mut raised = std::pin::pin!(raised);
    let early = tokio::time::timeout(Duration::from_millis(50), &mut raised).await;
    assert!(early.is_err(), "the first one was still at it");
    drop(held);
    assert!(raised.await.unwrap().is_some());
    assert!(first.hold("41").await.is_err());
}
