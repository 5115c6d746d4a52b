//! Errors say what failed; why stands in their source, which the one renderer adds.

use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;
use syn::spanned::Spanned as _;
use syn::{Attribute, Fields, Item, Meta};

use crate::checkout::{Place, TextFile, expect_none, places};
use crate::modules::is_product;

#[test]
fn no_error_repeats_its_source() {
    expect_none(
        &places(is_product, repeated),
        "Take the source out of the text: every renderer shows the chain, and would say it twice.",
    );
}

#[test]
fn this_rule_can_fail() {
    for (text, expected) in [
        ("#[error(\"cannot read: {0}\")] A(#[from] Error)", 1),
        (
            "#[error(\"{name}: {why:?}\")] A { name: X, #[source] why: Error }",
            1,
        ),
        (
            "#[error(\"cannot read `{path}`: {source}\")] A { path: X, source: Error }",
            1,
        ),
        (
            "#[error(\"cannot read: {}\", .0.kind())] A(#[source] Error)",
            1,
        ),
        (
            "#[error(\"cannot read `{path}`\")] A { path: X, source: Error }",
            0,
        ),
        (
            "#[error(\"`{0}` is taken, {{0}}\")] A(String, #[source] Error)",
            0,
        ),
        ("#[error(transparent)] A(#[from] Error)", 0),
    ] {
        let file = TextFile::new(
            "snippet.rs",
            &format!("mod inner {{ enum E {{ {text} }} }}"),
        );
        assert_eq!(repeated(&file).len(), expected, "{text}");
    }
}

fn repeated(file: &TextFile) -> Vec<Place> {
    let parsed = syn::parse_file(&file.text)
        .unwrap_or_else(|error| panic!("{} is not Rust: {error}", file.path));
    let mut places = Vec::new();
    find(file, &parsed.items, &mut places);
    places
}

fn find(file: &TextFile, items: &[Item], places: &mut Vec<Place>) {
    for item in items {
        match item {
            Item::Enum(item) => {
                for variant in &item.variants {
                    places.extend(look(file, &variant.attrs, &variant.fields));
                }
            }
            Item::Struct(item) => places.extend(look(file, &item.attrs, &item.fields)),
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    find(file, items, places);
                }
            }
            _ => {}
        }
    }
}

fn look(file: &TextFile, attributes: &[Attribute], fields: &Fields) -> Option<Place> {
    let attribute = attributes.iter().find(|it| it.path().is_ident("error"))?;
    let Meta::List(message) = &attribute.meta else {
        return None;
    };
    let source = source(fields)?;
    let says_it = shown(message.tokens.clone()).contains(&source);
    says_it.then(|| {
        let line = attribute.span().start().line;
        Place::new(file, line, format!("shows `{source}`: {}", message.tokens))
    })
}

/// The name or number of the field that thiserror takes as the source.
fn source(fields: &Fields) -> Option<String> {
    fields.iter().enumerate().find_map(|(number, field)| {
        let name = field
            .ident
            .as_ref()
            .map_or(number.to_string(), ToString::to_string);
        let marked = |it: &Attribute| it.path().is_ident("source") || it.path().is_ident("from");
        (name == "source" || field.attrs.iter().any(marked)).then_some(name)
    })
}

/// The fields that a message shows, in braces or as `.field` behind its text.
fn shown(message: TokenStream) -> Vec<String> {
    let braces = Regex::new(r"\{(\w+)[^}]*\}").expect("a valid expression");
    let member = Regex::new(r"\. ?(\w+)").expect("a valid expression");
    let mut tokens = message.into_iter();
    let Some(TokenTree::Literal(text)) = tokens.next() else {
        return Vec::new();
    };
    let text = text.to_string().replace("{{", "").replace("}}", "");
    let arguments = tokens.collect::<TokenStream>().to_string();
    braces
        .captures_iter(&text)
        .chain(member.captures_iter(&arguments))
        .map(|found| found[1].to_owned())
        .collect()
}
