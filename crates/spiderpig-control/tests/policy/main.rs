//! The policy: what it says equals what an oracle of another kind says, and the rules that people rely on, one by one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod laws;
mod oracle;
mod world;

use oracle::Oracle;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use scap_plan::{PolicyFile, Source};
use spiderpig_control::Policy;
use std::cell::Cell;
use world::{Model, asked, model};

/// Policies; each is asked some hundreds of wishes.
const POLICIES: u32 = 3_000;

/// A17: persons × groups × services × environments × rights × what was shown.
#[test]
fn decisions_equal_those_of_an_independent_oracle() {
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config {
        cases: POLICIES,
        failure_persistence: None,
        ..Config::default()
    };
    let (asked_in_all, kinds) = (Cell::new(0_u64), Cell::new([0_u64; 4]));
    let ran = TestRunner::new_with_rng(config, seed).run(&model(), |model| {
        let (policy, oracle) = (read(&model), Oracle::new(&model));
        for (asker, wish) in asked(&model) {
            let found = policy.decide(&asker, &wish);
            let expected = oracle.decide(&asker, &wish);
            let said = (
                found.kind(),
                found.rule().map(|rule| rule.as_str().to_owned()),
            );
            prop_assert_eq!(said, expected, "{:?} {:?}\n{}", asker, wish, model.text());
            asked_in_all.set(asked_in_all.get() + 1);
            let mut counts = kinds.get();
            counts[found.kind() as usize] += 1;
            kinds.set(counts);
        }
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
    let (all, kinds) = (asked_in_all.get(), kinds.get());
    println!("{all} decisions: allowed, step-up, approval, refused are {kinds:?}");
    assert!(all >= 800_000, "only {all} decisions");
    let rarest = kinds.iter().min().unwrap();
    assert!(
        *rarest > 10_000,
        "one answer is hardly ever given: {kinds:?}"
    );
}

fn read(model: &Model) -> Policy {
    let source = Source::new("policy.yaml", model.text());
    PolicyFile::read(&source)
        .unwrap_or_else(|errors| panic!("{errors:?}\n{}", model.text()))
        .into()
}
