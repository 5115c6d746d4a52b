//! A39: ten thousand ways to change an audit behind its back, each found.

use crate::{Place, at, deed, record};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};
use spiderpig_control::{Act, Audit, Deed, Head};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

const MUTATIONS: u32 = 10_000;
const ENTRIES: i64 = 40;
const PRUNED: u64 = 10;

/// A row of entries, and one of checkpoints.
type EntryRow = (i64, i64, String, Vec<u8>);
type CheckpointRow = (i64, i64, Vec<u8>, Vec<u8>, Option<Vec<u8>>);

#[derive(Clone, PartialEq)]
struct Rows {
    entries: Vec<EntryRow>,
    checkpoints: Vec<CheckpointRow>,
    head: String,
}

/// Somebody who may write all files, and who has neither the key nor the heads that lie elsewhere.
struct Tamperer {
    connection: Connection,
    head: PathBuf,
}

impl Tamperer {
    fn new(place: &Place) -> Self {
        let connection = Connection::open(place.path("audit.db")).unwrap();
        connection
            .pragma_update(None, "synchronous", "OFF")
            .unwrap();
        Self {
            connection,
            head: place.path("audit.head"),
        }
    }

    fn rows(&self) -> Rows {
        let read = |sql: &str| -> Vec<EntryRow> {
            let mut query = self.connection.prepare(sql).unwrap();
            let rows = query.query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            });
            rows.unwrap().map(Result::unwrap).collect()
        };
        let mut query = self
            .connection
            .prepare("SELECT seq, at, link, signature, pruned FROM checkpoints ORDER BY seq")
            .unwrap();
        let checkpoints = query.query_map([], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        });
        Rows {
            entries: read("SELECT seq, at, body, link FROM entries ORDER BY seq"),
            checkpoints: checkpoints.unwrap().map(Result::unwrap).collect(),
            head: fs::read_to_string(&self.head).unwrap(),
        }
    }

    fn put(&mut self, rows: &Rows) {
        let transaction = self.connection.transaction().unwrap();
        transaction
            .execute_batch("DELETE FROM entries; DELETE FROM checkpoints")
            .unwrap();
        for (seq, at, body, link) in &rows.entries {
            transaction
                .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)")
                .unwrap()
                .execute(params![seq, at, body, link])
                .unwrap();
        }
        for (seq, at, link, signature, pruned) in &rows.checkpoints {
            transaction
                .prepare_cached("INSERT INTO checkpoints VALUES (?1, ?2, ?3, ?4, ?5)")
                .unwrap()
                .execute(params![seq, at, link, signature, pruned])
                .unwrap();
        }
        transaction.commit().unwrap();
        fs::write(&self.head, &rows.head).unwrap();
    }
}

/// A sound audit that was pruned once, its past states, and the heads that were published.
fn audit(place: &Place) -> (Audit, Vec<Rows>, Vec<Head>) {
    let audit = place.open();
    let tamperer = Tamperer::new(place);
    let (mut past, mut heads) = (Vec::new(), Vec::new());
    for number in 0..ENTRIES {
        heads.extend(record(&audit, number..number + 1));
        if audit.head().unwrap().seq == PRUNED {
            audit.checkpoint(at(number)).unwrap();
        }
        if number == 20 {
            audit.prune(PRUNED, "root", at(number)).unwrap();
        }
        if number == 30 {
            audit.checkpoint(at(number)).unwrap();
        }
        past.push(tamperer.rows());
    }
    (audit, past, heads)
}

#[test]
fn ten_thousand_mutations_are_all_found() {
    let place = Place::new();
    let (audit, past, heads) = audit(&place);
    let published = [heads[5], heads[25], heads[38], audit.head().unwrap()];
    let key = audit.public_key();
    assert!(audit.verify(&published, &key).unwrap().damages.is_empty());
    let mut tamperer = Tamperer::new(&place);
    let sound = tamperer.rows();
    let mut random = ChaCha8Rng::seed_from_u64(39);
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    let mut tried = 0;
    while tried < MUTATIONS {
        let mut rows = sound.clone();
        let (kind, first) = mutate(&mut rows, &past, &mut random);
        if rows == sound {
            continue;
        }
        tried += 1;
        tamperer.put(&rows);
        let found = audit.verify(&published, &key).unwrap();
        let damage = found.damages.first();
        let seq = damage.unwrap_or_else(|| panic!("{kind} was not found")).seq;
        if let Some(first) = first {
            assert_eq!(seq, first, "{kind}: {:?}", found.damages);
        }
        *kinds.entry(kind).or_default() += 1;
    }
    tamperer.put(&sound);
    assert!(audit.verify(&published, &key).unwrap().damages.is_empty());
    println!("{kinds:?}");
    assert!(kinds.values().all(|count| *count > 300), "{kinds:?}");
}

