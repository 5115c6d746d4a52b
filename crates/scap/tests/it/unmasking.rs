//! What programs printed without the mask: who may see it, with which proof, and that it is written down.

use crate::environment::{Browser, Running, TestEnvironment, Version};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

const TOKEN: &str = "Bearer 0123456789abcdef0123";
const ASKED: [&str; 5] = ["log", "1", "--unmasked", "--reason", "it hangs"];

/// The shop with a version whose restart prints a token, and a runner that answers browsers.
fn shop_with_page() -> (TestEnvironment, Running) {
    let shop = TestEnvironment::new();
    shop.has_page();
    let runner = shop.begin_runner(&[]);
    shop.commit(&Version::that_prints_a_token("v1"));
    shop.deploy().exits(0);
    (shop, runner)
}

fn unmask(reason: &str) -> Value {
    let request = json!({ "request": "unmask", "step": 0, "reason": reason });
    json!({ "act": "run", "run": 1, "request": request })
}

fn deeds(shop: &TestEnvironment) -> Vec<(String, String)> {
    let entries = shop.json(&["spiderpig", "audit", "list"]);
    let entries = entries.as_array().unwrap().iter().rev();
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    entries
        .map(|entry| (text(&entry["act"]), text(&entry["reason"])))
        .collect()
}

/// Asks the runner as a terminal does, with a code that somebody typed.
fn at_the_terminal(shop: &TestEnvironment, code: &str) -> String {
    let ask =
        json!({ "verb": "unmask", "run": 1, "step": null, "reason": "it hangs", "code": code });
    let body = ask.to_string();
    let mut stream = UnixStream::connect(shop.path("state/cli.sock")).unwrap();
    let head = "POST /v1/ask HTTP/1.1\r\nhost: runner\r\ncontent-type: application/json\r\nconnection: close";
    write!(
        stream,
        "{head}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    told
}

/// Whose test this is, as the runner knows them.
fn user() -> String {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    named.unwrap()
}

#[test]
fn from_a_browser_it_takes_the_right_a_reason_and_a_fresh_code_each_time() {
    let (shop, _runner) = shop_with_page();
    // Before a code is refused: whoever signs in from the same address waits then.
    let mut ada = shop.signed_in("ada", &["deployers"]);
    let mut sam = shop.signed_in("sam", &["sre"]);
    let sees = |browser: &Browser, act: &Value, code: Option<&str>| {
        browser
            .does(act, code)
            .map(|seen| seen.to_string().contains(TOKEN))
    };
    let needed = Err("second_factor_needed".to_owned());
    assert_eq!(sees(&sam, &unmask("it hangs"), None), needed);
    assert_eq!(sees(&sam, &unmask(" "), None), Err("invalid".to_owned()));
    let code = sam.code();
    assert_eq!(sees(&sam, &unmask("it hangs"), Some(&code)), Ok(true));
    let again = sees(&sam, &unmask("it hangs"), Some(&code));
    assert_eq!(again, Err("second_factor_refused".to_owned()));
    let code = ada.code();
    let forbidden = sees(&ada, &unmask("curious"), Some(&code));
    assert_eq!(forbidden, Err("forbidden".to_owned()));
    for (browser, may) in [(&sam, true), (&ada, false)] {
        let run = browser.reads("runs/1").unwrap();
        let rights = run["rights"].as_array().unwrap();
        assert_eq!(rights.contains(&json!("unmask")), may);
    }
    let deeds = deeds(&shop);
    let acts: Vec<&str> = deeds.iter().map(|(act, _)| act.as_str()).collect();
    assert_eq!(acts, ["unmasked", "factor_refused", "refused"]);
    assert_eq!(deeds[0].1, "it hangs");
}

#[test]
fn what_is_followed_shows_it_to_nobody() {
    let (shop, _runner) = shop_with_page();
    let mut sam = shop.signed_in("sam", &["sre"]);
    let code = sam.code();
    sam.does(&unmask("it hangs"), Some(&code)).unwrap();
    let terminal = std::fs::read_to_string(shop.path("state/terminals/1.txt")).unwrap();
    assert!(terminal.contains("[masked: token]"), "{terminal}");
    let run = sam.reads("runs/1").unwrap().to_string();
    for text in [terminal, run] {
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[test]
fn at_a_terminal_it_takes_a_session_with_the_right_and_a_code() {
    let (shop, _runner) = shop_with_page();
    shop.scap(&ASKED)
        .exits(1)
        .complains(&["nobody knows which groups"]);
    let mut person = shop.signed_in(&user(), &["sre"]);
    shop.scap(&ASKED)
        .exits(1)
        .complains(&["needs your second factor"]);
    let code = person.code();
    let told = at_the_terminal(&shop, &code);
    assert!(told.contains(TOKEN), "{told}");
    let again = at_the_terminal(&shop, &code);
    assert!(
        again.contains("this code was used already") && !again.contains(TOKEN),
        "{again}"
    );
    let deeds = deeds(&shop);
    let acts: Vec<&str> = deeds.iter().map(|(act, _)| act.as_str()).collect();
    assert_eq!(acts, ["refused", "refused", "unmasked", "factor_refused"]);
}

#[test]
fn at_a_terminal_who_has_not_the_right_sees_nothing() {
    let (shop, _runner) = shop_with_page();
    let mut person = shop.signed_in(&user(), &["deployers"]);
    let told = at_the_terminal(&shop, &person.code());
    assert!(told.contains("ask somebody of a group that may"), "{told}");
    assert!(!told.contains(TOKEN), "{told}");
}

#[test]
fn without_a_policy_the_owner_of_the_files_sees_it_with_a_reason() {
    let shop = TestEnvironment::new();
    shop.commit(&Version::that_prints_a_token("v1"));
    shop.deploy().exits(0);
    shop.scap(&["log", "1", "--unmasked"]).exits(2);
    shop.scap(&["log", "1", "--unmasked", "--reason", " "])
        .exits(2)
        .complains(&["needs a reason"]);
    shop.scap(&ASKED).exits(0).says(&["step 1: ", TOKEN]);
    let second = shop.json(&[&ASKED[..], &["--step", "2"]].concat());
    let steps: Vec<u64> = second
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["step"].as_u64().unwrap())
        .collect();
    assert!(
        !steps.is_empty() && steps.iter().all(|step| *step == 1),
        "{second}"
    );
    let expected = ("unmasked".to_owned(), "it hangs".to_owned());
    assert_eq!(deeds(&shop), [expected.clone(), expected]);
}
