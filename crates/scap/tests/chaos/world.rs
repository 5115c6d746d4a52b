//! The world that scap works on, kept in the test's own process, and the fake tools that change it.
//!
//! Each tool is a small script that asks here what to do and waits for the answer: what kills it cuts what it had begun.

use crate::cluster::{Change, Cluster, NAMESPACE, manifest};
use crate::ledger::{Ledger, Mark};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long an effect takes from its beginning to its end, unless a scenario says otherwise.
const USUAL: Duration = Duration::from_millis(30);

/// What an effect, or a look, comes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Behaviour {
    Takes { milliseconds: u64 },
    Fails,
}

pub(crate) struct World {
    state: Mutex<Contents>,
    /// Grows with every change.
    pub(crate) version: watch::Sender<u64>,
    /// Names of the versions that hosts may run, by commit.
    names: BTreeMap<String, String>,
    /// By effect or look; all others work.
    behaviours: &'static [(&'static str, Behaviour)],
}

pub(crate) struct Contents {
    pub(crate) cluster: Cluster,
    /// What each host's service was started from.
    pub(crate) running: BTreeMap<String, String>,
    /// Hosts whose last restart nobody can know the end of: its supervisor was killed with it.
    pub(crate) unknown: BTreeSet<String>,
    pub(crate) ledger: Ledger,
}

/// What a tool is to bring about.
#[derive(Clone, Debug)]
enum Effect {
    Restart { host: String, version: String },
    Change(Change),
}

/// What a script says of its call.
struct Call {
    tool: String,
    /// Host or instance.
    place: String,
    commit: String,
    words: Vec<String>,
}

struct Answer {
    text: String,
    code: u8,
}

impl World {
    pub(crate) fn new(
        contents: Contents,
        names: BTreeMap<String, String>,
        behaviours: &'static [(&'static str, Behaviour)],
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(contents),
            version: watch::Sender::new(1),
            names,
            behaviours,
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, Contents> {
        self.state.lock().unwrap()
    }

    pub(crate) fn has_changed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    pub(crate) fn behaviour(&self, of: &str) -> Option<Behaviour> {
        let found = self.behaviours.iter().find(|(effect, _)| *effect == of);
        found.map(|(_, behaviour)| *behaviour)
    }

    /// Of a commit; of none, `nothing`.
    pub(crate) fn name(&self, commit: &str) -> String {
        let name = self.names.get(commit).cloned();
        name.unwrap_or_else(|| "nothing".to_owned())
    }

    /// Answers tools for as long as the test goes on.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let world = Arc::clone(&self);
            // A tool that was killed has nobody who reads the answer.
            tokio::spawn(async move { _ = world.attend(stream).await });
        }
    }

    async fn attend(&self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let Some(call) = lines.next_line().await? else {
            return Ok(());
        };
        let call = Call::read(&call);
        let answer = match self.effect(&call) {
            None => self.look(&call),
            Some(effect) => match self.begin(&effect) {
                Err(refusal) => refusal,
                Ok(takes) => tokio::select! {
                    () = tokio::time::sleep(takes) => self.end(&effect),
                    said = lines.next_line() => self.interrupt(&effect, matches!(said, Ok(Some(_)))),
                },
            },
        };
        let said = answer.text.lines().map(|line| format!("say {line}\n"));
        let text = said.collect::<String>() + &format!("exit {}\n", answer.code);
        writer.write_all(text.as_bytes()).await
    }

    fn effect(&self, call: &Call) -> Option<Effect> {
        let words: Vec<&str> = call.words.iter().map(String::as_str).collect();
        Some(match (call.tool.as_str(), words.as_slice()) {
            ("restart", _) => Effect::Restart {
                host: call.place.clone(),
                version: self.name(&call.commit),
            },
            ("helm", ["rollback", release, to, ..]) => Effect::Change(Change::Rollback {
                release: (*release).to_owned(),
                to: to.parse().unwrap(),
            }),
            ("helm", ["uninstall", release, ..]) => Effect::Change(Change::Uninstall {
                release: (*release).to_owned(),
            }),
            ("helmfile", words) if words.contains(&"sync") => Effect::Change(Change::Upgrade {
                release: call.selected().unwrap(),
                tag: call.tag(),
            }),
            _ => return None,
        })
    }

    /// How long it will take, or why it is not begun.
    fn begin(&self, effect: &Effect) -> Result<Duration, Answer> {
        let text = effect.to_string();
        let mut state = self.state();
        let is_needless = match effect {
            Effect::Restart { host, .. } => {
                !state.unknown.remove(host) && state.ledger.was_last_done(host, &text)
            }
            Effect::Change(change) => state.cluster.has(change),
        };
        if let Effect::Change(change) = effect
            && let Err(why) = state.cluster.begin(change)
        {
            state.ledger.note(Mark::Failed, &text, is_needless);
            return Err(Answer::failed(why));
        }
        state.ledger.note(Mark::Begun, &text, is_needless);
        drop(state);
        self.has_changed();
        Ok(match self.behaviour(&text) {
            Some(Behaviour::Takes { milliseconds }) => Duration::from_millis(milliseconds),
            _ => USUAL,
        })
    }

    fn end(&self, effect: &Effect) -> Answer {
        if matches!(self.behaviour(&effect.to_string()), Some(Behaviour::Fails)) {
            return self.interrupt(effect, true);
        }
        let mut state = self.state();
        match effect {
            Effect::Restart { host, version } => {
                _ = state.running.insert(host.clone(), version.clone());
            }
            Effect::Change(change) => state.cluster.finish(change),
        }
        state.ledger.note(Mark::Done, &effect.to_string(), false);
        drop(state);
        self.has_changed();
        Answer {
            text: format!("{effect}: done"),
            code: 0,
        }
    }

    /// What is asked to end cleans up as the real tools do; what is killed leaves all as it is.
    fn interrupt(&self, effect: &Effect, is_asked: bool) -> Answer {
        let mut state = self.state();
        match effect {
            // Nobody knows what it runs now.
            Effect::Restart { host, .. } => _ = state.running.remove(host),
            Effect::Change(change) if is_asked => state.cluster.fail(change),
            Effect::Change(_) => {}
        }
        let mark = if is_asked { Mark::Failed } else { Mark::Cut };
        state.ledger.note(mark, &effect.to_string(), false);
        drop(state);
        self.has_changed();
        Answer::failed("it did not work")
    }

    fn look(&self, call: &Call) -> Answer {
        let has = |word: &str| call.words.iter().any(|it| it == word);
        let text = match call.tool.as_str() {
            "probe" => {
                let running = self.state().running.get(&call.place).cloned();
                let what = format!("probe {}", running.unwrap_or_default());
                if matches!(self.behaviour(&what), Some(Behaviour::Fails)) {
                    return Answer::failed("it is not well");
                }
                what
            }
            _ if has("build") => BUILD.replace("NAMESPACE", NAMESPACE),
            _ if has("template") => {
                call.render();
                String::new()
            }
            _ => return Answer::failed("unknown command"),
        };
        Answer { text, code: 0 }
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Restart { host, version } => write!(f, "restart {host} {version}"),
            Self::Change(Change::Upgrade { release, tag }) => {
                write!(f, "upgrade {release} to {tag}")
            }
            Self::Change(Change::Rollback { release, to }) => {
                write!(f, "rollback {release} to {to}")
            }
            Self::Change(Change::Uninstall { release }) => write!(f, "uninstall {release}"),
        }
    }
}

