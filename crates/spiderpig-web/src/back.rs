//! Where a person goes after signing in: a path of ours, and nowhere else.

const HOME: &str = "/";
/// Longer ones are no page of ours, in bytes.
const LONGEST: usize = 1_000;

/// The path, or the first page where a browser could take it for an address elsewhere.
pub(crate) fn path_of_ours(back: &str) -> &str {
    let is_path = back.starts_with('/') && !back.starts_with("//") && !is_api(back);
    // Browsers read a backslash as a slash, and drop control characters before they read at all.
    let is_plain = back.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    if is_path && is_plain && back.len() <= LONGEST {
        back
    } else {
        HOME
    }
}

/// What is no page: signing in again after signing in, for one.
fn is_api(back: &str) -> bool {
    let path = back.split(['?', '#']).next().unwrap_or_default();
    path == "/api" || path.starts_with("/api/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn only_paths_of_ours_are_gone_back_to() {
        for back in [
            "/",
            "/runs/7",
            "/runs?search=shop&x=%2F%2Fa",
            "/runs/7#line-5",
            "/apis",
        ] {
            assert_eq!(path_of_ours(back), back);
        }
        for back in [
            "",
            "runs",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/runs\r\nSet-Cookie: a=b",
            "/runs\0",
            "/a\\..\\b",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example",
            ".evil.example",
            "/api/sign-in?back=/",
            "/api",
            "/ünter",
            &format!("/{}", "x".repeat(1_000)),
        ] {
            assert_eq!(path_of_ours(back), "/", "{back:?}");
        }
    }

    #[test]
    fn hostile_paths_stay_on_our_origin() {
        let page = Url::parse("https://spiderpig.example.org/api/sign-in/finish").unwrap();
        let good = [
            "/runs/7?x=1#y",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
        ];
        scap_hostile::hostile_text("ways back after signing in", &good, |back| {
            let to = page.join(path_of_ours(back)).unwrap();
            assert_eq!(to.origin(), page.origin());
        });
    }
}
