//! Passkeys: shown for one thing at a time, and only as they were asked for.

mod made;

use crate::authenticator::{Authenticator, Said, VERIFIED};
use crate::place::{MINUTE, Place, SECOND, ada, at, enrol, sign_in, whole};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use scap_plan::{Factor, PersonName};
use scap_run::UnixMillis;
use serde_json::{Value, json};
use spiderpig_control::{Identity, NewPasskey, PasskeyError, Passkeys, Proof, Purpose, SessionId};

const ORIGIN: &str = "http://localhost:8080";

/// What is said otherwise than an honest browser says it.
type Bend = fn(&mut Said);

/// Somebody at a browser, with a passkey.
struct Scene {
    _place: Place,
    identity: Identity,
    passkeys: Passkeys,
    session: SessionId,
    key: Authenticator,
}

impl Scene {
    fn new() -> Self {
        let place = Place::new();
        let identity = place.open();
        let (_, session) = identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
        let mut scene = Self {
            _place: place,
            identity,
            passkeys: Passkeys::new(ORIGIN).unwrap(),
            session,
            key: Authenticator::new(1),
        };
        let made = scene.made("laptop", at(0)).unwrap();
        assert!(scene.identity.keep_passkey(&made, at(0)).unwrap());
        scene
    }

    fn made(&mut self, name: &str, now: UnixMillis) -> Result<NewPasskey, PasskeyError> {
        let who = (&ada(), &self.session);
        let options = self.passkeys.begin(&self.identity, who, now)?;
        let said = self.key.hears(&options, ORIGIN);
        self.passkeys
            .finish(who, (name, &self.key.makes(&said)), now)
    }

    fn challenge(&self, purpose: Purpose, now: UnixMillis) -> Value {
        let who = (&ada(), &self.session);
        self.passkeys
            .challenge(&self.identity, who, purpose, now)
            .unwrap()
    }

    /// What an honest browser would have signed.
    fn heard(&mut self, purpose: Purpose, now: UnixMillis) -> Said {
        let options = self.challenge(purpose, now);
        self.key.hears(&options, ORIGIN)
    }

    fn prove(
        &self,
        purpose: Purpose,
        signed: &Value,
        now: UnixMillis,
    ) -> Result<Proof, PasskeyError> {
        self.passkeys.prove(
            &self.identity,
            (&ada(), &self.session),
            (purpose, signed),
            now,
        )
    }

    fn shows(&mut self, now: UnixMillis) -> Result<Proof, PasskeyError> {
        let said = self.heard(Purpose::SignIn, now);
        self.prove(Purpose::SignIn, &self.key.signs(&said), now)
    }
}

#[test]
fn a_passkey_that_is_kept_makes_a_session_whole() {
    let mut scene = Scene::new();
    let lines = scene.identity.people(at(0)).unwrap().remove(0).factors;
    assert_eq!(
        (lines[0].kind, lines[0].name.as_deref(), lines[0].used),
        (Factor::Passkey, Some("laptop"), None)
    );
    let proof = scene.shows(at(SECOND)).unwrap();
    assert_eq!((proof.factor(), proof.person()), (Factor::Passkey, &ada()));
    let lines = scene.identity.people(at(0)).unwrap().remove(0).factors;
    assert_eq!(lines[0].used, Some(at(SECOND)));
    let (token, _) = scene
        .identity
        .sign_in(&sign_in(&ada()), at(SECOND))
        .unwrap();
    let token = scene
        .identity
        .prove(&token, &proof, at(SECOND))
        .unwrap()
        .unwrap();
    let session = scene.identity.session(&token, at(SECOND)).unwrap().unwrap();
    let asker = session.whole().unwrap().asker(at(SECOND)).unwrap();
    assert_eq!(asker.shown, [(Factor::Passkey, 0)].into());
}

#[test]
fn when_a_code_was_shown_last_is_known() {
    let place = Place::new();
    let identity = place.open();
    let app = enrol(&identity, &ada());
    let used = || identity.people(at(0)).unwrap()[0].factors[0].used;
    assert_eq!(used(), None);
    whole(&identity, &app);
    assert_eq!(used(), Some(at(0)));
}

