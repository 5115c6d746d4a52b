//! What is changed in a good set of files, or said on the command line, and what scap answers.

use crate::environment::TestEnvironment;

pub(super) struct Case {
    pub(super) name: &'static str,
    /// What is made wrong.
    pub(super) change: fn(&TestEnvironment),
    pub(super) arguments: &'static [&'static str],
    pub(super) code: i32,
    /// All of them stand on stderr.
    pub(super) stderr: &'static [&'static str],
}

/// Would deploy, if it were let.
const DEPLOY: &[&str] = &["deploy-service", "shop", "--yes"];
const CATALOG: &str = "service-catalog.yaml";
const CFG: &str = "shop/scap/scap.cfg";

const fn file(
    name: &'static str,
    change: fn(&TestEnvironment),
    stderr: &'static [&'static str],
) -> Case {
    Case {
        name,
        change,
        arguments: DEPLOY,
        code: 2,
        stderr,
    }
}

const fn typed(
    name: &'static str,
    arguments: &'static [&'static str],
    stderr: &'static [&'static str],
) -> Case {
    Case {
        name,
        change: |_| {},
        arguments,
        code: 2,
        stderr,
    }
}

/// Typed well, and impossible.
const fn refused(
    name: &'static str,
    arguments: &'static [&'static str],
    stderr: &'static [&'static str],
) -> Case {
    Case {
        code: 1,
        ..typed(name, arguments, stderr)
    }
}

