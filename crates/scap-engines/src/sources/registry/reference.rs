//! Images by their names: registry, repository, and tag or digest.

use std::fmt;
use std::str::FromStr;

use super::RegistryError;

/// `registry.example.org:5000/team/service:tag`, or `…@sha256:…`; nothing of it is left to be guessed but the tag `latest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageReference {
    /// `HOST` or `HOST:PORT`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in the registry.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// What names its manifest: the digest where there is one.
    pub fn version(&self) -> &str {
        let named = self.digest.as_deref().or(self.tag.as_deref());
        named.unwrap_or("latest")
    }
}

impl FromStr for ImageReference {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        parse(text).ok_or_else(|| RegistryError::NotAnImage(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<ImageReference> {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let (registry, path) = name.split_once('/')?;
    let (repository, tag) = match path.split_once(':') {
        Some((repository, tag)) => (repository, Some(tag)),
        None => (path, None),
    };
    let is_named = registry.contains(['.', ':']) || registry == "localhost";
    let is_good = is_named
        && is_made_of(registry, ".-:[]")
        && registry.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && repository.split('/').all(is_path_word)
        && tag.is_none_or(|tag| is_made_of(tag, "_.-") && !tag.starts_with(['.', '-']))
        && digest.is_none_or(is_digest);
    is_good.then(|| ImageReference {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

fn is_made_of(text: &str, others: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    !text.is_empty() && text.chars().all(known)
}

/// Begins with a letter or digit, so that no part is `..`.
fn is_path_word(word: &str) -> bool {
    is_made_of(word, "_.-") && word.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_digest(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(algorithm, hash)| is_made_of(algorithm, "") && is_made_of(hash, ""))
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest
            .as_ref()
            .map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_read_as_they_are_written() {
        for (text, registry, repository, version) in [
            (
                "registry.example.org/a/b:1.0",
                "registry.example.org",
                "a/b",
                "1.0",
            ),
            ("127.0.0.1:5000/a", "127.0.0.1:5000", "a", "latest"),
            ("localhost/a@sha256:00ff", "localhost", "a", "sha256:00ff"),
            ("r.example/a:t@sha256:00ff", "r.example", "a", "sha256:00ff"),
        ] {
            let image: ImageReference = text.parse().unwrap();
            assert_eq!(image.to_string(), text);
            let parts = (image.registry(), image.repository(), image.version());
            assert_eq!(parts, (registry, repository, version));
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for text in [
            "",
            "nginx",
            "nginx:1",
            "library/nginx",
            "r.example/",
            "r.example/../a",
            "r.example/a/../b",
            "r.example/a?x",
            "r.example/a:b/c",
            "r.example/a#b",
            "u@r.example/a",
            "r.example/a:",
            "r.example/a:..",
            "r.example/a@b",
            "r.example/a b",
            "r.example//a",
            "r example.org/a",
            "..r.example.org/a",
            "r.example/a@sha256:",
            "r.example/a@../x:y",
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_hostile_name_of_an_image_leads_nowhere_else() {
        let good = [
            "registry.example.org:5000/a/b:1.0",
            "localhost/a@sha256:00ff",
            "[::1]:5000/a_b/c.d:t-1@sha256:00ff",
        ];
        scap_hostile::hostile_text("image", &good, |text| {
            if let Ok(image) = text.parse::<ImageReference>() {
                assert_eq!(image.to_string(), text);
                let parts = [image.registry(), image.repository(), image.version()];
                for part in parts.map(|part| part.split('/')).into_iter().flatten() {
                    assert!(!part.is_empty() && !part.starts_with('.'), "{text}");
                }
                assert!(!text.contains(['?', '#', ' ', '%']), "{text}");
            }
        });
    }
}
