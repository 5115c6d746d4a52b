//! The page's own files.

use crate::house::House;
use crate::runner::Behaviour;
use flate2::read::GzDecoder;
use spiderpig_web::Limits;
use std::io::Read as _;

#[tokio::test]
async fn a_path_is_a_file_or_a_page_and_never_leads_out_of_the_folder() {
    let house = House::new(Behaviour::Answers).await;
    for (path, status, kind) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/index.html", 200, "text/html; charset=utf-8"),
        ("/runs/7", 200, "text/html; charset=utf-8"),
        (
            "/services/host1.example.org",
            200,
            "text/html; charset=utf-8",
        ),
        ("/icon.svg", 200, "image/svg+xml"),
        ("/dark.css", 200, "text/css; charset=utf-8"),
        ("/assets/index-a1.js", 200, "text/javascript; charset=utf-8"),
        ("/assets/gone.js", 404, "text/html; charset=utf-8"),
        ("/favicon.ico", 404, "text/html; charset=utf-8"),
        ("/.hidden", 404, "text/html; charset=utf-8"),
        ("/link.txt", 404, "text/html; charset=utf-8"),
        ("/../outside.txt", 404, "text/html; charset=utf-8"),
        ("/assets/../../outside.txt", 404, "text/html; charset=utf-8"),
        ("/%2e%2e/outside.txt", 404, "text/html; charset=utf-8"),
        ("/..%2foutside.txt", 404, "text/html; charset=utf-8"),
        ("//outside.txt", 404, "text/html; charset=utf-8"),
        ("/assets/", 404, "text/html; charset=utf-8"),
    ] {
        let answer = house.get(path).send().await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert!(!answer.text().contains("outside"), "{path}");
    }
    let posted = house.post("/", "{}").send().await;
    assert_eq!(posted.status, 405);
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let house = House::new(Behaviour::Answers).await;
    for (path, cache) in [
        ("/", "no-cache"),
        ("/dark.css", "no-cache"),
        ("/assets/index-a1.js", "public, max-age=31536000, immutable"),
    ] {
        let first = house.get(path).send().await;
        assert_eq!(first.header("cache-control"), cache, "{path}");
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
        for (had, status) in [(tag.as_str(), 304), ("\"other\"", 200), ("\"a\", *", 304)] {
            let again = house.get(path).set("if-none-match", had).send().await;
            assert_eq!(again.status, status, "{path} {had}");
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.body.is_empty(), status == 304);
        }
    }
}

#[tokio::test]
async fn files_are_compressed_for_those_who_can_read_that() {
    let house = House::new(Behaviour::Answers).await;
    let path = "/assets/index-a1.js";
    let plain = house.get(path).send().await;
    for (takes, is_gzip) in [
        ("gzip, deflate, br", true),
        ("br;q=1, GZIP;q=0.5", true),
        ("gzip;q=0", false),
        ("br", false),
    ] {
        let answer = house.get(path).set("accept-encoding", takes).send().await;
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(
            answer.header("content-encoding") == "gzip",
            is_gzip,
            "{takes}"
        );
        assert_eq!(answer.header("etag") == plain.header("etag"), !is_gzip);
        if is_gzip {
            let mut read = Vec::new();
            GzDecoder::new(&answer.body[..])
                .read_to_end(&mut read)
                .unwrap();
            assert_eq!(read, plain.body);
            assert!(answer.body.len() < plain.body.len() / 10);
        }
    }
}

#[tokio::test]
async fn a_page_that_is_not_built_says_so() {
    for folder in [Some("nothing"), Some("page/assets"), None] {
        let house = House::with(Behaviour::Answers, Limits::default(), |settings| {
            let beside = settings.socket.with_file_name("");
            settings.page = folder.map(|it| beside.join(it));
        });
        let house = house.await;
        let answer = house.get("/runs/7").send().await;
        assert_eq!(answer.status, 503);
        assert!(answer.text().contains("The page is not built"));
        assert!(!folder.is_some_and(|it| answer.text().contains(it)));
        let style = house.get("/notice.css").send().await;
        assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
        assert_eq!(house.get("/api/me").send().await.status, 200);
    }
}
