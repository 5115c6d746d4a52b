//! From a new image to pods that run it, in one command.

use crate::place::Place;

const NEW: &str = "2026-04-02-121212-production";
const SERVICE: &str = "edit-analytics";
const RELEASES: [(&str, &str); 3] = [
    ("staging", "staging"),
    ("codfw", "production"),
    ("eqiad", "production"),
];

#[test]
#[ignore = "needs the real parts that `make e2e` brings up"]
fn a_bump_is_committed_and_deployed() {
    let place = Place::new();
    place.configure("registry_mirrors: {docker-registry.example.org: 'http://127.0.0.1:5000'}\n");
    place.git(&["init", "--quiet"]);
    place.git(&["add", "deployment-charts"]);
    place.git(&["commit", "--quiet", "--message", "As it is"]);

    let bump = ["deploy-service", SERVICE, "--bump", NEW, "--yes"];
    let said = place.scap(&bump);
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    for (environment, release) in RELEASES {
        let runs = Place::deployed(SERVICE, environment, release).unwrap();
        assert!(runs.starts_with(NEW), "{environment}: {runs}");
    }
    let subject = place.git(&["log", "-1", "--format=%s"]);
    assert_eq!(subject, format!("{SERVICE}: bump to {NEW}\n"));
    assert_eq!(place.git(&["status", "--short", "deployment-charts"]), "");

    // Nothing is new, so nothing is done.
    let said = place.deploy(SERVICE, 0);
    assert!(said.stderr.contains("Nothing to do"), "{}", said.stderr);
}
