//! The shop, page by page and version by version.

use std::fs;
use std::path::Path;

use super::metrics::Metrics;
use super::shop::{PageError, Shop};

/// The files of `version` over those of the versions before it, as the repository's commits have them.
fn shop(version: &str) -> Shop {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::create_dir(folder.path().join("pages")).unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("shop");
    for layer in ["v1", version] {
        for file in [
            "version",
            "shop.json",
            "pages/layout.html",
            "pages/home.html",
            "pages/item.html",
            "pages/basket.html",
        ] {
            let source = sources.join(layer).join(file);
            if source.exists() {
                fs::copy(source, folder.path().join(file)).unwrap();
            }
        }
    }
    Shop::read(folder.path()).unwrap()
}

/// The signature of the error that a page has, if it has one.
fn error(page: Result<String, PageError>) -> Option<String> {
    match page {
        Ok(_) => None,
        Err(PageError::Broken { signature, .. }) => Some(signature),
        Err(other) => Some(format!("{other:?}")),
    }
}

#[test]
fn good_versions_have_the_known_defect_and_no_other() {
    for version in ["v1", "v2"] {
        let shop = shop(version);
        assert_eq!(error(shop.home()), None);
        for number in 1..10 {
            assert_eq!(error(shop.item(number)), None, "item {number}");
        }
        for items in ["", "3", "1,2,2", "7,7,9", "4,3,2,1"] {
            assert_eq!(error(shop.basket(items)), None, "basket `{items}`");
        }
        assert_eq!(error(shop.item(10)).unwrap(), "UndefinedError item.html");
    }
}

#[test]
fn the_bad_version_fails_for_empty_baskets_only() {
    let shop = shop("v3");
    assert_eq!(
        error(shop.basket("")).unwrap(),
        "UndefinedError basket.html"
    );
    for items in ["3", "1,2,2", "7,7,9", "4,3,2,1"] {
        assert_eq!(error(shop.basket(items)), None, "basket `{items}`");
    }
    assert_eq!(error(shop.home()), None);
    assert_eq!(error(shop.item(1)), None);
}

#[test]
fn a_basket_adds_up() {
    let page = shop("v2").basket("2,3,2").unwrap();
    assert!(
        page.contains("<td>2 × Fountain pen</td><td>78.00 €</td>"),
        "{page}"
    );
    assert!(
        page.contains("Together 86.90 €, delivered free of charge"),
        "{page}"
    );
}

#[test]
fn items_that_do_not_exist_are_refused() {
    let shop = shop("v1");
    assert!(matches!(shop.item(11), Err(PageError::NotFound)));
    assert!(matches!(shop.basket("1,11"), Err(PageError::WrongItems)));
    assert!(matches!(shop.basket("one"), Err(PageError::WrongItems)));
}

#[test]
fn a_revision_with_a_broken_template_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    fs::write(folder.path().join("version"), "v9").unwrap();
    fs::write(folder.path().join("shop.json"), r#"{"items": []}"#).unwrap();
    fs::write(folder.path().join("pages/home.html"), "{% if %}").unwrap();
    let refusal = Shop::read(folder.path()).err().unwrap().to_string();
    assert!(refusal.ends_with("home.html` is no template"), "{refusal}");
}

#[test]
fn metrics_are_in_the_text_format_of_prometheus() {
    let metrics = Metrics::new();
    metrics.count(200, None);
    metrics.count(200, None);
    metrics.count(500, Some("a \"quoted\" page"));
    let text = metrics.text("v2");
    let (uptime, samples): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .partition(|line| line.starts_with("shop_uptime_seconds "));
    assert_eq!(
        samples,
        [
            r#"shop_requests_total{status="200"} 2"#,
            r#"shop_requests_total{status="500"} 1"#,
            r#"shop_errors_total{signature="a \"quoted\" page"} 1"#,
            r#"shop_build_info{version="v2"} 1"#,
        ]
    );
    let [uptime] = uptime[..] else {
        panic!("one uptime: {text}")
    };
    let seconds: f64 = uptime.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(seconds >= 0.0);
    for name in [
        "shop_requests_total",
        "shop_errors_total",
        "shop_build_info",
        "shop_uptime_seconds",
    ] {
        assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
    }
}
