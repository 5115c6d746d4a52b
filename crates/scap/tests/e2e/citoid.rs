//! A service without canary releases: the first datacenter that is not the primary one is all the canary there is.

use crate::place::{FIRST, Place};

const BROKEN: &str = "2026-05-03-131313-broken";

fn runs(environment: &str) -> Option<String> {
    let release = if environment == "staging" {
        "staging"
    } else {
        "production"
    };
    Place::deployed("citoid", environment, release)
}

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn citoid_fails_at_its_first_install_and_then_in_one_datacenter() {
    let place = Place::new();

    // A first install that never becomes ready is taken away again.
    place.set_tag("citoid", BROKEN);
    place.deploy("citoid", 3);
    assert_eq!(runs("staging"), None);
    assert_eq!(Place::helm_status("citoid", "staging", "staging"), None);

    place.set_tag("citoid", FIRST);
    place.deploy("citoid", 0);
    for environment in ["staging", "codfw", "eqiad"] {
        assert!(
            runs(environment).unwrap().starts_with(FIRST),
            "{environment}"
        );
    }

    // Broken in codfw only: eqiad, the primary datacenter, is never touched.
    let eqiad = Place::helm_status("citoid", "eqiad", "production");
    place.set_tag("citoid", BROKEN);
    let said = place.scap(&[
        "deploy-service",
        "citoid",
        "--yes",
        "--environment",
        "codfw",
        "--environment",
        "eqiad",
    ]);
    assert_eq!(said.code, Some(3), "{}{}", said.stdout, said.stderr);
    assert!(runs("codfw").unwrap().starts_with(FIRST));
    assert_eq!(Place::helm_status("citoid", "eqiad", "production"), eqiad);
    let status = place.json(&["status", "citoid"]);
    assert_eq!(status.as_array().unwrap().len(), 3);
}
