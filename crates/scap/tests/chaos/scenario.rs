//! What happens in each deployment that is killed: all of it data.

use crate::cluster::BAD;
use crate::world::Behaviour::{self, Fails, Takes};
use scap_run::Outcome::{self, Cancelled, RolledBack, Stopped, Succeeded, SucceededWithStragglers};
use scap_run::{AbortKind, Choice};

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// The scenario whose end is this one's beginning; without one, nothing is deployed.
    pub(crate) after: Option<&'static str>,
    /// What scap is told; a version's name stands for its commit.
    pub(crate) command: &'static [&'static str],
    /// Another scap at the same time.
    pub(crate) beside: Option<Beside>,
    /// What helm would bring.
    pub(crate) tag: &'static str,
    /// What goes wrong or takes long, by effect or look.
    pub(crate) behaviours: &'static [(&'static str, Behaviour)],
    pub(crate) person: Option<Deed>,
    /// Keys of the catalog's entry, in YAML.
    pub(crate) team: &'static str,
    /// Lines of the repository's scap.cfg.
    pub(crate) scap_cfg: &'static str,
    /// Whether hosts have a port with counters.
    pub(crate) serves: bool,
    pub(crate) end: Outcome,
}

pub(crate) struct Beside {
    pub(crate) command: &'static [&'static str],
    /// Whether it begins before the one that is killed.
    pub(crate) is_first: bool,
}

/// What somebody does once, as soon as they can.
pub(crate) enum Deed {
    /// When this effect has begun.
    Abort(AbortKind, &'static str),
    /// To whatever is asked first.
    Answer(Choice),
}

const SLOW: Behaviour = Takes { milliseconds: 500 };

const PROBED: &str = "tests:\n  health: {type: command, command: [PROBE]}\n";
const WATCHED: &str = "checks:
  errors:
    type: counters
    requests: requests_total
    errors: errors_total
    signature: signature
    minimum_hold: 1s
    maximum_hold: 20s
";

const SHOP_V1: &[&str] = &["deploy-service", "shop", "--yes", "--revision", "v1"];
const SHOP_V2: &[&str] = &["deploy-service", "shop", "--yes", "--revision", "v2"];
const PAGE: &[&str] = &["deploy-service", "page", "--yes"];

impl Scenario {
    pub(crate) const EMPTY: Self = Self {
        name: "nothing",
        after: None,
        command: &[],
        beside: None,
        tag: "1",
        behaviours: &[],
        person: None,
        team: "",
        scap_cfg: "",
        serves: false,
        end: Succeeded,
    };

    /// Whether that one was before it, at once or in the end.
    pub(crate) fn comes_after(&self, name: &str) -> bool {
        let is_after = |after: &str| after == name || named(after).comes_after(name);
        self.after.is_some_and(is_after)
    }

    const ON_SHOP: Self = Self {
        after: Some("shop: install"),
        command: SHOP_V2,
        ..Self::EMPTY
    };

    const ON_PAGE: Self = Self {
        after: Some("page: install"),
        command: PAGE,
        tag: "2",
        ..Self::EMPTY
    };
}

/// Those that others come after stand before them.
pub(crate) static SCENARIOS: [Scenario; 24] = [
    Scenario {
        name: "shop: install",
        command: SHOP_V1,
        ..Scenario::EMPTY
    },
    Scenario {
        name: "shop: failing install",
        command: SHOP_V1,
        behaviours: &[("restart web2 v1", Fails)],
        end: RolledBack,
        ..Scenario::EMPTY
    },
    Scenario {
        name: "shop: upgrade",
        team: PROBED,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: failing test",
        team: PROBED,
        behaviours: &[("probe v2", Fails)],
        end: RolledBack,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: bad evidence",
        team: WATCHED,
        serves: true,
        behaviours: &[("serve v2", Fails)],
        end: RolledBack,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: failing restart",
        behaviours: &[("restart web3 v2", Fails)],
        end: RolledBack,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: straggler",
        scap_cfg: "default_failure_limit: 1\n",
        behaviours: &[("restart web3 v2", Fails)],
        end: SucceededWithStragglers,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: abort",
        behaviours: &[("restart web2 v2", SLOW)],
        person: Some(Deed::Abort(AbortKind::Undo, "restart web2 v2")),
        end: RolledBack,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: stop",
        behaviours: &[("restart web1 v2", SLOW)],
        person: Some(Deed::Abort(AbortKind::Stop, "restart web1 v2")),
        end: Stopped,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: the rest",
        after: Some("shop: stop"),
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: approval",
        command: &["deploy-service", "shop", "--revision", "v2"],
        person: Some(Deed::Answer(Choice::Approve)),
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: declined",
        command: &["deploy-service", "shop", "--revision", "v2"],
        person: Some(Deed::Answer(Choice::Decline)),
        end: Cancelled,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: question about a failure",
        team: "rollback: ask\n",
        behaviours: &[("restart web3 v2", Fails)],
        person: Some(Deed::Answer(Choice::Undo)),
        end: RolledBack,
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: rollback",
        after: Some("shop: approval"),
        command: &["rollback", "shop", "--yes"],
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: another waits",
        beside: Some(Beside {
            command: &[
                "deploy-service",
                "shop",
                "--yes",
                "--wait",
                "--revision",
                "v3",
            ],
            is_first: false,
        }),
        behaviours: &[("restart web1 v2", SLOW)],
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "shop: waits for another",
        command: &[
            "deploy-service",
            "shop",
            "--yes",
            "--wait",
            "--revision",
            "v3",
        ],
        beside: Some(Beside {
            command: SHOP_V2,
            is_first: true,
        }),
        behaviours: &[("restart web1 v2", SLOW)],
        ..Scenario::ON_SHOP
    },
    Scenario {
        name: "page: install",
        command: PAGE,
        ..Scenario::EMPTY
    },
    Scenario {
        name: "page: aborted install",
        command: PAGE,
        behaviours: &[("upgrade main to 1", SLOW)],
        person: Some(Deed::Abort(AbortKind::Undo, "upgrade main to 1")),
        end: RolledBack,
        ..Scenario::EMPTY
    },
    Scenario {
        name: "page: upgrade",
        ..Scenario::ON_PAGE
    },
    Scenario {
        name: "page: slow upgrade",
        behaviours: &[
            ("upgrade canary to 2", SLOW),
            ("rollback canary to 1", SLOW),
        ],
        ..Scenario::ON_PAGE
    },
    Scenario {
        name: "page: bad canary",
        tag: BAD,
        end: RolledBack,
        ..Scenario::ON_PAGE
    },
    Scenario {
        name: "page: failing upgrade",
        behaviours: &[("upgrade main to 2", Fails)],
        end: RolledBack,
        ..Scenario::ON_PAGE
    },
    Scenario {
        name: "page: abort",
        behaviours: &[("upgrade canary to 2", SLOW)],
        person: Some(Deed::Abort(AbortKind::Undo, "upgrade canary to 2")),
        end: RolledBack,
        ..Scenario::ON_PAGE
    },
    Scenario {
        name: "page: rollback",
        after: Some("page: upgrade"),
        command: &["rollback", "page", "--yes"],
        ..Scenario::ON_PAGE
    },
];

pub(crate) fn named(name: &str) -> &'static Scenario {
    let found = SCENARIOS.iter().find(|scenario| scenario.name == name);
    found.unwrap_or_else(|| panic!("there is no scenario `{name}`"))
}
