//! scap that goes on while the test looks elsewhere; ended with the test.

use super::{Said, until};
use rustix::process::{Pid, Signal, kill_process};
use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command};

pub(crate) struct Running {
    child: RefCell<Child>,
    stdout: File,
    stderr: File,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        // Files take any amount, with nobody reading meanwhile.
        let [stdout, stderr] = [tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap()];
        command
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap());
        Self {
            child: RefCell::new(command.spawn().unwrap()),
            stdout,
            stderr,
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ends(self) -> Said {
        until("the end of scap", || {
            self.child.borrow_mut().try_wait().unwrap().is_some()
        });
        self.said_so_far()
    }

    /// Waits until it has said this on stdout.
    pub(crate) fn until_says(&self, part: &str) {
        self.until(&format!("`{part}` on stdout"), |said| {
            said.stdout.contains(part)
        });
    }

    /// Waits until it has said this on stderr.
    pub(crate) fn until_complains(&self, part: &str) {
        self.until(&format!("`{part}` on stderr"), |said| {
            said.stderr.contains(part)
        });
    }

    /// Whoever has ended says no more.
    fn until(&self, what: &str, is_there: impl Fn(&Said) -> bool) {
        until(what, || {
            let said = self.said_so_far();
            let is_there = is_there(&said);
            assert!(is_there || said.code.is_none(), "it ended without {what}");
            is_there
        });
    }

    fn said_so_far(&self) -> Said {
        let code = self
            .child
            .borrow_mut()
            .try_wait()
            .unwrap()
            .and_then(|status| status.code());
        Said {
            code,
            stdout: read(&self.stdout),
            stderr: read(&self.stderr),
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child.borrow()), signal).unwrap();
    }

    /// SIGKILL: it gets no chance to say or mend anything.
    pub(crate) fn kill(self) {
        self.signal(Signal::KILL);
        self.child.borrow_mut().wait().unwrap();
    }
}

impl Drop for Running {
    #[expect(
        clippy::print_stderr,
        reason = "a test that fails shows what scap said"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.said_so_far());
        }
        let child = self.child.get_mut();
        // It may have ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// All of a file that another process writes. The offset, which both share, stays where it is.
fn read(file: &File) -> String {
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
