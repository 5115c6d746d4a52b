//! The kind of error that a line of a log stands for.

/// A message of ten megabytes is of the same kind as its beginning.
const LONGEST_SIGNATURE_CHARACTERS: usize = 200;

/// The kind of error that a value stands for. A message, which has blanks, may have a number or an address in it that is
/// another one each time; a class or a code is what it is.
pub(in crate::checks) fn signature(value: &str) -> String {
    let value: String = value.chars().take(LONGEST_SIGNATURE_CHARACTERS).collect();
    if !value.contains(' ') {
        return value;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut kind = String::new();
    let mut rest = value.as_str();
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        kind.push_str(if word.contains(|c: char| c.is_ascii_digit()) {
            "#"
        } else {
            word
        });
        rest = after;
    }
    kind
}
