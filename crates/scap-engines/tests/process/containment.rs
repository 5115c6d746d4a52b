//! Each way to keep a program's processes together, really used: which one it was is read from the start's record.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use scap_engines::process::{Ending, Interruption, Leftovers, OutputLine};
use tokio_util::sync::CancellationToken;

use crate::place::{Place, kill, supervisor_of};
use crate::{NONE, STUBBORN, when_ready};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Cgroup,
    Freezer,
    Descent,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Cgroup, Self::Freezer, Self::Descent];

    pub(crate) fn behavior(self) -> &'static str {
        match self {
            Self::Cgroup => "by-cgroup",
            Self::Freezer => "by-freezer",
            Self::Descent => "by-descent",
        }
    }

    /// Whether this machine has it, told from what is mounted and not by the code that is tested. Where it is not, that is
    /// said; root, to whom a mounted hierarchy can be written, always has it.
    pub(crate) fn is_here(self) -> bool {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let is_mounted = mounts.lines().any(|line| {
            let (place, kind) = line.split_once(" - ").unwrap();
            let writable = place
                .split(' ')
                .nth(5)
                .unwrap()
                .split(',')
                .any(|o| o == "rw");
            let mut kind = kind.split(' ');
            let (name, options) = (kind.next().unwrap(), kind.next_back().unwrap());
            writable
                && match self {
                    Self::Cgroup => name == "cgroup2",
                    Self::Freezer => name == "cgroup" && options.split(',').any(|o| o == "freezer"),
                    Self::Descent => true,
                }
        });
        let is_here = is_mounted && (self == Self::Descent || rustix::process::getuid().is_root());
        if !is_here {
            // Not by the macro, whose words nobody sees unless the test fails.
            let text = format!("NOT TESTED: {self:?} is not delegated to us here\n");
            io::stderr().write_all(text.as_bytes()).unwrap();
        }
        is_here
    }
}

/// The ways that can be tested here; `NOT TESTED` is said of the others.
pub(crate) fn ways() -> impl Iterator<Item = Way> {
    Way::ALL.into_iter().filter(|way| way.is_here())
}

/// The group that a program was started in.
fn group(place: &Place, way: Way) -> Option<PathBuf> {
    let start = place.start("1/a").unwrap();
    let group = &start["cgroup"];
    let expected = match way {
        Way::Cgroup => "cgroup",
        Way::Freezer => "freezer",
        Way::Descent => {
            assert!(group.is_null(), "{group}");
            return None;
        }
    };
    assert_eq!(group["containment"], expected);
    Some(Path::new(group["path"].as_str().unwrap()).to_owned())
}

/// Who is in the group is neither its supervisor nor anybody of another program.
fn expect_members(place: &Place, group: &Path) {
    let members = fs::read_to_string(group.join("cgroup.procs")).unwrap();
    let mut members: Vec<i32> = members.lines().map(|pid| pid.parse().unwrap()).collect();
    let mut living = place.living();
    members.sort_unstable();
    living.sort_unstable();
    assert_eq!(members, living);
    assert!(!members.contains(&supervisor_of(place, "1/a")));
}

#[tokio::test]
async fn an_abort_kills_a_stubborn_tree_in_each_way_and_gives_the_group_back() {
    for way in ways() {
        let place = Place::with(way.behavior());
        let mut group_of_it = None;
        let cancel = when_ready(|abort: &CancellationToken| {
            group_of_it = group(&place, way);
            if let Some(group) = &group_of_it {
                expect_members(&place, group);
            }
            abort.cancel();
        });
        let (exit, _) = place.run_with("1/a", &place.shell(STUBBORN), cancel).await;
        assert_eq!(exit.interruption, Some(Interruption::Aborted), "{way:?}");
        assert_eq!(exit.survivors, NONE, "{way:?}");
        assert_eq!(place.living(), NONE, "{way:?}");
        assert!(group_of_it.is_none_or(|group| !group.exists()), "{way:?}");
    }
}

/// With a group, even those are found that have erased their environment; without one they are not.
#[tokio::test]
async fn a_tree_whose_supervisor_was_killed_is_killed_in_each_way() {
    for way in ways() {
        let place = Place::with(way.behavior());
        let script = match way {
            Way::Descent => STUBBORN.replace("env -i", "env"),
            _ => STUBBORN.to_owned(),
        };
        let strike = when_ready(|_| kill(supervisor_of(&place, "1/a"), Signal::KILL));
        let (exit, _) = place.run_with("1/a", &place.shell(&script), strike).await;
        assert_eq!(exit.ending, Ending::Lost, "{way:?}");
        assert_eq!(exit.survivors, NONE, "{way:?}");
        assert_eq!(place.living(), NONE, "{way:?}");
        let group = group(&place, way);
        assert!(group.is_none_or(|group| !group.exists()), "{way:?}");
    }
}

