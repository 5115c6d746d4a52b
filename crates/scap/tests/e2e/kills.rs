//! scap, helm or both are interrupted at any moment of an install, an upgrade or an undo; the next run puts all in order.
//!
//! `SCAP_KILLS=60` is all of it, else there are fewer. A seed that fails fails again alone, with `SCAP_KILLS_ONLY=SEED`.

mod scene;
mod victim;

use crate::place::{FIRST, Said};
use crate::small_service::SmallService;
use scene::{Phase, Scene};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use victim::{Process, kill, living};

const FEWER: u64 = 20;
const GOOD: [&str; 3] = [
    FIRST,
    "2026-02-18-093000-production",
    "2026-04-02-121212-production",
];
const CRASHING: &str = "2026-05-01-120000-crashing";
/// In which a run comes to its end, one way or the other.
const PATIENCE: Duration = Duration::from_mins(3);
const NOBODY: &str = "nobody was there";
const PAUSE: Duration = Duration::from_millis(2);

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn whatever_is_killed_the_next_run_succeeds_unaided() {
    let service = SmallService::new("kills", &["staging", "codfw"]);
    let kills = Kills::new(service);
    println!("left alone: {:?}", kills.lengths);
    let number = |name| std::env::var(name).ok().map(|text| text.parse().unwrap());
    let seeds: Vec<u64> = match number("SCAP_KILLS_ONLY") {
        Some(seed) => vec![seed],
        None => (0..number("SCAP_KILLS").unwrap_or(FEWER)).collect(),
    };
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    for seed in seeds {
        let (mut scene, began) = (Scene::of(seed), Instant::now());
        let what = loop {
            match kills.play(&scene) {
                Some(what) => break what,
                None => scene = scene.earlier(),
            }
        };
        println!(
            "{scene:?}: {} in {:.1} s",
            what.join(", "),
            began.elapsed().as_secs_f64()
        );
        let Scene {
            phase,
            victim,
            signal,
            ..
        } = scene;
        for what in [
            format!("{phase:?}"),
            format!("{victim:?}"),
            format!("{signal:?}"),
        ]
        .into_iter()
        .chain(what)
        {
            *counted.entry(what).or_default() += 1;
        }
    }
    println!("{counted:#?}");
}

struct Kills {
    service: SmallService,
    /// How long each phase takes when it is left alone.
    lengths: BTreeMap<Phase, Duration>,
}

/// How an interrupted run ended.
struct End {
    /// None when it was killed before there was a run.
    code: Option<i32>,
    /// In a few words.
    happened: Vec<String>,
    /// All of it, for when it is not as it should be.
    told: String,
}

impl Kills {
    fn new(service: SmallService) -> Self {
        let mut kills = Self {
            service,
            lengths: BTreeMap::new(),
        };
        for (phase, tag, code) in [
            (Phase::Install, GOOD[0], 0),
            (Phase::Upgrade, GOOD[1], 0),
            (Phase::Undo, CRASHING, 3),
        ] {
            let began = Instant::now();
            kills.deploys("staging", tag, code);
            kills.lengths.insert(phase, began.elapsed());
        }
        kills
            .lengths
            .insert(Phase::Rollback, kills.lengths[&Phase::Upgrade]);
        kills.deploys("codfw", GOOD[0], 0);
        kills
    }

    fn deploys(&self, environment: &str, tag: &str, code: i32) {
        self.service.set_tag(tag);
        let said = self
            .service
            .place
            .scap(&self.service.deployment(environment));
        assert_eq!(said.code, Some(code), "{}{}", said.stdout, said.stderr);
    }

    fn state(&self) -> PathBuf {
        self.service.place.path().join("state")
    }

    /// The tag of a release all of whose pods are ready.
    fn live(&self, scene: &Scene, release: &str) -> Option<String> {
        let deployed = self.service.deployed(scene.environment, release)?;
        let (tag, ready) = deployed.split_once(' ').unwrap();
        let (ready, wanted) = ready.split_once('/').unwrap();
        assert_eq!(ready, wanted, "{scene:?}: {deployed}");
        Some(tag.to_owned())
    }