/// Changes something; what, and the first entry that must be named, where that is one.
fn mutate(rows: &mut Rows, past: &[Rows], random: &mut impl Rng) -> (&'static str, Option<u64>) {
    let count = rows.entries.len();
    let place = random.random_range(0..count);
    let named = |index: usize| Some(PRUNED + 1 + u64::try_from(index).unwrap());
    match random.random_range(0..11) {
        0 => {
            let body = flipped(rows.entries[place].2.as_bytes(), random);
            rows.entries[place].2 = String::from_utf8_lossy(&body).into_owned();
            ("a bit of a body", named(place))
        }
        1 => {
            rows.entries[place].1 ^= 1 << random.random_range(0..40);
            ("a bit of a time", named(place))
        }
        2 => {
            rows.entries[place].3 = flipped(&rows.entries[place].3, random);
            ("a bit of a link", named(place))
        }
        3 => {
            rows.entries.remove(place);
            // Without the last one, what is missing is what follows the one before it.
            ("an entry taken out", named(place))
        }
        4 => {
            let until = random.random_range(0..count);
            rows.entries.truncate(until);
            // The file beside it says the same.
            rows.head = rows
                .entries
                .last()
                .map_or(String::new(), |row| head_line(row.0, &row.3));
            if rows.head.is_empty() {
                rows.head = head_line(0, &[0; 32]);
            }
            ("cut off with its head", named(until))
        }
        5 => {
            let other = random.random_range(0..count);
            let (a, b) = (rows.entries[place].clone(), rows.entries[other].clone());
            (rows.entries[place].2, rows.entries[other].2) = (b.2, a.2);
            ("two entries swapped", named(place.min(other)))
        }
        6 => {
            *rows = past[random.random_range(0..past.len() - 1)].clone();
            ("an old copy put back", None)
        }
        7 => {
            let mut entries = rows.entries.split_off(place);
            let at = entries[0].1;
            rows.entries.push((entries[0].0, at, body(7), vec![7; 32]));
            for row in &mut entries {
                row.0 += 1;
            }
            rows.entries.extend(entries);
            ("an entry put in", named(place))
        }
        8 => {
            rewrite(rows, place);
            ("all rewritten from one on, with its head", None)
        }
        9 => {
            let checkpoint = random.random_range(0..rows.checkpoints.len());
            let row = &mut rows.checkpoints[checkpoint];
            match random.random_range(0..4) {
                0 => row.2 = flipped(&row.2, random),
                1 => row.3 = flipped(&row.3, random),
                2 => row.1 += 1,
                _ => row.4 = Some(flipped(row.4.as_deref().unwrap_or(&[7; 64]), random)),
            }
            ("a checkpoint", None)
        }
        _ => {
            // As if it had been pruned up to a later checkpoint.
            rows.checkpoints[1].4 = rows.checkpoints[0].4.clone();
            let seq = rows.checkpoints[1].0;
            rows.entries.retain(|row| row.0 > seq);
            let keep = random.random_range(0..3);
            rows.entries.retain(|row| row.0 > seq + keep);
            ("pruned by somebody else", None)
        }
    }
}

/// As one who knows how the chain is made.
fn rewrite(rows: &mut Rows, from: usize) {
    let mut previous = match from {
        0 => rows.checkpoints[0].2.clone(),
        _ => rows.entries[from - 1].3.clone(),
    };
    rows.entries[from].2 = body(8);
    for (seq, at, body, link) in &mut rows.entries[from..] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&previous);
        hasher.update(&seq.to_le_bytes());
        hasher.update(&at.to_le_bytes());
        hasher.update(body.as_bytes());
        *link = hasher.finalize().as_bytes().to_vec();
        previous.clone_from(link);
    }
    let last = rows.entries.last().unwrap();
    rows.head = head_line(last.0, &last.3);
}

fn body(number: i64) -> String {
    serde_json::to_string(&deed(number)).unwrap()
}

fn head_line(seq: i64, link: &[u8]) -> String {
    let link: [u8; 32] = link.try_into().unwrap();
    let hex = blake3::Hash::from_bytes(link).to_hex();
    format!("{seq:020} {hex}\n")
}

fn flipped(bytes: &[u8], random: &mut impl Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = random.random_range(0..bytes.len());
    bytes[at] ^= 1 << random.random_range(0..7);
    bytes
}

/// Without heads from elsewhere: the file beside the audit knows what was cut off, and what comes next says so for ever.
#[test]
fn what_was_cut_off_is_said_by_the_next_entry_even_after_more_entries() {
    let place = Place::new();
    let old = {
        let audit = place.open();
        record(&audit, 0..5);
        drop(audit);
        let old = fs::read(place.path("audit.db")).unwrap();
        record(&place.open(), 5..9);
        old
    };
    fs::write(place.path("audit.db"), old).unwrap();
    let _ = fs::remove_file(place.path("audit.db-wal"));
    let looked = Audit::open_to_look(place.folder.path()).unwrap();
    let found = looked.verify(&[], &looked.public_key()).unwrap();
    assert_eq!(found.damages[0].seq, 6, "{:?}", found.damages);
    drop(looked);
    let audit = place.open();
    record(&audit, 9..12);
    let entries = audit
        .list(|entry| entry.deed.act == Act::AuditCutOff, 9)
        .unwrap();
    assert_eq!(entries.len(), 1);
    let found = audit.verify(&[], &audit.public_key()).unwrap();
    assert_eq!(
        (found.damages.len(), found.damages[0].seq),
        (1, 6),
        "{:?}",
        found.damages
    );
    drop(audit);
    assert_eq!(
        place.open().list(|_| true, 99).unwrap().len(),
        9,
        "it is said once"
    );
}

#[test]
fn a_deed_has_one_form_in_the_file() {
    let deed = Deed {
        reason: Some("a \"reason\"".to_owned()),
        ..Deed::new("ada", Act::BrokeGlass)
    };
    let text = serde_json::to_string(&deed).unwrap();
    assert_eq!(
        text,
        r#"{"person":"ada","act":"broke_glass","reason":"a \"reason\""}"#
    );
    assert_eq!(serde_json::from_str::<Deed>(&text).unwrap(), deed);
    assert_eq!(Act::BrokeGlass.word(), "broke_glass");
}
