//! In: a few files that a parser takes or refuses.
//! Out: thousands of hostile ones made of them, each handed to the parser, the same ones each time.
//! Never: part of the product; random without a seed.
//!
//! `SCAP_FUZZ_INPUTS=n` sets how many inputs each parser gets. Where there are many of them, time is watched too: no
//! input may take a second. `SCAP_FUZZ_LAST=FILE` keeps the input that is being read, for when not even a panic is left.

mod mutation;
mod watch;

use mutation::{Mutation, mutation};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use watch::Watch;

/// Few enough for all parsers together to be done in seconds, without optimisation.
const INPUTS: u32 = 400;
/// From so many on, times are watched: a machine that only tests may be busy with other things.
const MANY: u32 = 10_000;

/// Hands hostile inputs, made of the `good` files, to `read`, which must come back without a panic each time.
///
/// The one that it panics on is made smaller, and shown.
pub fn hostile(name: &str, good: &[Vec<u8>], read: impl Fn(&[u8])) {
    assert!(!good.is_empty(), "`{name}` has nothing to begin with");
    let count = inputs();
    let watch = Watch::new(name, count >= MANY);
    for file in good {
        watch.over(file, &read);
    }
    let input = (any::<Index>(), vec(mutation(), 0..6)).prop_map(|(file, mutations)| {
        let whole = file.get(good).clone();
        let damage = |bytes, mutation: &Mutation| mutation.of(bytes, good);
        Input(mutations.iter().fold(whole, damage))
    });
    let config = Config {
        cases: count,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, generator(name));
    let ran = runner.run(&input, |Input(bytes)| {
        watch.over(&bytes, &read);
        Ok(())
    });
    if let Err(error) = ran {
        panic!("`{name}` cannot stand an input: {error}");
    }
    watch.report(count);
}

/// As [`hostile`], for what reads text: bytes that are no UTF-8 are replaced, as those who call it do.
pub fn hostile_text(name: &str, good: &[&str], read: impl Fn(&str)) {
    let good: Vec<Vec<u8>> = good.iter().map(|text| text.as_bytes().to_vec()).collect();
    hostile(name, &good, |bytes| read(&String::from_utf8_lossy(bytes)));
}

fn inputs() -> u32 {
    let set = std::env::var("SCAP_FUZZ_INPUTS").ok();
    set.and_then(|number| number.parse().ok()).unwrap_or(INPUTS)
}

/// Each parser has inputs of its own, and the same ones each time.
fn generator(name: &str) -> TestRng {
    let mut seed = [0; 32];
    for (place, byte) in name.bytes().enumerate() {
        seed[place % 32] ^= byte;
    }
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// Bytes that are shown as text, with escapes.
struct Input(Vec<u8>);

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 4_000;
        let Self(bytes) = self;
        let shown = &bytes[..bytes.len().min(SHOWN)];
        write!(f, "b\"{}\"", shown.escape_ascii())?;
        if shown.len() < bytes.len() {
            write!(f, " and {} more bytes", bytes.len() - shown.len())?;
        }
        Ok(())
    }
}