impl Answer {
    fn failed(why: &str) -> Self {
        Self {
            text: format!("Error: {why}"),
            code: 1,
        }
    }
}

pub(crate) const RELEASES: [&str; 2] = ["canary", "main"];
const BUILD: &str = "---\n# Source: x\nreleases:\n\
    - {name: canary, namespace: NAMESPACE, chart: ../../page}\n\
    - {name: main, namespace: NAMESPACE, chart: ../../page}\n";

impl Call {
    fn read(line: &str) -> Self {
        let mut parts = line.splitn(4, '|').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        Self {
            tool: next(),
            place: next(),
            commit: next(),
            words: next().split(' ').map(str::to_owned).collect(),
        }
    }

    fn after(&self, option: &str) -> Option<&str> {
        let place = self.words.iter().position(|word| word == option)?;
        self.words.get(place + 1).map(String::as_str)
    }

    /// The release that helmfile is to work on.
    fn selected(&self) -> Option<String> {
        let selector = self.after("--selector")?;
        selector.strip_prefix("name=").map(str::to_owned)
    }

    /// What stands in the values beside the helmfile.
    fn tag(&self) -> String {
        let folder = Path::new(self.after("--file").unwrap()).parent().unwrap();
        let values = fs::read_to_string(folder.join("values.yaml")).unwrap();
        values.trim().strip_prefix("tag: ").unwrap().to_owned()
    }

    /// Writes what helm would make of the chart.
    fn render(&self) {
        let selected = self.selected();
        let pattern = self.words.join(" ");
        let pattern = pattern.split("--output-dir-template ").nth(1).unwrap();
        for release in RELEASES {
            if selected.as_deref().is_none_or(|it| it == release) {
                let folder = pattern.replace("{{ .Release.Name }}", release);
                let folder = Path::new(&folder).join("page/templates");
                fs::create_dir_all(&folder).unwrap();
                let manifest = manifest(release, &self.tag()).to_string();
                fs::write(folder.join("deployment.yaml"), manifest).unwrap();
            }
        }
    }
}
