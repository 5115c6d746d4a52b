//! Somebody at a browser, as the runner sees them: questions of the web process on web.sock.

use super::TestEnvironment;
use scap_plan::{GroupName, PersonName};
use scap_run::UnixMillis;
use serde_json::{Value, json};
use spiderpig_control::{CodeAnswer, Codes, Device, Enrolment, Identity, Limits, SignIn};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret, Totp};

/// Nobody signs in through it in these tests: sessions are begun as the runner would have begun them.
const SPIDERPIG: &str = "
spiderpig:
  url: http://localhost:8080
  policy: policy.yaml
  sign_in: { name: Nobody, type: oidc, issuer: \"http://127.0.0.1:1\", client_id: spiderpig }
";

const POLICY: &str = "
groups:
  deployers: Deploy
  admins: Look after the host
  sre: Look behind the mask
  oncall: Freeze at night
rules:
  look: { allow: [see], groups: [deployers, admins], services: all }
  deploy: { allow: [deploy, rollback, answer, abort], groups: [deployers], services: all }
  unmask: { allow: [see, unmask], groups: [sre], services: all }
  freeze: { allow: [freeze, thaw], groups: [oncall] }
  administer: { allow: [edit_queue, freeze, thaw, ban, log_out, audit, administer], groups: [admins] }
";

/// A code counts for so many steps before and after its own.
const SKEW: u64 = 1;

/// Signed in, as a whole or by the first factor only.
pub(crate) struct Browser {
    socket: PathBuf,
    pub(crate) token: Option<String>,
    phone: Totp,
    /// Of the code that is shown next; each counts once.
    step: u64,
}

/// What a live connection tells.
pub(crate) struct Followed {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl TestEnvironment {
    /// Has browsers answered from now on, by the runner that is begun next.
    pub(crate) fn has_page(&self) {
        self.add("scap.yaml", SPIDERPIG);
        self.write("policy.yaml", POLICY);
    }

    /// Nobody, at a browser.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            socket: self.path("state/web.sock"),
            token: None,
            phone: totp("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            step: 0,
        }
    }

    /// Somebody who has shown both factors. Three codes are left to be shown within 30 s.
    pub(crate) fn signed_in(&self, person: &str, groups: &[&str]) -> Browser {
        let mut browser = self.half_signed_in(person, groups);
        let identity = self.identity();
        let code = browser.code();
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let name = PersonName::new(person).unwrap();
        let tried = identity.try_code((&name, address), Codes::One(&code), now());
        let CodeAnswer::Right(proof) = tried.unwrap() else {
            panic!("the code is right");
        };
        let token = spiderpig_control::Token::parse(browser.token.as_ref().unwrap()).unwrap();
        let token = identity.prove(&token, &proof, now()).unwrap().unwrap();
        browser.token = Some(token.reveal().to_string());
        browser
    }

    /// Somebody whom the identity provider has vouched for.
    pub(crate) fn half_signed_in(&self, person: &str, groups: &[&str]) -> Browser {
        let identity = self.identity();
        let enrolment = Enrolment::begin(PersonName::new(person).unwrap()).unwrap();
        let phone = totp(&enrolment.secret());
        // Enrolled a while ago, so that its code is none of those that count now.
        let before = UnixMillis(now().0 - 120_000);
        let first = phone.generate(seconds(before)).to_string();
        assert!(identity.confirm(&enrolment, &first, before).unwrap());
        Browser {
            phone,
            step: seconds(now()) / 30 - SKEW,
            ..self.vouched_for(person, groups)
        }
    }

    /// As [`Self::half_signed_in`], of somebody who was here before.
    pub(crate) fn vouched_for(&self, person: &str, groups: &[&str]) -> Browser {
        let who = SignIn {
            account: None,
            person: PersonName::new(person).unwrap(),
            groups: groups
                .iter()
                .map(|it| GroupName::new(*it).unwrap())
                .collect(),
            address: None,
            device: Device::of("Firefox/145.0 (Linux)"),
        };
        let (token, _) = self.identity().sign_in(&who, now()).unwrap();
        Browser {
            token: Some(token.reveal().to_string()),
            ..self.browser()
        }
    }

    fn identity(&self) -> Identity {
        Identity::open(&self.path("state"), Limits::default(), now()).unwrap()
    }
}

impl Browser {
    /// A code that was not shown yet.
    pub(crate) fn code(&mut self) -> String {
        while self.step > seconds(now()) / 30 + SKEW {
            std::thread::sleep(Duration::from_millis(200));
        }
        self.step = self.step.max(seconds(now()) / 30 - SKEW);
        let code = self.phone.generate(self.step * 30);
        self.step += 1;
        code.to_string()
    }

    /// Asks as the web process does; the problem's kind where it is refused.
    pub(crate) fn asks(&self, verb: &Value) -> Result<Value, String> {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        // Whoever is not let in is hung up on at any time.
        let _ = writeln!(stream, "{}", self.question(verb));
        let mut reply = String::new();
        // A reset is the end of it too.
        let read = BufReader::new(stream).read_line(&mut reply);
        if !read.is_ok_and(|bytes| bytes > 0) {
            return Err("hung up".to_owned());
        }
        let mut reply: Value = serde_json::from_str(&reply).unwrap();
        match reply.get_mut("answer") {
            Some(answer) => Ok(answer.take()),
            None => Err(reply["problem"]["kind"].as_str().unwrap().to_owned()),
        }
    }

    /// A document, by the path that the page has for it.
    pub(crate) fn reads(&self, path: &str) -> Result<Value, String> {
        self.asks(&json!({ "verb": "read", "document": path }))
    }

    pub(crate) fn does(&self, act: &Value, code: Option<&str>) -> Result<Value, String> {
        let proof = code.map(|code| json!({ "totp": code }));
        self.does_with(act, &json!(proof))
    }

    pub(crate) fn does_with(&self, act: &Value, proof: &Value) -> Result<Value, String> {
        self.asks(&json!({ "verb": "act", "act": act, "proof": proof }))
    }

    /// The digest of a plan to deploy the shop.
    pub(crate) fn plans(&self) -> String {
        let wanted = json!({ "service": "shop" });
        let plan = self
            .asks(&json!({ "verb": "plan", "wanted": wanted }))
            .unwrap();
        plan["digest"].as_str().unwrap().to_owned()
    }

    /// Plans and deploys the shop; the number of the run.
    pub(crate) fn deploys(&mut self) -> u32 {
        let deploy = json!({ "act": "deploy", "digest": self.plans(), "reason": null });
        let code = self.code();
        let made = self.does(&deploy, Some(&code)).unwrap();
        u32::try_from(made["run"].as_u64().unwrap()).unwrap()
    }

    /// Opens a live connection, and greets as a page does.
    pub(crate) fn follows(&self) -> Followed {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        writeln!(stream, "{}", self.question(&json!({ "verb": "follow" }))).unwrap();
        let mut followed = Followed {
            reader: BufReader::new(stream.try_clone().unwrap()),
            writer: stream,
        };
        assert_eq!(followed.line().unwrap(), json!({ "answer": null }));
        followed.asks(&json!({ "ask": "hello", "token": null }));
        followed.until(|told| told["tell"] == "hello");
        followed
    }

    fn question(&self, verb: &Value) -> Value {
        let client = json!({ "address": "127.0.0.1", "device": "a test" });
        json!({ "token": self.token, "client": client, "verb": verb })
    }
}

impl Followed {
    pub(crate) fn asks(&mut self, ask: &Value) {
        writeln!(self.writer, "{ask}").unwrap();
    }

    /// The first thing told that is such.
    pub(crate) fn until(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let told = self.line().expect("the connection is open");
            if is_wanted(&told) {
                return told;
            }
        }
    }

    /// None once the other end has closed.
    pub(crate) fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap()),
        }
    }
}

fn totp(secret: &str) -> Totp {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    Builder::new().with_secret(secret).build().unwrap()
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}

fn seconds(at: UnixMillis) -> u64 {
    u64::try_from(at.0).unwrap() / 1_000
}
