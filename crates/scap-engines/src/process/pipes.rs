//! The pipes from a program to its supervisor, copied into the output file.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};

use super::exit::OutputSize;
use super::output::{RECORD_LIMIT_BYTES, Stream};
use super::recorder::Recorder;

/// The most that is read after the program's end: far more than a pipe holds.
const DRAIN_READS: usize = 1024;

pub(super) struct Pipes {
    open: Vec<(Stream, OwnedFd)>,
    recorder: Recorder,
    buffer: Vec<u8>,
}

impl Pipes {
    pub(super) fn of(child: &mut Child, recorder: Recorder) -> io::Result<Self> {
        let stdout = child.stdout.take().map(OwnedFd::from);
        let stderr = child.stderr.take().map(OwnedFd::from);
        let streams = [(Stream::Stdout, stdout), (Stream::Stderr, stderr)];
        let mut open = Vec::new();
        for (stream, pipe) in streams {
            let pipe = pipe.expect("both are piped");
            fcntl_setfl(&pipe, OFlags::NONBLOCK)?;
            open.push((stream, pipe));
        }
        Ok(Self {
            open,
            recorder,
            buffer: vec![0; RECORD_LIMIT_BYTES],
        })
    }

    /// Waits until there is something to read, `process` ends, a signal arrives or `timeout` is over.
    pub(super) fn wait(&self, process: Option<&OwnedFd>, timeout: Duration) {
        let pipes = self.open.iter().map(|(_, pipe)| pipe);
        let mut watched: Vec<_> = pipes
            .chain(process)
            .map(|file| PollFd::new(file, PollFlags::IN))
            .collect();
        let timeout = Timespec::try_from(timeout).expect("a tick is short");
        // Whatever the reason for its return, the caller looks at everything.
        let _ = poll(&mut watched, Some(&timeout));
    }

    /// Copies what one read of each pipe gives; false when there was nothing.
    pub(super) fn copy(&mut self) -> bool {
        let (buffer, recorder) = (&mut self.buffer, &mut self.recorder);
        let mut copied = false;
        self.open.retain(|(stream, pipe)| {
            match rustix::io::read(pipe, buffer.as_mut_slice()) {
                Ok(0) => return false,
                Ok(length) => {
                    recorder.record(*stream, &buffer[..length]);
                    copied = true;
                }
                // Nothing there now, or a signal came.
                Err(_) => {}
            }
            true
        });
        copied
    }

    /// Copies what is still in the pipes, without waiting for processes that hold them open.
    pub(super) fn finish(mut self) -> OutputSize {
        let mut reads = 0;
        while reads < DRAIN_READS && self.copy() {
            reads += 1;
        }
        self.recorder.finish()
    }
}
