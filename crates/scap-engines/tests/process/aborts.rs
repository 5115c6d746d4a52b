//! Aborts of trees that do not want to go, and of trees whose supervisor was killed: nothing is left of any.
//!
//! `SCAP_CHAOS_ABORTS` says how many. An abort gives the program its grace twice, after INT and after TERM; the time until
//! nothing is left counts from the end of that.

use std::fmt::Write;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;
use scap_engines::process::{Exit, Program, ProgramId, Supervisor};
use tokio_util::sync::CancellationToken;

use crate::NONE;
use crate::containment::{Way, ways};
use crate::place::{Place, amount, kill, supervisor_of, until};

const ABORTS: u64 = 20;
const GRACE: Duration = Duration::from_millis(40);
/// How long after the end of the grace there may be something left.
const MOST_AFTER_GRACE: Duration = Duration::from_secs(2);

/// What a tree may have in it; each says `.` to the file `ready`.
const PARTS: [(&str, &str); 9] = [
    ("plain", "sh -c 'echo . >>ready; exec sleep 1000' &"),
    (
        "sessions that ignore signals",
        "setsid sh -c 'trap \"\" INT TERM; setsid sh -c \"echo . >>ready; sleep 1000; sleep 1000\"; sleep 1000' &",
    ),
    (
        "a double fork",
        "( ( sh -c 'echo . >>ready; exec sleep 1000' & ) & )",
    ),
    (
        ERASED,
        "( env -i /usr/bin/setsid /bin/sh -c 'echo . >>ready; exec /bin/sleep 1000' & )",
    ),
    (CHAIN, "perl -e 'fork && exit while 1' & echo . >>ready"),
    (
        "a stopped child",
        "sh -c 'echo . >>ready; kill -STOP $$; sleep 1000' &",
    ),
    (
        TERMINAL,
        "script -qec \"trap '' INT TERM HUP; echo . >>ready; sleep 1000; sleep 1000\" /dev/null &",
    ),
    (
        "one that answers signals with more children",
        "sh -c 'trap \"sleep 1000 & setsid sleep 1000 &\" INT TERM; echo . >>ready; while :; do sleep 1000; done' &",
    ),
    (
        "many that come one after the other",
        "(g() { if [ $1 -lt 100 ]; then sleep 1000 & g $(($1 + 1)) & else sleep 1000; fi; }; echo . >>ready; g 0) &",
    ),
];
const ERASED: &str = "an orphan with an erased environment";
const CHAIN: &str = "a chain of forks that never ends";
const TERMINAL: &str = "a terminal of its own";

/// What happens to a tree before it is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    None,
    /// The runner attends on, and has another supervisor process bury the tree.
    SupervisorKilled,
    /// Another runner adopts or buries it.
    RunnerGone,
    BothGone,
}

#[derive(Debug)]
struct Case {
    #[expect(dead_code, reason = "a failure tells it")]
    seed: u64,
    way: Way,
    blow: Blow,
    parts: Vec<&'static str>,
    main: &'static str,
    /// Whether the tree is there before it is aborted; else it is aborted at a random moment while it comes.
    waits: bool,
    after: Duration,
}

impl Case {
    fn of(seed: u64, ways: &[Way]) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let blows = [
            Blow::None,
            Blow::None,
            Blow::SupervisorKilled,
            Blow::RunnerGone,
            Blow::BothGone,
        ];
        let (way, blow) = (
            *ways.choose(&mut random).unwrap(),
            *blows.choose(&mut random).unwrap(),
        );
        let mut case = Self {
            seed,
            way,
            blow,
            parts: Vec::new(),
            main: ["", "trap '' INT TERM; ", "trap 'exit 5' INT; "]
                .choose(&mut random)
                .unwrap(),
            waits: random.random_bool(0.7),
            after: Duration::from_micros(random.random_range(0..60_000)),
        };
        for _ in 0..random.random_range(1..=4) {
            let (name, part) = PARTS.choose(&mut random).unwrap();
            if case.can_be_kept_together(name) {
                case.parts.push(part);
            }
        }
        case
    }

    /// Nothing leads to those of a dead supervisor but their environment, or a look that is fast enough, or a group.
    fn can_be_kept_together(&self, name: &str) -> bool {
        let by_environment = self.way == Way::Descent
            && matches!(self.blow, Blow::SupervisorKilled | Blow::BothGone);
        let found = !by_environment || ![ERASED, CHAIN].contains(&name);
        let is_there = name != TERMINAL || std::path::Path::new("/usr/bin/script").exists();
        found && is_there
    }

    fn program(&self, place: &Place) -> Program {
        let mut script = format!("exec 9>alive; {}", self.main);
        for part in &self.parts {
            writeln!(script, "{part}").unwrap();
        }
        Program {
            grace: GRACE,
            ..place.shell(&format!("{script} wait; while :; do sleep 1000; done"))
        }
    }
}

/// Runs the case, and says how long after the end of the grace it was over.
async fn abort(case: &Case) -> Duration {
    let place = Place::with(case.way.behavior());
    let mut alive = place.alive();
    let (program, id) = (case.program(&place), "41/a".parse().unwrap());
    let abort = CancellationToken::new();
    let end = attend(case, &place, (&id, &program), &abort);
    let strike = async {
        let ready = || std::fs::read_to_string(place.work().join("ready")).unwrap_or_default();
        if case.waits {
            until(|| ready().lines().count() == case.parts.len()).await;
        }
        tokio::time::sleep(case.after).await;
        if matches!(case.blow, Blow::SupervisorKilled | Blow::BothGone) {
            until(|| place.start("41/a").is_some()).await;
            kill(supervisor_of(&place, "41/a"), Signal::KILL);
        }
        abort.cancel();
        Instant::now()
    };
    let (exit, since) = tokio::join!(end, strike);
    let took = since.elapsed().saturating_sub(2 * GRACE);
    assert_eq!(exit.survivors, NONE, "{case:#?}");
    assert!(!alive.is_held(), "{:?} of {case:#?}", place.living());
    assert_eq!(place.living(), NONE, "{case:#?}");
    took
}

async fn attend(
    case: &Case,
    place: &Place,
    (id, program): (&ProgramId, &Program),
    abort: &CancellationToken,
) -> Exit {
    let first = place.supervisor.under(1);
    let run = async |runner: &Supervisor| runner.run(id, program, abort, |_| {}).await.unwrap();
    if !matches!(case.blow, Blow::RunnerGone | Blow::BothGone) {
        return run(&first).await;
    }
    // A future that is dropped is a runner that is gone; the program does not notice.
    tokio::select! {
        biased;
        () = abort.cancelled() => {}
        exit = run(&first) => return exit,
    }
    let next = place.supervisor.under(2);
    drop(next.hold("41").await.unwrap());
    let adopted = next.adopt(id, abort, |_| {}).await.unwrap();
    match adopted {
        Some(exit) => exit,
        // It had not been started, and under its epoch never will be.
        None => next.run(id, program, abort, |_| {}).await.unwrap(),
    }
}

#[tokio::test]
async fn hundreds_of_aborts_leave_nothing_behind() {
    let ways: Vec<Way> = ways().collect();
    let mut longest = Duration::ZERO;
    let aborts = amount("SCAP_CHAOS_ABORTS", ABORTS);
    for seed in 0..aborts {
        let case = Case::of(seed, &ways);
        let took = abort(&case).await;
        assert!(took < MOST_AFTER_GRACE, "{took:?} for {case:#?}");
        longest = longest.max(took);
    }
    println!("{aborts} aborts: nothing left at most {longest:?} after the end of the grace");
}