/// A11: each part of what is signed, bent before it is signed: the signature is right, and what it says is not.
#[test]
fn no_assertion_that_lies_is_accepted() {
    let bends: [(&str, Bend); 16] = [
        ("made, not shown", |it| it.kind = "webauthn.create"),
        ("no kind", |it| it.kind = ""),
        ("another challenge", |it| it.challenge = "A".repeat(43)),
        ("no challenge", |it| it.challenge.clear()),
        ("another port", |it| {
            it.origin = "http://localhost:8081".to_owned();
        }),
        ("no port", |it| it.origin = "http://localhost".to_owned()),
        ("with TLS", |it| {
            it.origin = "https://localhost:8080".to_owned();
        }),
        ("a neighbour", |it| {
            it.origin = "http://x.localhost:8080".to_owned();
        }),
        ("another site's origin", |it| {
            it.origin = "https://evil.example".to_owned();
        }),
        ("within another page", |it| it.is_elsewhere = true),
        ("another site", |it| it.site = "evil.example".to_owned()),
        ("a part of the site", |it| it.site = "local".to_owned()),
        ("nobody verified", |it| it.flags &= !VERIFIED),
        ("nobody there", |it| it.flags = VERIFIED),
        ("a counter that stays", |it| it.counter -= 1),
        ("another person's handle", |it| {
            it.handle = Some("AAAA".to_owned());
        }),
    ];
    let mut scene = Scene::new();
    scene.shows(at(0)).unwrap();
    for (what, bend) in bends {
        let mut said = scene.heard(Purpose::SignIn, at(0));
        bend(&mut said);
        let proven = scene.prove(Purpose::SignIn, &scene.key.signs(&said), at(0));
        assert!(proven.is_err(), "{what}");
        scene.key.counter -= 1;
        scene.shows(at(0)).expect(what);
    }
}

/// A11: each byte of an assertion, changed after it was signed.
#[test]
fn no_assertion_that_was_changed_is_accepted() {
    let mut scene = Scene::new();
    let mut changed = 0;
    for field in ["authenticatorData", "clientDataJSON", "signature", "rawId"] {
        for index in (0..300).step_by(3) {
            let said = scene.heard(Purpose::SignIn, at(0));
            let mut signed = scene.key.signs(&said);
            let place = if field == "rawId" {
                &mut signed
            } else {
                &mut signed["response"]
            };
            let mut bytes = BASE64_URL_SAFE_NO_PAD
                .decode(place[field].as_str().unwrap())
                .unwrap();
            let Some(byte) = bytes.get_mut(index) else {
                break;
            };
            *byte ^= 1 << (index % 8);
            place[field] = json!(BASE64_URL_SAFE_NO_PAD.encode(bytes));
            signed["id"] = signed["rawId"].clone();
            let proven = scene.prove(Purpose::SignIn, &signed, at(0));
            assert!(proven.is_err(), "{field} {index}");
            changed += 1;
        }
    }
    assert!(changed > 80, "{changed} were changed");
    for (field, other) in [
        ("id", json!("AAAA")),
        ("type", json!("password")),
        ("rawId", Value::Null),
    ] {
        let said = scene.heard(Purpose::SignIn, at(0));
        let mut signed = scene.key.signs(&said);
        signed[field] = other;
        assert!(
            scene.prove(Purpose::SignIn, &signed, at(0)).is_err(),
            "{field}"
        );
    }
    scene.shows(at(0)).unwrap();
}

#[test]
fn hostile_answers_of_authenticators_are_refused() {
    let mut scene = Scene::new();
    let said = scene.heard(Purpose::SignIn, at(0));
    let (shown, made) = (
        scene.key.signs(&said).to_string(),
        scene.key.makes(&said).to_string(),
    );
    let who = (&ada(), &scene.session);
    scap_hostile::hostile_text("answers of authenticators", &[&shown, &made], |text| {
        let Ok(answer) = serde_json::from_str::<Value>(text) else {
            return;
        };
        // The challenge is another one, so that even what was left as it was cannot count.
        let (purpose, now) = (Purpose::of_act(b"another"), at(0));
        assert!(scene.prove(purpose, &answer, now).is_err());
        assert!(scene.passkeys.finish(who, ("x", &answer), now).is_err());
    });
}

/// A11: what was signed counts for one purpose, in one session, for one person, once, for two minutes.
#[test]
fn what_was_signed_counts_for_nothing_else() {
    let mut scene = Scene::new();
    let (deploy, thaw) = (Purpose::of_act(b"deploy"), Purpose::of_act(b"thaw"));
    for (asked, given) in [
        (deploy, thaw),
        (deploy, Purpose::SignIn),
        (Purpose::SignIn, deploy),
        (deploy, Purpose::Enrolment),
    ] {
        let said = scene.heard(asked, at(0));
        let signed = scene.key.signs(&said);
        let proven = scene.prove(given, &signed, at(0));
        assert!(
            matches!(proven, Err(PasskeyError::OtherPurpose)),
            "{proven:?}"
        );
        let proven = scene.prove(asked, &signed, at(0));
        assert!(
            matches!(proven, Err(PasskeyError::NotAsked)),
            "it was used up: {proven:?}"
        );
    }
    let said = scene.heard(deploy, at(0));
    let signed = scene.key.signs(&said);
    let (_, other) = scene.identity.sign_in(&sign_in(&ada()), at(0)).unwrap();
    let eve = PersonName::new("eve").unwrap();
    for who in [(&ada(), &other), (&eve, &scene.session)] {
        let proven = scene
            .passkeys
            .prove(&scene.identity, who, (deploy, &signed), at(0));
        assert!(matches!(proven, Err(PasskeyError::NotAsked)), "{proven:?}");
    }
    scene.prove(deploy, &signed, at(2 * MINUTE - 1)).unwrap();
    let again = scene.prove(deploy, &signed, at(2 * MINUTE - 1));
    assert!(matches!(again, Err(PasskeyError::NotAsked)), "{again:?}");
    let said = scene.heard(deploy, at(0));
    let late = scene.prove(deploy, &scene.key.signs(&said), at(2 * MINUTE));
    assert!(matches!(late, Err(PasskeyError::NotAsked)), "{late:?}");
}

