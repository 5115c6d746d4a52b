//! The story that `scap demo` tells: a good version, a bad one, and what scap makes of them.

mod narrator;
mod page;
mod stage;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use self::stage::{LOAD, RunRow, Stage};
use crate::fleet::HOSTS;
use crate::load::Counts;
use crate::phones::PhoneError;
use crate::process::ProcessError;
use crate::setup::{self, PagePlace, SetupError};

/// What scap's exit code says when a deployment was taken back.
const ROLLED_BACK: i32 = 3;

/// Ctrl-C reaches scap as well, which may have ended before the demo hears of it.
const SAME_MOMENT: Duration = Duration::from_millis(200);

/// How the demo is to be played.
#[derive(Clone, Debug)]
pub struct Options {
    /// The absolute path of the scap executable; it plays the hosts as well.
    pub scap: PathBuf,
    /// Whether hosts and load go on until Ctrl-C, and the files stay.
    pub keep: bool,
    /// Whether, instead of the story, a person deploys the bad version on a page, and where that is.
    pub page: Option<PagePlace>,
    /// Where to make the demo's folder, instead of the system's folder for temporary files.
    pub directory: Option<PathBuf>,
}

/// What the demo has shown.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The load during the deployment of the good version.
    pub good: Counts,
    /// The load during the deployment of the bad version, until all was well again.
    pub bad: Counts,
    /// The folder with the demo's files, if it was kept.
    pub kept: Option<PathBuf>,
}

/// Why the demo could not be told, or what in it was not as expected.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    #[error("cannot make a folder for the demo")]
    Folder(#[source] io::Error),
    #[error("no port is free on all hosts")]
    Port(#[source] io::Error),
    #[error("cannot listen to signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("cannot ask the hosts over HTTP")]
    Client(#[source] reqwest::Error),
    #[error("`{host}` does not say which version it serves")]
    Silent {
        host: &'static str,
        source: reqwest::Error,
    },
    #[error("`scap runs --format json` is no list of runs")]
    Runs(#[source] serde_json::Error),
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: String, found: String },
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error("interrupted")]
    Interrupted,
}

/// Plays the demo from start to end, and checks everything that it says; nothing comes out of one that was left to a person.
pub async fn tell(options: Options) -> Result<Option<Outcome>, StoryError> {
    let started = Instant::now();
    let mut stage = Stage::build(&options).await?;
    narrator::opening(stage.folder(), stage.port(), LOAD.requests_per_second);
    if let Some(page) = &options.page {
        let played = page::play(&stage, page).await;
        stage.strike().await;
        return played.map(|()| None);
    }
    let told = play(&stage).await;
    if told.is_ok() {
        let sent = stage.load().counts().sent;
        narrator::end(sent, started.elapsed());
        narrator::next_steps(&options, stage.folder());
        if options.keep {
            stage.interrupted().await;
        }
    }
    // What went wrong is worth a look, and only the folder has it all.
    let wrong = !matches!(told, Ok(_) | Err(StoryError::Interrupted));
    let kept = (options.keep || wrong).then(|| stage.keep());
    stage.strike().await;
    if let Some(folder) = &kept {
        narrator::kept(folder);
    }
    let (good, bad) = told?;
    Ok(Some(Outcome { good, bad, kept }))
}

async fn play(stage: &Stage) -> Result<(Counts, Counts), StoryError> {
    narrator::first_version();
    deploy(stage, "v1", 0).await?;
    stage.expect_version("v1").await?;

    narrator::good_version();
    let before = stage.load().counts();
    deploy(stage, "v2", 0).await?;
    stage.expect_version("v2").await?;
    let good = stage.load().counts().since(&before);
    expect_hurt(&good, &[])?;
    narrator::good_result(&good);

    narrator::bad_version();
    let runs = stage.runs().await?;
    let before = stage.load().counts();
    deploy(stage, "v3", ROLLED_BACK).await?;
    stage.expect_version("v2").await?;
    let bad = stage.load().counts().since(&before);
    expect_hurt(&bad, &[0])?;

    let run = new_run(&runs, stage.runs().await?)?;
    narrator::explanation();
    expect_exit(stage, &["explain", &run], 0).await?;
    narrator::whereabouts();
    expect_exit(stage, &["status", "shop"], 0).await?;
    narrator::bad_result(&bad);
    Ok((good, bad))
}

async fn deploy(stage: &Stage, version: &str, exit_code: i32) -> Result<(), StoryError> {
    narrator::command(&format!("git -C shop checkout {version}"));
    setup::check_out(stage.folder(), version).await?;
    expect_exit(stage, &["deploy-service", "shop", "--yes"], exit_code).await
}

async fn expect_exit(stage: &Stage, arguments: &[&str], code: i32) -> Result<(), StoryError> {
    narrator::command(&format!("scap {}", arguments.join(" ")));
    let status = stage.scap(arguments).await?;
    if status.code() == Some(code) {
        return Ok(());
    }
    if timeout(SAME_MOMENT, stage.interrupted()).await.is_ok() {
        return Err(StoryError::Interrupted);
    }
    Err(StoryError::Unexpected {
        expected: format!("`scap {}` to exit with {code}", arguments.join(" ")),
        found: status.to_string(),
    })
}

/// Checks that requests were answered, and that those on the hosts in `places` failed and no others.
fn expect_hurt(counts: &Counts, places: &[usize]) -> Result<(), StoryError> {
    let names = |places: &mut dyn Iterator<Item = usize>| {
        let names: Vec<&str> = places.map(|place| HOSTS[place].0).collect();
        format!("new errors on [{}]", names.join(", "))
    };
    let hurt = counts.hurt_by_host();
    if counts.answered > 0 && hurt.keys().eq(places) {
        return Ok(());
    }
    Err(StoryError::Unexpected {
        expected: names(&mut places.iter().copied()),
        found: format!(
            "{} in {} answers",
            names(&mut hurt.keys().copied()),
            counts.answered
        ),
    })
}

/// The one run that is in `after` and not in `before`, which must have been rolled back.
fn new_run(before: &[RunRow], after: Vec<RunRow>) -> Result<String, StoryError> {
    let known = |row: &RunRow| before.iter().any(|other| other.run == row.run);
    let new: Vec<RunRow> = after.into_iter().filter(|row| !known(row)).collect();
    match &new[..] {
        [row] if row.rolled_back() => Ok(row.number()),
        _ => Err(StoryError::Unexpected {
            expected: "one new run, rolled back, in `scap runs`".to_owned(),
            found: format!("{new:?}"),
        }),
    }
}
