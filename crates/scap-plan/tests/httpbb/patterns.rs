//! Patterns find what they are for, are refused when they are none, and come to an end.

use scap_hostile::hostile_text;
use scap_plan::{HostPattern, HttpbbHost, TextPattern, TextPatternError};

fn pattern(text: &str) -> TextPattern {
    TextPattern::try_from(text.to_owned()).unwrap()
}

#[test]
fn patterns_are_found_anywhere_with_flags_and_lookaround() {
    let late = "-".repeat(1 << 20) + "max=";
    for (expression, text, is_in) in [
        ("b+", "abbc", true),
        ("^b", "abbc", false),
        ("(?s)<head>.*<title>", "<head>\n<title>", true),
        ("<head>.*<title>", "<head>\n<title>", false),
        ("(?i)WIKI", "wiki", true),
        ("(?m)^b$", "a\nb\nc", true),
        ("^(?!.*error).*$", "all is well", true),
        ("^(?!.*error).*$", "an error", false),
        ("(?<=max-age=)\\d+", "max-age=300", true),
        ("(?P<q>['\"]).*(?P=q)", "say 'x'", true),
        ("</html>$", "<html></html>\n", true),
        ("</html>$", "<html></html>\n\n", false),
        ("ü[é]", "xüé", true),
        ("(?<=max)=", &late, true),
        ("(?<!max)=", &late, false),
    ] {
        assert_eq!(pattern(expression).is_in(text), Ok(is_in), "{expression}");
    }
}

#[test]
fn what_would_never_end_is_given_up() {
    let slow = pattern("(?=a)(a|aa)+\\1$");
    let text = "a".repeat(200) + "b";
    assert_eq!(slow.is_in(&text), Err(TextPatternError::GivenUp));
}

#[test]
fn patterns_that_are_none_or_too_large_are_refused_in_one_line() {
    for wrong in ["(", "[a", "*", "(?<=a", "\\", "(?z)", "\\w{5000}{5000}"] {
        let refused = TextPattern::try_from(wrong.to_owned()).unwrap_err();
        let said = refused.to_string();
        assert!(said.len() > 40 && !said.contains('\n'), "{wrong}: {said}");
    }
}

#[test]
fn hostile_patterns_come_to_an_end() {
    let good = [
        "(?s)<head>.*(?!x)</title>",
        "(?<=a)(b|c)*\\1{2,3}?[^\\d\\p{L}]",
        "^(?:(?=\\w)a+)+$",
        "(?P<q>['\"]).*(?P=q)|(?i:x)",
    ];
    hostile_text("patterns", &good, |text| {
        if let Ok(pattern) = TextPattern::try_from(text.to_owned()) {
            let _ = pattern.is_in(&"aab\"'1<head>x</title>".repeat(20));
        }
    });
}

#[test]
fn hosts_are_names_or_addresses() {
    for (text, expected) in [
        ("web1.example", Some("web1.example")),
        ("127.0.0.1", Some("127.0.0.1")),
        ("::1", Some("::1")),
        ("[::1]", Some("::1")),
        ("web1:443", None),
        ("-x", None),
        ("", None),
        ("https://web1", None),
    ] {
        let host = HttpbbHost::try_from(text.to_owned()).ok();
        assert_eq!(host.as_ref().map(HttpbbHost::as_str), expected, "{text}");
    }
}

#[test]
fn hosts_of_releases_are_filled_in() {
    let step = serde_json::json!({
        "environment_type": "PRODUCTION", "stage": "CANARY", "environment": "main-codfw", "canonical_environment": "codfw",
        "datacenter": "codfw", "namespace": "shop", "release": "canary", "directory": "services/shop",
    });
    let step = serde_json::from_value(step).unwrap();
    let host = HostPattern::try_from("{release}.{namespace}.{datacenter}.example".to_owned());
    let host = host.unwrap().of(&step).unwrap();
    assert_eq!(host.as_str(), "canary.shop.codfw.example");
    for wrong in ["{service}.x", "{", "x}", "{release}/x", ""] {
        assert!(HostPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}