#[test]
fn whoever_begins_anew_knows_no_challenge_of_before() {
    let mut scene = Scene::new();
    let said = scene.heard(Purpose::SignIn, at(0));
    scene.passkeys = Passkeys::new(ORIGIN).unwrap();
    let proven = scene.prove(Purpose::SignIn, &scene.key.signs(&said), at(0));
    assert!(matches!(proven, Err(PasskeyError::NotAsked)), "{proven:?}");
    scene.shows(at(0)).unwrap();
}

#[test]
fn a_copy_of_a_key_is_noticed() {
    let mut scene = Scene::new();
    let mut copy = scene.key.clone();
    let challenges = [
        scene.challenge(Purpose::SignIn, at(0)),
        scene.challenge(Purpose::SignIn, at(0)),
    ];
    let said = scene.key.hears(&challenges[0], ORIGIN);
    scene
        .prove(Purpose::SignIn, &scene.key.signs(&said), at(0))
        .unwrap();
    let said = copy.hears(&challenges[1], ORIGIN);
    let proven = scene.prove(Purpose::SignIn, &copy.signs(&said), at(0));
    assert!(
        matches!(proven, Err(PasskeyError::CountedBack)),
        "side by side: {proven:?}"
    );
    copy.counter = 1;
    let options = scene.challenge(Purpose::SignIn, at(0));
    let said = copy.hears(&options, ORIGIN);
    let proven = scene.prove(Purpose::SignIn, &copy.signs(&said), at(0));
    assert!(
        matches!(proven, Err(PasskeyError::Refused(_))),
        "later: {proven:?}"
    );
}

/// Those that are kept on many devices say 0 each time.
#[test]
fn a_passkey_that_never_counts_is_accepted_each_time() {
    let mut scene = Scene::new();
    scene.key = Authenticator::new(2);
    let options = scene
        .passkeys
        .begin(&scene.identity, (&ada(), &scene.session), at(0))
        .unwrap();
    let mut said = scene.key.hears(&options, ORIGIN);
    said.counter = 0;
    let answer = scene.key.makes(&said);
    let made = scene
        .passkeys
        .finish((&ada(), &scene.session), ("phone", &answer), at(0))
        .unwrap();
    assert!(scene.identity.keep_passkey(&made, at(0)).unwrap());
    for _ in 0..3 {
        let mut said = scene.heard(Purpose::SignIn, at(0));
        said.counter = 0;
        scene
            .prove(Purpose::SignIn, &scene.key.signs(&said), at(0))
            .unwrap();
    }
}

#[test]
fn a_session_has_four_challenges_and_pushes_out_none_of_another_kind() {
    let mut scene = Scene::new();
    let deploy = Purpose::of_act(b"deploy");
    let act = scene.challenge(deploy, at(0));
    let first = scene.challenge(Purpose::SignIn, at(0));
    let kept = scene.challenge(Purpose::SignIn, at(0));
    for _ in 0..3 {
        scene.challenge(Purpose::SignIn, at(0));
    }
    for (options, purpose, counts) in [
        (&first, Purpose::SignIn, false),
        (&kept, Purpose::SignIn, true),
        (&act, deploy, true),
    ] {
        let said = scene.key.hears(options, ORIGIN);
        let proven = scene.prove(purpose, &scene.key.signs(&said), at(0));
        assert_eq!(proven.is_ok(), counts, "{proven:?}");
    }
}

#[test]
fn who_has_no_passkey_is_asked_for_none() {
    let scene = Scene::new();
    let eve = PersonName::new("eve").unwrap();
    let asked = scene.passkeys.challenge(
        &scene.identity,
        (&eve, &scene.session),
        Purpose::SignIn,
        at(0),
    );
    assert!(matches!(asked, Err(PasskeyError::NoPasskey)), "{asked:?}");
    for url in ["http://127.0.0.1:8080", "https://[::1]", "localhost", ""] {
        assert!(
            matches!(Passkeys::new(url), Err(PasskeyError::NoName(_))),
            "{url}"
        );
    }
}
