//! New image tags: which files get them, where the commit goes, and what is waited for.

mod charts;
mod registry;

use charts::{Charts, LATER, NEW, OLD, STAGING, VALUES};

#[test]
fn the_tag_changes_where_it_stands_and_is_committed() {
    let charts =
        Charts::new("{author: Ada <ada@example.org>, message: '{service}: {previous} to {tag}'}");
    let before = charts.text(VALUES);
    let said = charts
        .environment
        .scap(&["bump", "shop", NEW, "--yes"])
        .exits(0);
    insta::assert_snapshot!(said.seen());
    assert_eq!(said.stderr, "");
    assert_eq!(charts.text(VALUES), before.replace(OLD, NEW));
    assert_eq!(
        charts.git(&["log", "-1", "--format=%an <%ae> %s", "--name-status"]),
        format!(
            "Ada <ada@example.org> shop: {OLD} to {NEW}\n\nM\thelmfile.d/services/shop/values.yaml"
        )
    );
    assert_eq!(charts.git(&["status", "--porcelain"]), "");

    charts
        .environment
        .scap(&["bump", "shop", NEW, "--yes"])
        .exits(0)
        .complains(&["Nothing to bump"]);
    assert_eq!(charts.commits(), "2");
}

#[test]
fn an_environment_gets_a_key_of_its_own_where_that_is_asked_for() {
    let charts = Charts::new("{}");
    charts
        .environment
        .scap(&["bump", "shop", NEW, "--environment", "staging", "--yes"])
        .exits(0);
    let expected = format!("main_app:\n  version: {NEW}\n  # only one\n  replicas: 1\n");
    assert_eq!(charts.text(STAGING), expected);
    assert!(charts.text(VALUES).contains(OLD));

    charts
        .environment
        .scap(&["bump", "shop", NEW, "-e", "codfw", "--yes"])
        .exits(1)
        .complains(&["has no values-codfw.yaml", "Hint: add the file"]);
    // Where both have one, both get the next one.
    charts.registry.add(LATER);
    charts
        .environment
        .scap(&["bump", "shop", "--latest", "--yes"])
        .exits(0);
    assert!(charts.text(VALUES).contains(LATER) && charts.text(STAGING).contains(LATER));
}

#[test]
fn hiera_has_versions_too() {
    let charts = Charts::new("{}");
    let before = charts.text("charts/hiera.yaml");
    charts
        .environment
        .scap(&["bump", "shop", NEW, "--hiera", "--yes"])
        .exits(0);
    assert_eq!(charts.text("charts/hiera.yaml"), before.replace(OLD, NEW));
    assert!(charts.text(VALUES).contains(OLD));
    charts
        .environment
        .scap(&["bump", "bare", NEW, "--hiera", "--yes"])
        .exits(2)
        .complains(&[
            "there is no 'profile::docker::runner::service_defs.bare.version'",
            "charts/hiera.yaml:1:1",
        ]);
}

#[test]
fn a_tag_without_an_image_is_taken_only_by_force() {
    let charts = Charts::new("{}");
    charts
        .environment
        .scap(&["bump", "shop", LATER, "--yes"])
        .exits(1)
        .complains(&["there is no image", "--allow-missing-image"]);
    charts
        .environment
        .scap(&[
            "bump",
            "shop",
            LATER,
            "--wait-image",
            "--timeout",
            "1ms",
            "--yes",
        ])
        .exits(1)
        .complains(&["Waiting for", "there is no image"]);
    assert_eq!(charts.commits(), "1");
    charts
        .environment
        .scap(&["bump", "shop", LATER, "--allow-missing-image", "--yes"])
        .exits(0);
    assert!(charts.text(VALUES).contains(LATER));
    charts
        .environment
        .scap(&["bump", "shop", "--latest", "--yes"])
        .exits(1)
        .complains(&[&format!(
            "`{LATER}` stands already, and is newer than `{NEW}`"
        )]);
}

#[test]
fn an_image_is_waited_for_until_it_is_built() {
    for tag in [Some(LATER), None] {
        let charts = Charts::new("{}");
        // Nothing that the registry has now is newer.
        charts
            .environment
            .scap(&["bump", "shop", "--latest", "--yes"])
            .exits(0);
        let mut arguments = vec!["bump", "shop", "--wait-image", "--yes"];
        arguments.extend(tag);
        let bump = charts.environment.begin(&arguments);
        bump.until_complains("Waiting for");
        charts.registry.add(LATER);
        bump.ends().exits(0);
        assert!(charts.text(VALUES).contains(LATER), "{tag:?}");
    }
}