pub(super) const CASES: &[Case] = &[
    file(
        "catalog: missing",
        |shop| shop.remove(CATALOG),
        &["service-catalog.yaml` cannot be read"],
    ),
    file(
        "catalog: unreadable",
        |shop| in_place_of(shop, CATALOG),
        &["service-catalog.yaml` cannot be read"],
    ),
    file(
        "catalog: empty",
        |shop| shop.write(CATALOG, ""),
        &["service-catalog.yaml:1:1"],
    ),
    file(
        "catalog: not YAML",
        |shop| shop.write(CATALOG, "services: [shop\n"),
        &["service-catalog.yaml:2:1"],
    ),
    file(
        "catalog: not UTF-8",
        |shop| shop.write(CATALOG, b"services:\n  \xff"),
        &["byte 0xff is not UTF-8", "service-catalog.yaml:2:3"],
    ),
    file(
        "catalog: a list",
        |shop| shop.write(CATALOG, "- shop\n"),
        &["must be a mapping", "service-catalog.yaml:1:1"],
    ),
    file(
        "catalog: unknown key",
        |shop| shop.add(CATALOG, "    colour: red\n"),
        &[
            "service shop has unexpected key(s): colour",
            "service-catalog.yaml:5:5",
        ],
    ),
    file(
        "catalog: duplicate key",
        |shop| shop.add(CATALOG, "    bake: 1s\n    bake: 2s\n"),
        &["bake", "service-catalog.yaml:6:5"],
    ),
    file(
        "catalog: duplicate service",
        |shop| shop.add(CATALOG, "  shop:\n    hosts: {repository: shop}\n"),
        &["shop", "service-catalog.yaml:5:3"],
    ),
    file(
        "catalog: wrong type",
        |shop| shop.add(CATALOG, "    bake: [1s]\n"),
        &[
            "bake of service shop must be a",
            "service-catalog.yaml:5:11",
        ],
    ),
    file(
        "catalog: no such choice",
        |shop| shop.add(CATALOG, "    rollback: maybe\n"),
        &[
            "rollback of service shop must be one of automatic, ask, never, not 'maybe'",
            "service-catalog.yaml:5:15",
        ],
    ),
    file(
        "catalog: unsafe name with dots",
        |shop| shop.add(CATALOG, "  ../shop: {hosts: {repository: shop}}\n"),
        &["must not", "service-catalog.yaml:5:3"],
    ),
    file(
        "catalog: unsafe name with a slash",
        |shop| shop.add(CATALOG, "  a/b: {hosts: {repository: shop}}\n"),
        &["must not contain '/'", "service-catalog.yaml:5:3"],
    ),
    file(
        "catalog: unsafe name like an option",
        |shop| shop.add(CATALOG, "  -rf: {hosts: {repository: shop}}\n"),
        &["must not begin with `-`", "service-catalog.yaml:5:3"],
    ),
    file(
        "catalog: unsafe name with a control character",
        |shop| shop.add(CATALOG, "  \"a\\x1b[2Jb\": {hosts: {repository: shop}}\n"),
        &["must not contain '\\u{1b}'", "service-catalog.yaml:5:3"],
    ),
    file(
        "catalog: cluster group without groups",
        |shop| {
            shop.add(CATALOG, "  wiki: {cluster_group: wikikube, namespaces: {wiki: {environments: {eqiad: {}}}}}\n");
        },
        &["wikikube", "service-catalog.yaml:5:25"],
    ),
    Case {
        code: 1,
        ..file(
            "catalog: no such repository",
            |shop| shop.write(CATALOG, "services: {shop: {hosts: {repository: shap}}}\n"),
            &[
                "revision `HEAD` of service `shop` cannot be deployed",
                "shap` is no git repository",
            ],
        )
    },
    file(
        "configuration: missing",
        |shop| shop.remove("scap.yaml"),
        &["scap.yaml` cannot be read"],
    ),
    file(
        "configuration: unreadable",
        |shop| in_place_of(shop, "scap.yaml"),
        &["scap.yaml` cannot be read"],
    ),
    file(
        "configuration: not YAML",
        |shop| shop.write("scap.yaml", "hosts: {\n"),
        &["scap.yaml:2:1"],
    ),
    file(
        "configuration: unknown key",
        |shop| shop.add("scap.yaml", "color: red\n"),
        &["has unexpected key(s): color", "scap.yaml:8:1"],
    ),
    file(
        "configuration: duplicate key",
        |shop| shop.add("scap.yaml", "service_catalog: other.yaml\n"),
        &["service_catalog", "scap.yaml:8:1"],
    ),
    file(
        "configuration: wrong type",
        |shop| shop.add("scap.yaml", "concurrency: many\n"),
        &["concurrency", "scap.yaml:8:14"],
    ),
    file(
        "configuration: no address",
        |shop| shop.add("scap.yaml", "    web4: nowhere\n"),
        &["must be an IP address, not 'nowhere'", "scap.yaml:8:11"],
    ),
    file(
        "configuration: unsafe host",
        |shop| shop.add("scap.yaml", "    ../web4: 127.0.2.4\n"),
        &["must not", "scap.yaml:8:5"],
    ),
    file(
        "cluster groups without conftool state",
        |shop| {
            shop.add(
                "scap.yaml",
                "cluster_groups: groups.yaml\nconftool_state: state.yaml\n",
            );
            shop.write("groups.yaml", "{}\n");
        },
        &["state.yaml` cannot be read"],
    ),
    file(
        "scap.cfg: missing",
        |shop| shop.remove(CFG),
        &["scap.cfg` cannot be read"],
    ),
    file(
        "scap.cfg: empty",
        |shop| shop.write(CFG, ""),
        &["scap.cfg:1:1"],
    ),
    file(
        "scap.cfg: unknown key",
        |shop| shop.add(CFG, "restart_comand: true\n"),
        &[
            "unexpected key(s): restart_comand",
            "did you mean `restart_command`?",
            "scap.cfg:7:1",
        ],
    ),
    file(
        "scap.cfg: duplicate key",
        |shop| shop.add(CFG, "git_repo: other\n"),
        &["git_repo", "scap.cfg:7:1"],
    ),
    file(
        "scap.cfg: no number",
        |shop| shop.add(CFG, "service_port: 70000\n"),
        &["service_port", "scap.cfg:7:15"],
    ),
    file(
        "scap.cfg: no limit",
        |shop| shop.add(CFG, "failure_limit: some\n"),
        &[
            "must be a number of hosts, or a share such as 10%",
            "scap.cfg:7:16",
        ],
    ),
    file(
        "scap.cfg: unsafe folder",
        |shop| shop.add(CFG, "git_deploy_dir: /srv/../etc\n"),
        &["must be an absolute path without `..`", "scap.cfg:7:17"],
    ),
    file(
        "targets: missing",
        |shop| shop.remove("shop/scap/targets"),
        &["targets` cannot be read"],
    ),
    file(
        "targets: empty",
        |shop| shop.write("shop/scap/targets", "# nobody\n"),
        &["targets:1:1"],
    ),
    file(
        "targets: unsafe host",
        |shop| shop.add("shop/scap/targets", "../../etc\n"),
        &["must not", "targets:4:1"],
    ),
    file(
        "targets: a host like an option",
        |shop| shop.add("shop/scap/targets", "-web9\n"),
        &["must not begin with `-`", "targets:4:1"],
    ),
    file(
        "targets: a host twice",
        |shop| shop.add("shop/scap/targets", "web2\n"),
        &["web2", "targets:4:1"],
    ),
    typed(
        "unknown service",
        &["deploy-service", "shap", "--yes"],
        &[
            "no service named 'shap' (known: shop)",
            "did you mean `shop`?",
        ],
    ),
    typed(
        "a service with a path",
        &["deploy-service", "../shop", "--yes"],
        &["no service named '../shop'"],
    ),
    typed(
        "a service with a control character",
        &["deploy-service", "sh\u{1b}[2Jop", "--yes"],
        &["no service named 'sh\\u{1b}[2Jop'"],
    ),
    typed(
        "an environment of hosts",
        &["deploy-service", "shop", "-e", "eqiad", "--yes"],
        &["service `shop` is deployed to hosts, which have no environments"],
    ),
    refused(
        "unknown revision",
        &["deploy-service", "shop", "--revision", "v9", "--yes"],
        &["revision `v9` of service `shop` cannot be deployed"],
    ),
    refused(
        "a revision like an option",
        &[
            "deploy-service",
            "shop",
            "--revision=--upload-pack=x",
            "--yes",
        ],
        &["revision `--upload-pack=x` of service `shop` cannot be deployed"],
    ),
    refused(
        "a revision with a control character",
        &[
            "deploy-service",
            "shop",
            "--revision",
            "v\u{1b}[2J1",
            "--yes",
        ],
        &["of service `shop` cannot be deployed"],
    ),
    typed(
        "unknown option",
        &["deploy-service", "shop", "--force"],
        &["unexpected argument '--force'"],
    ),
    typed(
        "unknown command",
        &["depoly", "shop"],
        &["unrecognized subcommand"],
    ),
    typed(
        "a run that is no number",
        &["show", "last"],
        &["invalid value 'last'"],
    ),
    typed(
        "unknown schema",
        &["schema", "shop"],
        &["there is no schema `shop`", "schemas are "],
    ),
];

/// A folder where a file should be: not even root can read it.
fn in_place_of(shop: &TestEnvironment, name: &str) {
    shop.remove(name);
    shop.write(&format!("{name}/inside"), "");
}