    /// Plays a scene, checks how it ends, and says in a few words what happened; nothing when nobody was there to be hit.
    fn play(&self, scene: &Scene) -> Option<Vec<String>> {
        let (service, environment) = (&self.service, scene.environment);
        let release = match scene.phase {
            Phase::Install => format!("seed{}-{}", scene.seed, scene.tries),
            _ => "main".to_owned(),
        };
        service.set_release(&release);
        let (arguments, before, wanted) = self.prepare(scene, &release);
        let uid = service.uid(environment, &release);
        let revision = service.history(environment, &release).pop();

        let end = self.interrupt(scene, &arguments);
        let told = &end.told;
        let expected = match end.code {
            Some(0) => &wanted,
            Some(1 | 3 | 5) | None => &before,
            _ => panic!("{told}"),
        };
        let live = self.live(scene, &release);
        assert_eq!(live, *expected, "{told}");
        let settled = service.uid(environment, &release);
        assert!(uid.is_none() || settled == uid, "{told}");

        // Whatever it came to, the next one is a run like any other.
        let is_new = |tag: &&str| live.as_deref() != Some(tag);
        let next = wanted.as_deref().filter(is_new);
        let next = next.or_else(|| GOOD.into_iter().find(is_new)).unwrap();
        self.deploys(environment, next, 0);
        assert_eq!(self.live(scene, &release).as_deref(), Some(next), "{told}");
        let uid = service.uid(environment, &release);
        assert!(settled.is_none() || uid == settled, "{told}");
        let newest = service.history(environment, &release).pop().unwrap();
        assert_eq!(newest.1, "deployed", "{told}");
        assert!(
            newest.0 > revision.map_or(0, |(number, _)| number),
            "{told}"
        );
        self.assert_nothing_is_left(told);
        (!end.happened.contains(&NOBODY.to_owned())).then_some(end.happened)
    }

    /// What scap is to be told, the tag that runs before, and the one that runs when it succeeds.
    fn prepare(
        &self,
        scene: &Scene,
        release: &str,
    ) -> (Vec<String>, Option<String>, Option<String>) {
        let live = self.live(scene, release);
        let mut others = GOOD.into_iter().filter(|tag| live.as_deref() != Some(tag));
        let other = others.next().unwrap();
        let deployment = self
            .service
            .deployment(scene.environment)
            .map(str::to_owned);
        match scene.phase {
            Phase::Undo => {
                self.service.set_tag(CRASHING);
                (deployment.into(), live, None)
            }
            Phase::Install | Phase::Upgrade => {
                self.service.set_tag(other);
                (deployment.into(), live, Some(other.to_owned()))
            }
            Phase::Rollback => {
                self.deploys(scene.environment, other, 0);
                let run = self.service.place.last_run()["run"].to_string();
                let rollback = ["rollback", &run, "--yes"].map(str::to_owned);
                (rollback.into(), Some(other.to_owned()), live)
            }
        }
    }

    /// Begins a run, kills, and goes on with the run if it has not ended.
    fn interrupt(&self, scene: &Scene, arguments: &[String]) -> End {
        let place = &self.service.place;
        let newest = || place.json(&["runs"])[0]["run"].as_u64();
        let known = newest();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = place.scap_command(&arguments);
        let scap = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut scap = scap.unwrap();
        let moment = Instant::now() + self.lengths[&scene.phase].mul_f64(scene.moment);
        let hit = self.strike(scene, moment, &mut scap);
        let mut happened: Vec<String> = Vec::new();
        if hit.is_empty() {
            happened.push(NOBODY.to_owned());
        }
        let helms = hit.iter().filter(|process| process.is_helm());
        happened
            .extend(helms.map(|helm| format!("helm {}", helm.words.split(' ').nth(1).unwrap())));
        let mut said = Said::from(ended(scap));
        let run = newest().filter(|run| Some(*run) != known);
        let outcome = run.map(|run| place.json(&["show", &run.to_string()])["outcome"].clone());
        if outcome == Some(Value::Null) {
            happened.push("resumed".to_owned());
            said = place.scap(&["resume", &run.unwrap().to_string()]);
        } else if said.code.is_none() && outcome == Some("succeeded".into()) {
            said.code = Some(0);
        }
        happened.push(match said.code {
            Some(code) => format!("ended with {code}"),
            None => "killed before it began".to_owned(),
        });
        let told = format!("{scene:?}, {happened:?}: {}{}", said.stdout, said.stderr);
        let code = said.code;
        End {
            code,
            happened,
            told,
        }
    }

    /// Waits for the moment, and for the victim to be there, and kills it.
    fn strike(&self, scene: &Scene, mut moment: Instant, scap: &mut Child) -> Vec<Process> {
        let (state, mut has_aged) = (self.state(), !scene.victim.has_helm());
        while scap.try_wait().unwrap().is_none() {
            let found = scene.victim.find(&state, scap.id().cast_signed());
            let is_there = !scene.victim.has_helm() || found.iter().any(Process::is_helm);
            if Instant::now() >= moment && is_there {
                if has_aged {
                    kill(&found, scene.signal);
                    return found;
                }
                (has_aged, moment) = (true, Instant::now() + scene.age);
            }
            sleep(PAUSE);
        }
        Vec::new()
    }

    fn assert_nothing_is_left(&self, told: &str) {
        let (state, deadline) = (self.state(), Instant::now() + Duration::from_secs(10));
        while !living(&state).is_empty() {
            assert!(Instant::now() < deadline, "{told}\n{:?}", living(&state));
            sleep(PAUSE);
        }
    }
}

fn ended(mut scap: Child) -> std::process::Output {
    let deadline = Instant::now() + PATIENCE;
    while scap.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it does not end");
        sleep(PAUSE);
    }
    scap.wait_with_output().unwrap()
}