#[test]
fn a_pushed_tag_is_waited_for_until_the_checkout_has_it() {
    let charts = Charts::new("{push: branch}");
    let bump = charts.environment.begin(&["bump", "shop", NEW, "--yes"]);
    bump.until_complains("to have the commit");
    assert_eq!(charts.commits(), "1");
    assert!(charts.text(VALUES).contains(OLD));
    charts.git(&["pull", "--quiet"]);
    bump.ends()
        .exits(0)
        .says(&["and pushed to refs/heads/main"]);
    assert!(charts.text(VALUES).contains(NEW));
}

#[test]
fn a_review_is_waited_for_as_long_as_a_person_wants() {
    let charts = Charts::new("{push: review}");
    charts
        .environment
        .scap(&["bump", "shop", NEW, "--yes", "--no-wait"])
        .exits(0)
        .says(&["and pushed to refs/for/main"]);
    let change = charts.origin(&["log", "-1", "--format=%B", "refs/for/main"]);
    assert!(change.contains("\nChange-Id: I"), "{change}");
    charts.origin(&["update-ref", "-d", "refs/for/main"]);
    charts
        .environment
        .scap(&["bump", "shop", NEW, "--yes", "--timeout", "1ms"])
        .exits(4)
        .complains(&["the checkout that is deployed from does not have it yet"]);
    assert_eq!(charts.commits(), "1");
}

#[test]
fn a_file_that_somebody_works_on_is_left_alone() {
    for policy in ["{}", "{push: branch}"] {
        let charts = Charts::new(policy);
        charts.environment.add(VALUES, "# not done yet\n");
        charts
            .environment
            .scap(&["bump", "shop", NEW, "--yes"])
            .exits(1)
            .complains(&[
                "has changes that are not committed: helmfile.d/services/shop/values.yaml",
            ]);
        assert!(charts.text(VALUES).ends_with("# not done yet\n"));
        assert_eq!(charts.commits(), "1");
    }
}

#[test]
fn nothing_is_done_without_a_persons_word() {
    let charts = Charts::new("{}");
    charts
        .environment
        .scap(&["bump", "shop", NEW])
        .exits(2)
        .says(&[&format!("+ version: '{NEW}' # by scap")])
        .complains(&["give --yes"]);
    assert_eq!(charts.commits(), "1");
    assert!(charts.text(VALUES).contains(OLD));
}

#[test]
fn what_was_done_is_told_as_data() {
    let charts = Charts::new("{push: branch}");
    let mut data = charts
        .environment
        .json(&["bump", "shop", "--latest", "--no-wait", "--yes"]);
    let commit = charts.origin(&["rev-parse", "main"]);
    assert_eq!(data["commit"].take(), commit);
    insta::assert_json_snapshot!(data);
}

#[test]
fn what_cannot_be_bumped_is_refused() {
    let charts = Charts::new("{}");
    for (arguments, code, complaint) in [
        (&["shop"][..], 2, "no tag is named"),
        (&["shop", "a/b"], 2, "`a/b` is no tag"),
        (
            &["shop", NEW, "--timeout", "soon"],
            2,
            "`--timeout` must be a length of time",
        ),
        (&["nothing", NEW], 2, "no service named 'nothing'"),
        (
            &["files", NEW],
            2,
            "is deployed to hosts, which run no image",
        ),
        (
            &["shop", NEW, "-e", "eqiad"],
            2,
            "no environment named or aliased 'eqiad'",
        ),
        (
            &["bare", "--latest"],
            2,
            "no registry is known for service `bare`",
        ),
    ] {
        let all = [&["bump", "--yes"], arguments].concat();
        charts
            .environment
            .scap(&all)
            .exits(code)
            .complains(&[complaint]);
    }
    charts
        .environment
        .write(VALUES, "main_app:\n  version: &it x\nother: *it\n");
    charts.git(&["commit", "--quiet", "--all", "--message", "anchor"]);
    charts
        .environment
        .scap(&["bump", "shop", NEW, "--yes"])
        .exits(2)
        .complains(&[
            "main_app.version must have no anchor",
            "values.yaml:2:12",
            "Hint: ",
        ]);
    assert_eq!(charts.commits(), "2");
}

#[test]
fn a_deployment_begins_with_the_tag_in_the_checkout() {
    let charts = Charts::new("{push: branch}");
    let deployment = charts
        .environment
        .begin(&["deploy-service", "shop", "--bump", NEW, "--yes"]);
    deployment.until_complains("to have the commit");
    assert_eq!(charts.environment.outcomes(), []);
    charts.git(&["pull", "--quiet"]);
    // There is nothing to deploy with; the tag is where a deployment takes it from.
    deployment.ends().exits(1).complains(&[
        "`no-such-helmfile` cannot be run",
        "no program `no-such-helmfile` in `/usr/local/sbin:",
        "install it, or name its path under `binaries` in scap.yaml",
    ]);
    assert!(charts.text(VALUES).contains(NEW));
    assert_eq!(charts.origin(&["rev-list", "--count", "main"]), "2");
}
