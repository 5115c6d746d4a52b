//! How long the inputs take, and how much memory all of them.

use std::cell::Cell;
use std::ffi::OsString;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// No input may take longer.
const PATIENCE: Duration = Duration::from_secs(1);
/// An input that takes this long will not come to an end.
const FOR_EVER: Duration = Duration::from_mins(1);
/// All inputs together may take this much memory at a time; the tests of one crate share a process.
const MOST_MEMORY_KIB: u64 = 3 << 20;

pub(crate) struct Watch {
    name: String,
    began: Instant,
    slowest: Cell<(Duration, usize)>,
    /// Where times count: tells another thread what is read now, and that it was read.
    reading: Option<Sender<Vec<u8>>>,
    last: Option<OsString>,
}

impl Watch {
    pub(crate) fn new(name: &str, is_timed: bool) -> Self {
        Self {
            name: name.to_owned(),
            began: Instant::now(),
            slowest: Cell::default(),
            reading: is_timed.then(|| guard(name.to_owned())),
            last: std::env::var_os("SCAP_FUZZ_LAST"),
        }
    }

    /// Reads an input once; again only if it seems too slow.
    pub(crate) fn over(&self, bytes: &[u8], read: &impl Fn(&[u8])) {
        let took = self.time(bytes, read);
        if took > self.slowest.get().0 {
            self.slowest.set((took, bytes.len()));
        }
        if self.reading.is_some() && took > PATIENCE {
            let again = (0..3).map(|_| self.time(bytes, read)).min().unwrap_or(took);
            assert!(
                again <= PATIENCE,
                "an input of {} bytes takes {again:?}",
                bytes.len()
            );
        }
    }

    fn time(&self, bytes: &[u8], read: &impl Fn(&[u8])) -> Duration {
        if let Some(reading) = &self.reading {
            reading.send(bytes.to_vec()).expect("the guard outlives it");
        }
        if let Some(file) = &self.last {
            std::fs::write(file, bytes).expect("the file named by SCAP_FUZZ_LAST can be written");
        }
        let (began, worked) = (Instant::now(), working_time());
        read(bytes);
        match (worked, working_time()) {
            (Some(before), Some(after)) if self.reading.is_some() => after.saturating_sub(before),
            _ => began.elapsed(),
        }
    }

    /// Says what was measured, and that memory was bounded.
    #[expect(clippy::print_stdout, reason = "it is part of a test's output")]
    pub(crate) fn report(&self, count: u32) {
        let (slowest, bytes) = self.slowest.get();
        let peak = peak_memory_kib();
        println!(
            "{}: {count} inputs in {:.1?}, the slowest {slowest:.1?} ({bytes} bytes); at most {} MiB so far",
            self.name,
            self.began.elapsed(),
            peak / 1024
        );
        assert!(peak < MOST_MEMORY_KIB, "reading took {peak} KiB of memory");
    }
}

/// A thread that ends everything when nothing new is read for long: a loop without end cannot be left otherwise.
#[expect(clippy::print_stderr, reason = "nothing else is left to say it")]
fn guard(name: String) -> Sender<Vec<u8>> {
    let (sender, receiver) = mpsc::channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let mut last = Vec::new();
        loop {
            match receiver.recv_timeout(FOR_EVER) {
                Ok(bytes) => last = bytes,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!("`{name}` hangs on b\"{}\"", last.escape_ascii());
                    std::process::abort();
                }
            }
        }
    });
    sender
}

/// What the processor has spent on this thread, from `/proc`: a machine that does other things too is not counted.
fn working_time() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = statistics.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// The most that this process ever had, from `/proc`; nothing where there is none.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
