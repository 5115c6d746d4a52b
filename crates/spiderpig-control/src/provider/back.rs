//! Where a sign-in returns to: a path of the page, never another site.

/// In characters; more than any page of ours has.
const LONGEST: usize = 1_000;

/// The path, or `/` for what could lead elsewhere: a browser takes `//`, and a backslash like a slash, for another host, and
/// leaves tabs and line ends out.
pub(super) fn path(text: &str) -> String {
    let leads_elsewhere = !text.starts_with('/') || text.starts_with("//") || text.contains('\\');
    let is_odd = text.chars().any(char::is_control) || text.chars().count() > LONGEST;
    if leads_elsewhere || is_odd {
        return "/".to_owned();
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, path};

    #[test]
    fn a_sign_in_returns_to_the_page_and_nowhere_else() {
        for ours in [
            "/",
            "/runs/7",
            "/runs/7?line=3#end",
            "/a//b",
            "/http://evil.example",
            "/@evil.example",
            "/%2f%2fevil.example",
            "/zürich",
        ] {
            assert_eq!(path(ours), ours);
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        for elsewhere in [
            "",
            "runs/7",
            "evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\..\\..\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            " /runs",
            "\t//evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nLocation: https://evil.example",
            "/\0",
            "/\u{85}/evil.example",
            "/\u{7f}",
            &long,
        ] {
            assert_eq!(path(elsewhere), "/", "{elsewhere:?}");
        }
        assert_eq!(path(&long[..LONGEST]), long[..LONGEST]);
    }
}
