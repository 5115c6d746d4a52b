//! A runner that knows nothing and writes down everything.

use serde_json::{Value, json};
use spiderpig_protocol::{Ask, Line, Problem, ProblemKind, Question, Reply, Verb, wire};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncWriteExt as _, BufReader, ReadHalf, WriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;

/// How it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Answers,
    /// Sends people back here after they signed in.
    SendsBackTo(&'static str),
    /// Gives this as a session's token.
    GivesToken(&'static str),
    HasProblem(ProblemKind),
    /// Takes the question and goes away.
    Dies,
    /// Answers with what is no answer.
    Babbles,
    /// Takes the question and says nothing.
    IsSilent,
    /// Tells the same without end to all who follow.
    Floods,
    /// Ends what is followed once it is greeted.
    SaysGoodbye,
    /// Breaks off in the midst of the lines that it said it has.
    BreaksOff,
}

/// What was asked, in order.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) questions: Mutex<Vec<Question>>,
    pub(crate) asks: Mutex<Vec<Ask>>,
    /// Of what floods.
    pub(crate) bytes: AtomicUsize,
    /// How many of those who followed are gone.
    pub(crate) gone: Mutex<usize>,
    pub(crate) changed: Notify,
}

pub(crate) const LINES: usize = 2_500;
const LINES_AT_ONCE: usize = 1_000;

pub(crate) fn start(socket: &Path, behaviour: Behaviour) -> Arc<Heard> {
    let listener = UnixListener::bind(socket).unwrap();
    let heard = Arc::new(Heard::default());
    let told = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, behaviour.clone(), told.clone()));
        }
    });
    heard
}

async fn answer(stream: UnixStream, behaviour: Behaviour, heard: Arc<Heard>) {
    let mut line = Line::new(stream);
    let Ok(Some(question)) = line.read::<Question>().await else {
        return;
    };
    let verb = question.verb.clone();
    heard.questions.lock().unwrap().push(question);
    heard.changed.notify_one();
    let reply = match behaviour {
        Behaviour::Dies => return,
        Behaviour::IsSilent => std::future::pending().await,
        Behaviour::Babbles => json!({"what": 1}),
        Behaviour::HasProblem(kind) => {
            let problem = Problem::new(kind, "said by the runner").hint("said by it too");
            serde_json::to_value(Reply::Problem(problem)).unwrap()
        }
        _ => serde_json::to_value(Reply::Answer(answer_to(&verb, &behaviour))).unwrap(),
    };
    let _ = line.write(&reply).await;
    if matches!(verb, Verb::Follow) && reply.get("answer").is_some() {
        let (mut reader, mut writer) = line.into_parts();
        tell(&mut reader, &mut writer, &behaviour, &heard).await;
        *heard.gone.lock().unwrap() += 1;
        heard.changed.notify_one();
    }
}

fn answer_to(verb: &Verb, behaviour: &Behaviour) -> Value {
    let back = match behaviour {
        Behaviour::SendsBackTo(back) => back,
        _ => "/runs/7",
    };
    let token = match behaviour {
        Behaviour::GivesToken(token) => token,
        _ => "made-by-the-runner",
    };
    match verb {
        Verb::BeginSignIn { .. } => json!({"url": "https://idp.example/go?x=1", "flow": "flow-1"}),
        Verb::FinishSignIn { .. } => json!({"token": token, "back": back}),
        Verb::ShowFactor { .. } => json!({"token": token}),
        Verb::Challenge { .. } | Verb::BeginPasskey => json!({"challenge": "c"}),
        Verb::FinishPasskey { .. } => json!({"number": "123456", "until": 600_000}),
        Verb::Read { document } => json!({"path": document, "lines": LINES}),
        Verb::Plan { .. } => json!({"digest": "d"}),
        Verb::Act { .. } => json!({"run": 7}),
        Verb::Follow => Value::Null,
    }
}

async fn tell(
    reader: &mut BufReader<ReadHalf<UnixStream>>,
    writer: &mut WriteHalf<UnixStream>,
    behaviour: &Behaviour,
    heard: &Heard,
) {
    while let Ok(Some(ask)) = wire::read::<Ask>(reader).await {
        heard.asks.lock().unwrap().push(ask.clone());
        heard.changed.notify_one();
        let told = match (&ask, behaviour) {
            (_, Behaviour::Floods) => flood(writer, heard).await,
            (Ask::Hello { .. }, Behaviour::SaysGoodbye) => {
                let _ = put(writer, &json!({"tell": "goodbye", "why": "you are banned"})).await;
                return;
            }
            (Ask::Hello { .. }, _) => put(writer, &json!({"tell": "hello"})).await,
            (Ask::Document { path }, _) => {
                let told = json!({"tell": "document", "path": path, "body": {"unknown": [1]}});
                put(writer, &told).await
            }
            (Ask::Lines { run, from }, _) => {
                let all: Vec<String> = (0..LINES).map(|it| format!("line {it}")).collect();
                let first = usize::try_from(*from).unwrap();
                for from in (first..LINES).step_by(LINES_AT_ONCE) {
                    let lines = &all[from..LINES.min(from + LINES_AT_ONCE)];
                    let told = json!({"tell": "lines", "run": run, "from": from, "lines": lines});
                    let _ = put(writer, &told).await;
                    if *behaviour == Behaviour::BreaksOff {
                        return;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        };
        if told.is_err() {
            return;
        }
    }
}

/// Ends when nobody takes it any more.
async fn flood(writer: &mut WriteHalf<UnixStream>, heard: &Heard) -> std::io::Result<()> {
    let told = json!({"tell": "document", "path": "home", "body": "x".repeat(100_000)});
    loop {
        put(writer, &told).await?;
        heard.bytes.fetch_add(100_000, Ordering::Relaxed);
    }
}

async fn put(writer: &mut WriteHalf<UnixStream>, told: &Value) -> std::io::Result<()> {
    writer.write_all(format!("{told}\n").as_bytes()).await
}
