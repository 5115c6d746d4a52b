//! What the customers of the shop ask for: always the same sequence for the same seed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    Home,
    Item,
    Basket,
    EmptyBasket,
    /// An item that is sold out without a date of its return; its page is broken in every version.
    SoldOut,
}

/// An endless sequence of requests.
pub(super) struct Mix(ChaCha8Rng);

impl Mix {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The next request: its kind and its path.
    pub(super) fn next(&mut self) -> (Page, String) {
        match self.0.random_range(0..1000) {
            0 => (Page::SoldOut, "/item/10".to_owned()),
            1..21 => (Page::EmptyBasket, "/basket?items=".to_owned()),
            21..170 => (Page::Basket, self.basket()),
            170..500 => (Page::Item, format!("/item/{}", self.item())),
            _ => (Page::Home, "/".to_owned()),
        }
    }

    fn basket(&mut self) -> String {
        let size = self.0.random_range(1..5);
        let items: Vec<String> = (0..size).map(|_| self.item().to_string()).collect();
        format!("/basket?items={}", items.join(","))
    }

    fn item(&mut self) -> u32 {
        self.0.random_range(1..10)
    }
}