/// Neither its environment nor a parent leads to it: that takes a group.
#[tokio::test]
async fn an_orphan_with_an_erased_environment_does_not_survive_its_group() {
    for way in ways().filter(|way| *way != Way::Descent) {
        let place = Place::with(way.behavior());
        let script = "(env -i /usr/bin/setsid /bin/sh -c 'echo ready; exec /bin/sleep 1000' &); exec sleep 1000";
        let strike = |_: &OutputLine, _: &CancellationToken| {
            kill(supervisor_of(&place, "1/a"), Signal::KILL);
        };
        let (exit, _) = place.run_with("1/a", &place.shell(script), strike).await;
        assert_eq!(exit.ending, Ending::Lost, "{way:?}");
        assert_eq!(exit.survivors, NONE, "{way:?}");
        assert_eq!(place.living(), NONE, "{way:?}");
    }
}

/// Its processes are gone before a look at them is over: without a group, only a subreaper knows that there are any.
#[tokio::test]
async fn an_abort_kills_a_chain_of_forks_that_never_ends_in_each_way() {
    for way in ways() {
        let place = Place::with(way.behavior());
        let mut alive = place.alive();
        // Each forks the next one and ends: they come faster than /proc can be read.
        let script = "exec 9>alive; perl -e 'fork && exit while 1' & echo ready; trap '' INT TERM; sleep 1000; sleep 1000";
        let cancel = |line: &OutputLine, abort: &CancellationToken| {
            assert_eq!(line.text, "ready");
            assert!(alive.is_held());
            abort.cancel();
        };
        let (exit, _) = place.run_with("1/a", &place.shell(script), cancel).await;
        assert_eq!(exit.survivors, NONE, "{way:?}");
        assert!(!alive.is_held(), "{way:?}");
    }
}

#[tokio::test]
async fn what_a_program_may_leave_behind_keeps_its_group_until_it_ends() {
    for way in ways() {
        let place = Place::with(way.behavior());
        let daemon = Leftovers::Leave;
        let program = scap_engines::process::Program {
            leftovers: daemon,
            ..place.shell("setsid sleep 1000 & exit 3")
        };
        let (exit, _) = place.run("1/a", &program).await;
        assert_eq!(exit.ending, Ending::Exited { code: 3 }, "{way:?}");
        let group = group(&place, way);
        let living = place.living();
        assert_eq!(living.len(), 1, "{way:?}");
        if let Some(group) = &group {
            expect_members(&place, group);
        }
        kill(living[0], Signal::KILL);
        crate::place::until(|| place.living().is_empty()).await;
        place.run("1/b", &place.shell("")).await;
        assert!(group.is_none_or(|group| !group.exists()), "{way:?}");
    }
}

#[tokio::test]
async fn groups_that_a_program_makes_itself_are_killed_and_given_back() {
    for way in ways().filter(|way| *way != Way::Descent) {
        let place = Place::with(way.behavior());
        // The program is told where it is by the record, since it cannot know.
        let script = "
            until [ -e inside ]; do sleep 0.01; done
            mkdir \"$(cat inside)/own\"; setsid sh -c 'echo 0 >\"$(cat inside)/own/cgroup.procs\"; exec sleep 1000' &
            until grep -q . \"$(cat inside)/own/cgroup.procs\"; do sleep 0.01; done; echo ready; sleep 1000";
        let program = place.shell(script);
        let told = async {
            crate::place::until(|| place.start("1/a").is_some()).await;
            let group = group(&place, way).unwrap();
            fs::write(place.work().join("new"), group.to_str().unwrap()).unwrap();
            fs::rename(place.work().join("new"), place.work().join("inside")).unwrap();
            group
        };
        let cancel = |_: &OutputLine, abort: &CancellationToken| abort.cancel();
        let ((exit, _), group) = tokio::join!(place.run_with("1/a", &program, cancel), told);
        assert_eq!(exit.survivors, NONE, "{way:?}");
        assert_eq!(place.living(), NONE, "{way:?}");
        assert!(!group.exists(), "{way:?}");
    }
}
