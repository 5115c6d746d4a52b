//! Versions of the service `shop`: good ones, and those with a fault.

/// What a commit of the repository has.
pub(crate) struct Version {
    pub(crate) name: &'static str,
    restart: &'static str,
    health: &'static str,
    /// In a thousand requests; nothing when there are no metrics.
    errors: Option<u32>,
}

impl Version {
    pub(crate) fn good(name: &'static str) -> Self {
        Self {
            name,
            restart: "",
            health: "ok",
            errors: Some(2),
        }
    }

    /// Its restart fails everywhere.
    pub(crate) fn that_does_not_start(name: &'static str) -> Self {
        Self {
            restart: "echo 'cannot bind' >&2; exit 3",
            ..Self::good(name)
        }
    }

    /// Its restart prints what nobody may see.
    pub(crate) fn that_prints_a_token(name: &'static str) -> Self {
        Self {
            restart: "echo 'Authorization: Bearer 0123456789abcdef0123'",
            ..Self::good(name)
        }
    }

    /// Its restart hangs.
    pub(crate) fn that_hangs(name: &'static str) -> Self {
        Self {
            restart: "while test -d \"$SCAP_HOST_ROOT\"; do sleep 0.05; done",
            ..Self::good(name)
        }
    }

    /// It serves, and says that it is not well.
    pub(crate) fn that_is_not_well(name: &'static str) -> Self {
        Self {
            health: "no database",
            ..Self::good(name)
        }
    }

    /// So many of a thousand requests fail.
    pub(crate) fn with_errors(name: &'static str, errors: u32) -> Self {
        Self {
            errors: Some(errors),
            ..Self::good(name)
        }
    }

    pub(crate) fn without_metrics(name: &'static str) -> Self {
        Self {
            errors: None,
            ..Self::good(name)
        }
    }

    /// Path and text of each file that differs between versions.
    pub(super) fn files(&self) -> [(&'static str, String); 4] {
        let errors = self
            .errors
            .map_or("none".to_owned(), |errors| errors.to_string());
        [
            ("version", self.name.to_owned()),
            ("restart", RESTART.replace("{FAULT}", self.restart)),
            ("health", self.health.to_owned()),
            ("errors", errors),
        ]
    }
}

/// Notes that it was begun, waits while the test holds it, fails while the host is broken, notes that it is done.
const RESTART: &str = r#"
folder="$SCAP_HOST_ROOT/../.."
echo "$SCAP_HOST $(cat "$SCAP_FINAL_PATH/version")" >> "$folder/restarts"
while test -e "$SCAP_HOST_ROOT/hold"; do sleep 0.05; done
if test -e "$SCAP_HOST_ROOT/broken"; then echo "no space left" >&2; exit 4; fi
{FAULT}
echo "$SCAP_HOST $(cat "$SCAP_FINAL_PATH/version")" >> "$folder/finished"
"#;
