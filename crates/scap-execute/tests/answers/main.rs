//! Many answers to one question at once: one counts, and the others are told which.
//!
//! Each answer is left by a thread with a journal of its own, as by another process, while the real driver carries the run out.
//! `SCAP_CHAOS_ANSWERS=1000` asks so many questions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../examples/bench/plan.rs"]
mod plan;
#[path = "../../examples/bench/world.rs"]
mod world;

use scap_execute::{Driver, Options};
use scap_journal::{Cursor, Journal, Reply, Request, RequestId};
use scap_run::{Choice, Event, Outcome, QuestionId, RunId, RunState, Snapshot, UnixMillis};
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const QUESTIONS: usize = 3;
const ANSWERS: usize = 64;
const PAUSE: Duration = Duration::from_millis(10);
/// Long enough for several answers to wait when the run looks.
const ATTENTION: Duration = Duration::from_millis(50);

/// What somebody said, and what became of it.
struct Answer {
    person: String,
    choice: Choice,
    reply: Reply,
}

#[test]
fn of_64_answers_at_once_exactly_one_counts_and_the_others_are_told_so() {
    let wanted = std::env::var("SCAP_CHAOS_ANSWERS").ok();
    let questions = wanted.map_or(QUESTIONS, |text| text.parse().unwrap());
    let (mut late, mut winners) = (0, [0; ANSWERS]);
    for _ in 0..questions {
        let folder = tempfile::tempdir().unwrap();
        let (answers, state) = race(folder.path());
        let granted = answers.iter().position(|it| it.reply == Reply::Granted);
        let winner = granted.expect("somebody is first");
        winners[winner] += 1;
        late += assert_sound(folder.path(), (&answers, winner), &state);
    }
    let different = winners.iter().filter(|times| **times > 0).count();
    println!(
        "{questions} questions, {ANSWERS} answers each; {different} different winners; {late} answers came when the run had ended"
    );
}

/// All answer as soon as the run asks.
fn race(folder: &Path) -> (Vec<Answer>, RunState) {
    let journal = Journal::open(folder).unwrap();
    let mut created = plan::created(vec![(
        vec![plan::step("web".to_owned(), &["web1".to_owned()])],
        Vec::new(),
    )]);
    if let Event::RunCreated { approved, .. } = &mut created {
        *approved = false;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let options = Options {
        attention: ATTENTION,
        ..world::options()
    };
    let _inside = runtime.enter();
    let world = world::world(|_| Snapshot::default());
    let driver = Driver::create(journal.clone(), &created, "new", world, options).unwrap();
    let run = driver.run();
    let start = Barrier::new(ANSWERS);
    thread::scope(|scope| {
        let people: Vec<_> = (0..ANSWERS)
            .map(|person| {
                scope.spawn({
                    let start = &start;
                    move || answer(folder, run, person, start)
                })
            })
            .collect();
        let state = runtime.block_on(driver.carry_out(std::future::pending()));
        let answers = people.into_iter().map(|it| it.join().unwrap());
        (answers.collect(), state.unwrap())
    })
}

fn answer(folder: &Path, run: RunId, person: usize, start: &Barrier) -> Answer {
    let journal = Journal::open(folder).unwrap();
    while journal.fold(run).unwrap().0.open_question().is_none() {
        thread::sleep(PAUSE);
    }
    let choice = [Choice::Approve, Choice::Decline][person % 2];
    let person = format!("person{person}");
    let question = QuestionId(0);
    start.wait();
    let request = Request::Answer { question, choice };
    let id = journal.ask(run, &person, &request, UnixMillis(0)).unwrap();
    let reply = settled(&journal, run, id);
    Answer {
        person,
        choice,
        reply,
    }
}

/// Waits as a terminal does: the end of the run is looked at before the reply is.
fn settled(journal: &Journal, run: RunId, id: RequestId) -> Reply {
    loop {
        let is_over = journal.run(run).unwrap().outcome.is_some();
        let reply = journal.reply_to(id).unwrap();
        if reply != Reply::Waiting || is_over {
            return reply;
        }
        thread::sleep(PAUSE);
    }
}

/// How many answers came when the run had ended.
fn assert_sound(folder: &Path, (answers, winner): (&[Answer], usize), state: &RunState) -> usize {
    let first = &answers[winner];
    assert_eq!(state.questions[0].answer, Some(first.choice));
    let outcome = match first.choice {
        Choice::Approve => Outcome::Succeeded,
        _ => Outcome::Cancelled,
    };
    assert_eq!(state.outcome, Some(outcome));
    let journal = Journal::open(folder).unwrap();
    let events = journal
        .events(&mut Cursor::start(RunId(1)), u32::MAX)
        .unwrap();
    let answered = events.iter().filter_map(|it| match &it.event {
        Event::QuestionAnswered { by, .. } => Some(by.as_deref()),
        _ => None,
    });
    let answered: Vec<_> = answered.collect();
    assert_eq!(answered, [Some(first.person.as_str())]);
    let told = format!("answered before: `{}`", first.choice);
    let mut late = 0;
    for (place, answer) in answers.iter().enumerate() {
        match &answer.reply {
            Reply::Granted => assert_eq!(place, winner, "a second one was granted"),
            Reply::Refused(why) if why.contains(&told) => {}
            Reply::Refused(why) => {
                assert!(why.contains("the run has ended"), "{why}");
                late += 1;
            }
            // Nobody takes it in any more, and who waits is told by the run's end.
            Reply::Waiting => late += 1,
        }
    }
    late
}
