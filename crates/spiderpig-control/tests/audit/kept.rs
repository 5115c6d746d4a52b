//! What is recorded is read back, by whom and as what; it is taken out at a signed checkpoint only.

use crate::{Place, at, deed, record};
use spiderpig_control::{Act, Audit, ControlError, Head};

#[test]
fn what_is_recorded_is_listed_the_newest_first() {
    let place = Place::new();
    let audit = place.open();
    let heads = record(&audit, 0..10);
    let again = place.open();
    assert_eq!(again.head().unwrap(), heads[9]);
    let entries = again.list(|_| true, 3).unwrap();
    let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [10, 9, 8]);
    assert_eq!(entries[0].deed, deed(9));
    assert_eq!(entries[0].at, at(9));
    let of_bob = again.list(|entry| entry.deed.person == "bob", 100).unwrap();
    assert_eq!(of_bob.len(), 3);
    let found = again.verify(&heads, &again.public_key()).unwrap();
    assert_eq!(
        (found.entries, found.last, found.damages),
        (10, 10, Vec::new())
    );
}

#[test]
fn an_audit_without_entries_is_sound() {
    let place = Place::new();
    let audit = place.open();
    assert_eq!(audit.checkpoint(at(0)).unwrap(), None);
    let found = audit.verify(&[], &audit.public_key()).unwrap();
    assert_eq!((found.entries, found.damages), (0, Vec::new()));
}

#[test]
fn two_processes_record_in_one_chain() {
    let place = Place::new();
    let processes = [place.open(), place.open()];
    for number in 0..20 {
        record(&processes[usize::from(number % 2 == 0)], number..number + 1);
    }
    let found = processes[0]
        .verify(&[], &processes[0].public_key())
        .unwrap();
    assert_eq!((found.entries, found.damages), (20, Vec::new()));
}

#[test]
fn entries_are_taken_out_up_to_a_signed_checkpoint_only() {
    let place = Place::new();
    let audit = place.open();
    let heads = record(&audit, 0..10);
    let checkpoint = audit.checkpoint(at(10)).unwrap().unwrap();
    assert_eq!(checkpoint.seq, 10);
    assert!(checkpoint.is_signed(&audit.public_key()));
    record(&audit, 10..15);
    let refused = audit.prune(9, "root", at(20));
    assert!(matches!(refused, Err(ControlError::NoSuchCheckpoint(9))));
    audit.prune(10, "root", at(20)).unwrap();
    let found = audit.verify(&heads, &audit.public_key()).unwrap();
    assert_eq!(
        (found.entries, found.last, found.damages),
        (6, 16, Vec::new())
    );
    assert_eq!(
        audit.list(|_| true, 1).unwrap()[0].deed.act,
        Act::AuditPruned
    );
    let again = place.open();
    record(&again, 20..22);
    assert_eq!(again.verify(&[], &again.public_key()).unwrap().last, 18);
}

#[test]
fn the_runners_key_and_no_other_vouches() {
    let (place, other) = (Place::new(), Place::new());
    let (audit, other) = (place.open(), other.open());
    record(&audit, 0..3);
    audit.checkpoint(at(3)).unwrap();
    let found = audit.verify(&[], &other.public_key()).unwrap();
    assert_eq!(found.damages[0].seq, 3);
    std::fs::remove_file(place.path("audit.key")).unwrap();
    let opened = Audit::open(place.folder.path(), at(0));
    assert!(matches!(opened, Err(ControlError::KeyLost(_))));
}

#[test]
fn a_head_is_a_line_that_is_read_back() {
    let place = Place::new();
    let head = record(&place.open(), 0..3)[2];
    let line = head.to_string();
    assert!(line.starts_with("3 ") && line.len() == 66, "{line}");
    assert_eq!(line.parse::<Head>(), Ok(head));
    for bad in ["", "3", "x 00", "3 zz", &line[..60], "-1 00"] {
        assert!(bad.parse::<Head>().is_err(), "{bad}");
    }
}
