//! The load that is sent, and how it is counted.

use std::collections::BTreeMap;

use super::mix::Mix;
use super::{Counts, Page};

fn first_of(seed: u64, requests: usize) -> Vec<(Page, String)> {
    let mut mix = Mix::new(seed);
    (0..requests).map(|_| mix.next()).collect()
}

#[test]
fn the_same_seed_gives_the_same_requests() {
    assert_eq!(first_of(7, 1_000), first_of(7, 1_000));
    assert_ne!(first_of(7, 1_000), first_of(8, 1_000));
}

#[test]
fn one_request_in_fifty_is_an_empty_basket_and_one_in_a_thousand_meets_the_known_defect() {
    let requests = first_of(7, 100_000);
    let share = |page| requests.iter().filter(|(kind, _)| *kind == page).count();
    assert!((1_800..2_200).contains(&share(Page::EmptyBasket)));
    assert!((60..140).contains(&share(Page::SoldOut)));
    assert!(share(Page::Home) + share(Page::Item) + share(Page::Basket) > 97_000);
}

#[test]
fn the_known_defect_hurts_nobody_new() {
    let counts = Counts {
        sent: 30,
        answered: 29,
        unanswered: 1,
        failed: BTreeMap::from([
            ((0, Page::EmptyBasket), 3),
            ((0, Page::Home), 1),
            ((4, Page::SoldOut), 2),
        ]),
    };
    assert_eq!(counts.hurt_by_host(), BTreeMap::from([(0, 4)]));
    assert_eq!(counts.since(&counts), Counts::default());
    assert_eq!(counts.since(&Counts::default()), counts);
}
