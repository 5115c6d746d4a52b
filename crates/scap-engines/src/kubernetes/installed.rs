//! Which releases a helmfile has in an environment, and in which order they are deployed.

use scap_plan::ReleaseStep;
use scap_run::Failure;
use serde::Deserialize;

use super::render::BuiltRelease;

/// A release as `helmfile list --output json` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    installed: bool,
    enabled: bool,
}

impl Listed {
    /// Whether helmfile would install it rather than pass it over or uninstall it.
    pub(super) fn is_wanted(&self) -> bool {
        self.installed && self.enabled
    }
}

pub(super) fn duplicate(name: &str, step: &ReleaseStep) -> Failure {
    Failure::failed(format!(
        "`{name}` is the name of several releases of {} in {}",
        step.namespace, step.environment
    ))
    .hint("give each release of a helmfile a name of its own")
}

impl BuiltRelease {
    /// The names of the releases that it needs, each written as RELEASE, NAMESPACE/RELEASE or CONTEXT/NAMESPACE/RELEASE.
    pub(super) fn needed(&self) -> impl Iterator<Item = &str> {
        let names = self.needs.iter().map(|need| need.rsplit('/').next());
        names.map(Option::unwrap_or_default)
    }
}

/// Each after what it needs, else as they stand; else the releases that need each other.
pub(super) fn in_order<T>(
    mut waiting: Vec<T>,
    release: impl Fn(&T) -> &BuiltRelease,
) -> Result<Vec<T>, Vec<String>> {
    let mut placed = Vec::new();
    while !waiting.is_empty() {
        let is_waiting = |need: &str| waiting.iter().any(|other| release(other).name == need);
        // Those of other helmfiles are not ours.
        let is_free = |candidate: &T| !release(candidate).needed().any(is_waiting);
        match waiting.iter().position(is_free) {
            Some(free) => placed.push(waiting.remove(free)),
            None => {
                return Err(waiting
                    .iter()
                    .map(|waiting| release(waiting).name.clone())
                    .collect());
            }
        }
    }
    Ok(placed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    type Names<'a> = &'a [&'a str];
    /// Releases with what they need; their order, or those that need each other.
    type Case<'a> = (&'a [(&'a str, Names<'a>)], Result<Names<'a>, Names<'a>>);

    #[test]
    fn releases_come_after_what_they_need() {
        let cases: [Case; 5] = [
            (&[], Ok(&[])),
            (&[("b", &[]), ("a", &[])], Ok(&["b", "a"])),
            (
                &[
                    ("web", &["shop/store", "elsewhere/tool"]),
                    ("store", &["k/shop/volume"]),
                    ("volume", &[]),
                ],
                Ok(&["volume", "store", "web"]),
            ),
            (
                &[("web", &["store"]), ("other", &[]), ("store", &[])],
                Ok(&["other", "store", "web"]),
            ),
            (
                &[("a", &["b"]), ("b", &["a"]), ("c", &[])],
                Err(&["a", "b"]),
            ),
        ];
        for (releases, expected) in cases {
            let built: Vec<BuiltRelease> = releases
                .iter()
                .map(|(name, needs)| {
                    serde_json::from_value(json!({"name": name, "needs": needs})).unwrap()
                })
                .collect();
            let owned = |names: &[&str]| {
                names
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect::<Vec<_>>()
            };
            let ordered = in_order(built, |release| release);
            let names = |releases: Vec<BuiltRelease>| {
                releases
                    .into_iter()
                    .map(|release| release.name)
                    .collect::<Vec<_>>()
            };
            assert_eq!(ordered.map(names), expected.map(owned).map_err(owned));
        }
    }

    #[test]
    fn a_hostile_list_of_helmfile_is_read_or_refused() {
        let good = r#"[{"name":"main","namespace":"shop","enabled":true,"installed":true,"labels":"","chart":"a/b","version":""}]"#;
        scap_hostile::hostile("helmfile list", &[good.into()], |bytes| {
            if let Ok(listed) = serde_json::from_slice::<Vec<Listed>>(bytes) {
                let _ = listed.iter().filter(|listed| listed.is_wanted()).count();
            }
        });
    }
}
