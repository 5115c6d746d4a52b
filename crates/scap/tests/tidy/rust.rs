//! What a Rust file names and which texts it holds, without comments and without what only tests see.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A name or a text literal, and the line that it begins on.
pub(crate) struct Mention {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// What a file says to the compiler.
///
/// `names` holds whole paths, also each one of a `use` with braces: `std::{fs, io}` is `std::fs` and `std::io`.
/// A macro ends with `!`, a method or field begins with a dot. `texts` are literals as they stand, with their quotes.
#[derive(Default)]
pub(crate) struct Rust {
    pub(crate) names: Vec<Mention>,
    pub(crate) texts: Vec<Mention>,
}

impl Rust {
    pub(crate) fn read(path: &str, text: &str) -> Self {
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        let mut rust = Self::default();
        rust.walk(tokens, "");
        rust
    }

    fn walk(&mut self, tokens: TokenStream, prefix: &str) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let Some(length) = unseen(&tokens[at..]) {
                at += length;
                continue;
            }
            at += match token {
                TokenTree::Group(group) => {
                    self.walk(group.stream(), "");
                    1
                }
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    if text.ends_with(['"', '#']) {
                        let line = literal.span().start().line;
                        self.texts.push(Mention { line, text });
                    }
                    1
                }
                TokenTree::Ident(_) => self.name(&tokens, at, prefix),
                TokenTree::Punct(_) => 1,
            };
        }
    }

    /// Takes in the path that begins `at`; returns how many tokens it has.
    fn name(&mut self, tokens: &[TokenTree], at: usize, prefix: &str) -> usize {
        let is_member =
            at > 0 && is_punct(tokens, at - 1, '.') && !(at > 1 && is_punct(tokens, at - 2, '.'));
        let mut text = if is_member { "." } else { prefix }.to_owned();
        let mut end = at;
        while let Some(TokenTree::Ident(ident)) = tokens.get(end) {
            text.push_str(&ident.to_string());
            end += 1;
            if !(is_punct(tokens, end, ':') && is_punct(tokens, end + 1, ':')) {
                break;
            }
            text.push_str("::");
            end += 2;
        }
        let line = tokens[at].span().start().line;
        if text.ends_with("::") {
            if let Some(group) = braces(tokens, end) {
                self.walk(group.stream(), &text);
                return end + 1 - at;
            }
            text.truncate(text.len() - 2);
        } else if is_punct(tokens, end, '!')
            && matches!(tokens.get(end + 1), Some(TokenTree::Group(_)))
        {
            text.push('!');
        }
        self.names.push(Mention { line, text });
        end - at
    }
}

/// How many tokens at the front are a doc comment, or an item for tests with its attributes.
fn unseen(tokens: &[TokenTree]) -> Option<usize> {
    if !is_punct(tokens, 0, '#') {
        return None;
    }
    let bracket = 1 + usize::from(is_punct(tokens, 1, '!'));
    let TokenTree::Group(attribute) = tokens.get(bracket)? else {
        return None;
    };
    let attribute = attribute.stream().to_string().replace(' ', "");
    if attribute.starts_with("doc=") {
        return Some(bracket + 1);
    }
    let ends_item = |at: &usize| is_punct(tokens, *at, ';') || braces(tokens, *at).is_some();
    (attribute == "cfg(test)").then(|| {
        let last = (bracket + 1..tokens.len()).find(ends_item);
        last.map_or(tokens.len(), |last| last + 1)
    })
}

fn is_punct(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn braces(tokens: &[TokenTree], at: usize) -> Option<&Group> {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}
