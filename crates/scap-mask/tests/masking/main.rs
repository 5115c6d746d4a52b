//! What a viewer sees of text with secrets in it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its data must fail"
)]

mod encodings;
mod hostile;
mod laws;
mod regressions;
mod shapes;
mod spellings;
mod splits;
mod streams;
mod values;
mod writers;

use scap_mask::{Class, Mask, Secrets, Stream};

const MASKED: &str = "[masked: secret shop/token]";

fn mask_of(values: &[&str]) -> Mask {
    let mut secrets = Secrets::default();
    for value in values {
        secrets.add(Class::Secret, "secret shop/token", value.as_bytes());
    }
    Mask::new(&secrets, &[Class::Secret]).unwrap()
}

/// What is seen of `text` that comes cut at each of `cuts`, which are sorted.
fn seen(mask: &Mask, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut stream = Stream::new(mask.clone());
    let mut all = Vec::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([text.len()]) {
        all.extend(stream.push(&text[start..end]));
        start = end;
    }
    all.extend(stream.finish());
    all
}
