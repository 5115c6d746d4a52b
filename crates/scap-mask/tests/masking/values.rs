//! 200 secrets as they are in the world, the same ones each time.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const OF_EACH_KIND: usize = 20;

type Kind = fn(&mut ChaCha8Rng) -> String;

/// A name for those who read, and what makes one.
const KINDS: [(&str, Kind); 10] = [
    ("password of a person", |random| {
        some(random, PRINTABLE, 8..20)
    }),
    ("password of a program", |random| {
        some(random, PRINTABLE, 32..65)
    }),
    ("token", |random| some(random, LETTERS, 20..50)),
    ("shortest", |random| some(random, LETTERS, 6..8)),
    ("key in hex", |random| {
        some(random, "0123456789abcdef", 64..65)
    }),
    ("number", |random| some(random, "0123456789", 8..24)),
    ("words", |random| {
        format!(
            "{}-ö {} 😀 {}",
            some(random, LETTERS, 4..9),
            some(random, LETTERS, 4..9),
            some(random, LETTERS, 4..9)
        )
    }),
    ("escapes", |random| {
        let mut parts = vec![some(random, LETTERS, 4..8)];
        for _ in 0..4 {
            let special = [
                "\\", "\"", "'", "%", "&", " ", "\t", "+", "/", "=", "$", "<",
            ];
            parts.push((*special.choose(random).unwrap()).to_owned());
            parts.push(some(random, LETTERS, 2..6));
        }
        parts.concat()
    }),
    ("JSON", |random| {
        let (user, password) = (
            some(random, LETTERS, 8..12),
            some(random, PRINTABLE, 12..30),
        );
        serde_json::to_string_pretty(&serde_json::json!({ "user": user, "password": password }))
            .unwrap()
    }),
    ("PEM", |random| {
        let digits = format!("{LETTERS}+/");
        let lines: Vec<String> = (0..5).map(|_| some(random, &digits, 64..65)).collect();
        let last = some(random, &digits, 8..60);
        format!(
            "-----BEGIN SHOP KEY-----\n{}\n{last}\n-----END SHOP KEY-----\n",
            lines.join("\n")
        )
    }),
];

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PRINTABLE: &str = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

pub(crate) fn secrets() -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let kinds = KINDS.iter().flat_map(|kind| [kind; OF_EACH_KIND]);
    kinds.map(|(_, make)| make(&mut random)).collect()
}

fn some(random: &mut ChaCha8Rng, alphabet: &str, length: std::ops::Range<usize>) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let length = random.random_range(length);
    (0..length)
        .map(|_| *alphabet.choose(random).unwrap())
        .collect()
}
