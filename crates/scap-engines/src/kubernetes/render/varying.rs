//! What makes a rendering differ from the next one, or from what helm makes of it in a cluster.

use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use crate::kubernetes::snapshot::{Files, words};

/// Something that templates use; the worst kind is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Variation {
    /// Renders the same each time here, but perhaps not in a cluster.
    InCluster(&'static str),
    /// Differs each time if it is used at all: rendering it twice tells.
    EachTime(&'static str),
    /// May be the same twice, and differ later.
    AtAnyTime(&'static str),
}

use Variation::{AtAnyTime, EachTime, InCluster};

/// helm itself takes no chart that is larger once it is unpacked.
const LONGEST_BYTES: u64 = 100 << 20;

const FUNCTIONS: [Variation; 24] = [
    InCluster("lookup"),
    EachTime("randAlphaNum"),
    EachTime("randAlpha"),
    EachTime("randNumeric"),
    EachTime("randAscii"),
    EachTime("randBytes"),
    EachTime("genPrivateKey"),
    EachTime("genCA"),
    EachTime("genCAWithKey"),
    EachTime("genSelfSignedCert"),
    EachTime("genSelfSignedCertWithKey"),
    EachTime("genSignedCert"),
    EachTime("genSignedCertWithKey"),
    EachTime("uuidv4"),
    EachTime("bcrypt"),
    EachTime("htpasswd"),
    EachTime("encryptAES"),
    // In the order of a map, which has none.
    EachTime("keys"),
    EachTime("values"),
    AtAnyTime("now"),
    AtAnyTime("ago"),
    AtAnyTime("randInt"),
    AtAnyTime("shuffle"),
    AtAnyTime("getHostByName"),
];

/// What helm fills in only when it acts.
const FIELDS: [&str; 4] = [
    ".Release.IsInstall",
    ".Release.IsUpgrade",
    ".Release.Revision",
    ".Capabilities",
];

impl Variation {
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            InCluster(name) | EachTime(name) | AtAnyTime(name) => name,
        }
    }
}

/// What the templates in `files` use, archives of charts included.
pub(in super::super) fn all<'a>(
    files: impl Iterator<Item = (&'a Path, &'a [u8])>,
) -> Vec<Variation> {
    let found = files.flat_map(|(path, bytes)| {
        let is_archive = path.extension().is_some_and(|extension| extension == "tgz");
        if is_archive {
            of_archive(bytes)
        } else {
            of_text(&String::from_utf8_lossy(bytes))
        }
    });
    found.collect()
}

/// What an archive holds stands in it one after the other, as it is.
pub(in super::super) fn of_archive(bytes: &[u8]) -> Vec<Variation> {
    let mut text = Vec::new();
    match GzDecoder::new(bytes)
        .take(LONGEST_BYTES)
        .read_to_end(&mut text)
    {
        Ok(_) if text.len() as u64 == LONGEST_BYTES => vec![AtAnyTime("an archive of that size")],
        Ok(_) => of_text(&String::from_utf8_lossy(&text)),
        Err(_) => vec![AtAnyTime("an archive that cannot be read")],
    }
}

fn of_text(text: &str) -> Vec<Variation> {
    let found = words(text)
        .into_iter()
        .filter_map(|word| of_word(word.text));
    found.collect()
}

fn of_word(word: &str) -> Option<Variation> {
    let field = word.strip_prefix('$').unwrap_or(word);
    if field.starts_with('.') {
        let is_meant = |known: &&&str| {
            field
                .strip_prefix(**known)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        return FIELDS.iter().find(is_meant).map(|name| InCluster(name));
    }
    FUNCTIONS
        .into_iter()
        .find(|function| function.name() == word)
}

/// The files of `files` that a chart in `chart` may use: its own, and those that belong to no chart.
pub(in super::super) fn of_chart<'a>(
    files: &'a Files,
    chart: Option<&'a Path>,
) -> impl Iterator<Item = (&'a Path, &'a [u8])> {
    let is_chart = |folder: &Path| files.contains_key(&folder.join("Chart.yaml"));
    files
        .iter()
        .filter(move |(path, _)| {
            chart.is_some_and(|chart| path.starts_with(chart))
                || !path.ancestors().skip(1).any(is_chart)
        })
        .map(|(path, file)| (path.as_path(), file.bytes.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_vary_are_found() {
        let cases = [
            ("{{ .Values.now }} {{/* now */}} now", None),
            (
                "{{ if $.Release.IsUpgrade }}",
                Some(InCluster(".Release.IsUpgrade")),
            ),
            (
                "{{ .Capabilities.KubeVersion }}",
                Some(InCluster(".Capabilities")),
            ),
            (
                "{{ lookup }} {{- randAlphaNum 8 | quote }}",
                Some(EachTime("randAlphaNum")),
            ),
            (
                "{{ uuidv4 }} {{ now | date \"2006\" }}",
                Some(AtAnyTime("now")),
            ),
        ];
        for (text, expected) in cases {
            let files = [(Path::new("a.yaml"), text.as_bytes())];
            assert_eq!(all(files.into_iter()).into_iter().max(), expected, "{text}");
        }
    }

    #[test]
    fn hostile_templates_and_archives_are_searched_to_an_end() {
        let text = "{{ .Values.now }} {{/* now */}} {{- randAlphaNum 8 | quote }} {{ now | date \"2006\" }}";
        let mut archive = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut archive, text.as_bytes()).unwrap();
        let good = [text.into(), archive.finish().unwrap()];
        scap_hostile::hostile("templates", &good, |bytes| {
            let files = [(Path::new("a.yaml"), bytes), (Path::new("a.tgz"), bytes)];
            let _ = all(files.into_iter());
        });
    }
}
