//! How fast output is masked and filtered, and how often the mask hides what is no secret: `masking [FOLDER]…`.
#![expect(clippy::print_stdout, reason = "it tells people its figures")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scap_mask::{Class, Mask, Secrets, ShownLines, Stream, Terminal};

const CHUNK_BYTES: usize = 16 << 10;
const ROUNDS: usize = 3;
/// What is read for times; for false masks, all of it.
const TIMED_BYTES: usize = 16 << 20;
const LABEL: &str = "[masked: value]";

fn main() {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut text = Vec::new();
    for folder in &folders {
        read(folder, &mut text);
    }
    let timed = &text[..text.len().min(TIMED_BYTES)];
    println!(
        "{:.0} MB of text, {:.0} of it timed; processor time, median of {ROUNDS} rounds",
        mega(text.len()),
        mega(timed.len())
    );
    for values in [0, 200, 2_000] {
        let began = working_time();
        let mask = mask_of(values);
        let made = working_time().saturating_sub(began);
        let seen = masked(&mask, &text);
        let [by_value, all] =
            [LABEL, "[masked: "].map(|part| count(&seen, part) - count(&text, part));
        println!(
            "{values} values: mask made in {made:.1?}; {by_value} masks of values, {} of forms",
            all - by_value
        );
        report("  masked", timed, |text| masked(&mask, text).len());
        report("  masked and filtered", timed, |text| {
            let mut shown = ShownLines::new(Some(mask.clone()));
            let lines = text
                .chunks(CHUNK_BYTES)
                .map(|chunk| shown.push(chunk).len());
            lines.sum()
        });
    }
    report("filtered", timed, |text| {
        let mut terminal = Terminal::default();
        let lines = text
            .chunks(CHUNK_BYTES)
            .map(|chunk| terminal.push(chunk).len());
        lines.sum()
    });
}

/// Adds all text below `path`.
fn read(path: &Path, text: &mut Vec<u8>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in &paths {
            read(path, text);
        }
    } else if let Ok(content) = std::fs::read_to_string(path) {
        text.extend(content.bytes());
    }
}

/// Values as they are in the world: tokens and passwords of 8 to 64 characters, each 20th a key of 2,000.
fn mask_of(count: usize) -> Mask {
    let mut random = ChaCha8Rng::seed_from_u64(200);
    let mut secrets = Secrets::default();
    for number in 0..count {
        let length = if number % 20 == 0 {
            2_000
        } else {
            random.random_range(8..=64)
        };
        let value: String = (0..length)
            .map(|_| char::from(random.random_range(b'!'..=b'~')))
            .collect();
        secrets.add(Class::Secret, "value", value.as_bytes());
    }
    Mask::new(&secrets, &[Class::Secret]).expect("these values are few")
}

fn masked(mask: &Mask, text: &[u8]) -> Vec<u8> {
    let mut stream = Stream::new(mask.clone());
    let mut seen = Vec::with_capacity(text.len());
    for chunk in text.chunks(CHUNK_BYTES) {
        seen.extend(stream.push(chunk));
    }
    seen.extend(stream.finish());
    seen
}

/// What the processor has spent on this thread, from `/proc`: the machine does other things too.
fn working_time() -> Duration {
    let statistics =
        std::fs::read_to_string("/proc/thread-self/schedstat").expect("a kernel that counts");
    let nanoseconds = statistics.split(' ').next().expect("a first word");
    Duration::from_nanos(nanoseconds.parse().expect("a number"))
}

fn count(text: &[u8], part: &str) -> usize {
    memchr::memmem::find_iter(text, part).count()
}

fn report(what: &str, text: &[u8], work: impl Fn(&[u8]) -> usize) {
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = working_time();
            assert!(work(text) > 0, "nothing came out");
            working_time().saturating_sub(began).as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    println!("{what}: {:.0} MB/s", mega(text.len()) / seconds[ROUNDS / 2]);
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
