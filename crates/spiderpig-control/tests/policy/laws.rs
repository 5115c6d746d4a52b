//! What people rely on when they write a policy.

use crate::world::{environment, groups, person};
use scap_plan::{Factor, PolicyFile, Right, ServiceName, Source};
use spiderpig_control::{Approval, Asker, Decision, Policy, Target, Wish};

const POLICY: &str = "
groups: { deployers: x, sre: x, helpers: x }
rules:
  stage: { allow: [deploy], groups: [deployers], services: all, environment_types: [staging] }
  produce:
    allow: [deploy]
    groups: [deployers]
    services: all
    environment_types: [production]
    step_up: { within: 2m, factors: [passkey] }
    approval: { group: sre }
  alone: { allow: [break_glass], groups: [sre], services: all }
  not-these: { deny: all, groups: [helpers], services: [mathoid] }
  care: { allow: all, groups: [sre], services: all }
";

fn policy() -> Policy {
    PolicyFile::read(&Source::new("policy.yaml", POLICY))
        .unwrap()
        .into()
}

fn asker(of: &[&str]) -> Asker {
    Asker::new(person("ada"), groups(of))
}

fn deploy(environments: &[&str]) -> Wish {
    let target = Target::Service {
        name: ServiceName::new("mathoid").unwrap(),
        environments: environments.iter().map(|name| environment(name)).collect(),
    };
    Wish {
        digest: Some("d1".to_owned()),
        ..Wish::new(Right::Deploy, target)
    }
}

fn said(asker: &Asker, wish: &Wish) -> String {
    policy().decide(asker, wish).to_string()
}

#[test]
fn who_is_in_no_rule_may_do_nothing() {
    for right in Right::all() {
        for target in [Target::Everything, deploy(&["staging"]).target] {
            let decision = policy().decide(&asker(&[]), &Wish::new(right, target));
            assert!(
                matches!(decision, Decision::Refused { rule: None, .. }),
                "{right}"
            );
        }
    }
}

#[test]
fn what_is_allowed_in_a_part_is_not_allowed_in_all() {
    let deployer = asker(&["deployers"]);
    assert_eq!(
        said(&deployer, &deploy(&["staging"])),
        "allowed by rule `stage`"
    );
    assert!(said(&deployer, &deploy(&["staging", "eqiad"])).contains("says rule `produce`"));
    let only_stage = POLICY.replace("[production]", "[staging]");
    let policy: Policy = PolicyFile::read(&Source::new("policy.yaml", only_stage))
        .unwrap()
        .into();
    let said = policy
        .decide(&deployer, &deploy(&["staging", "eqiad"]))
        .to_string();
    assert_eq!(said, "refused: no rule allows it in `eqiad`");
}

#[test]
fn a_rule_that_denies_wins_against_all_that_allow() {
    let helper = asker(&["sre", "helpers"]);
    assert_eq!(
        said(&helper, &deploy(&["staging"])),
        "refused: rule `not-these` denies it"
    );
    let freeze = Wish::new(Right::Freeze, Target::Everything);
    assert_eq!(said(&helper, &freeze), "allowed by rule `care`");
}

#[test]
fn a_factor_of_another_kind_or_of_long_ago_is_none() {
    let mut deployer = asker(&["deployers"]);
    for (factor, seconds_ago) in [(Factor::Totp, 0), (Factor::Passkey, 121)] {
        deployer.shown = [(factor, seconds_ago)].into();
        assert_eq!(
            said(&deployer, &deploy(&["eqiad"])),
            "needs a second factor (passkey) shown within 120 s, says rule `produce`"
        );
    }
}

/// A19: nobody agrees with themselves, and an agreement is to one digest.
#[test]
fn consent_is_another_persons_of_the_group_and_to_this_digest() {
    let mut deployer = asker(&["deployers"]);
    deployer.shown = [(Factor::Passkey, 120)].into();
    let consent = |name: &str, of: &[&str], digest: &str| Approval {
        person: person(name),
        groups: groups(of),
        digest: digest.to_owned(),
    };
    for bad in [
        consent("ada", &["sre"], "d1"),
        consent("bob", &["deployers"], "d1"),
        consent("bob", &["sre"], "d2"),
    ] {
        deployer.approvals = vec![bad];
        let needs = "needs the consent of a second person of group `sre`, says rule `produce`";
        assert_eq!(said(&deployer, &deploy(&["eqiad"])), needs);
    }
    deployer.approvals = vec![consent("bob", &["sre"], "d1")];
    assert_eq!(
        said(&deployer, &deploy(&["eqiad"])),
        "allowed by rule `produce`"
    );
    let mut nothing = deploy(&["eqiad"]);
    nothing.digest = None;
    assert!(said(&deployer, &nothing).starts_with("needs the consent"));
}

#[test]
fn glass_is_broken_by_those_who_may_and_who_say_so() {
    let mut asker = asker(&["deployers", "sre"]);
    asker.shown = [(Factor::Passkey, 1)].into();
    let mut wish = deploy(&["eqiad"]);
    assert!(said(&asker, &wish).starts_with("needs the consent"));
    wish.breaks_glass = true;
    assert_eq!(
        said(&asker, &wish),
        "allowed by rule `alone`, without the second person that `produce` demands"
    );
    asker.groups = groups(&["deployers"]);
    assert!(said(&asker, &wish).starts_with("needs the consent"));
}

#[test]
fn a_service_on_hosts_counts_as_production() {
    let deployer = asker(&["deployers"]);
    assert!(said(&deployer, &deploy(&[])).contains("says rule `produce`"));
}

#[test]
fn a_rule_counts_for_an_environments_aliases() {
    let text = "
groups: { sre: x }
rules:
  a: { allow: all, groups: [sre], services: all }
  b: { deny: [deploy], groups: all, services: all, environments: [test] }
";
    let policy: Policy = PolicyFile::read(&Source::new("policy.yaml", text))
        .unwrap()
        .into();
    let said = policy
        .decide(&asker(&["sre"]), &deploy(&["staging"]))
        .to_string();
    assert_eq!(said, "refused: rule `b` denies it");
}
