//! A revision as helm 3 stores it: JSON, gzipped and in base64, in a Secret of its own.

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::jiff::Timestamp;
use scap_plan::Manifest;
use scap_run::UnixMillis;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// A Secret holds 1 MiB; what unpacks to more than this is no release.
const LONGEST_BYTES: u64 = 256 << 20;

/// Why a Secret is not a release.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("its Secret has no `release`")]
    Missing,
    #[error("it is not base64")]
    Base64(#[from] base64::DecodeError),
    #[error("it cannot be unpacked")]
    Gzip(#[from] io::Error),
    #[error("it is not a release of helm")]
    Json(#[from] serde_json::Error),
}

/// What we need to know of a revision.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Record {
    pub(super) info: Info,
    pub(super) chart: Chart,
    /// Without hooks.
    #[serde(default, deserialize_with = "manifest")]
    pub(super) manifest: Manifest,
    #[serde(default)]
    pub(super) hooks: Vec<Hook>,
}

/// An object that helm makes before or after a change, and waits for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Hook {
    pub(super) kind: String,
    pub(super) name: String,
    /// What it is for, in helm's words.
    #[serde(default)]
    pub(super) events: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Info {
    /// Why it has the status that it has, in helm's words.
    #[serde(default)]
    pub(super) description: String,
    /// When helm began it, by the clock where helm ran.
    #[serde(default)]
    last_deployed: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Chart {
    metadata: ChartMetadata,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct ChartMetadata {
    name: String,
    version: String,
}

impl Record {
    pub(super) fn decode(data: &[u8]) -> Result<Self, RecordError> {
        Ok(serde_json::from_slice(&unpack(data)?)?)
    }

    /// `webservice-0.1.0`.
    pub(super) fn chart(&self) -> String {
        let ChartMetadata { name, version } = &self.chart.metadata;
        format!("{name}-{version}")
    }

    /// When helm began it; none where it does not say so.
    pub(super) fn since(&self) -> Option<UnixMillis> {
        let time: Timestamp = self.info.last_deployed.parse().ok()?;
        Some(UnixMillis(time.as_millisecond()))
    }
}

fn manifest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Manifest, D::Error> {
    let text = String::deserialize(deserializer)?;
    Manifest::read(&text).map_err(D::Error::custom)
}

/// The same release with status `failed`, as helm itself writes it when it is interrupted; everything else stays.
pub(super) fn mark_failed(data: &[u8], why: &str) -> Result<Vec<u8>, RecordError> {
    let mut release: Value = serde_json::from_slice(&unpack(data)?)?;
    let info = release.get_mut("info").and_then(Value::as_object_mut);
    let info = info.ok_or_else(|| serde_json::Error::custom("it has no `info`"))?;
    info.insert("status".to_owned(), json!("failed"));
    info.insert("description".to_owned(), json!(why));
    pack(&serde_json::to_vec(&release)?)
}

fn unpack(data: &[u8]) -> Result<Vec<u8>, RecordError> {
    let packed = STANDARD.decode(data)?;
    let mut text = Vec::new();
    GzDecoder::new(packed.as_slice())
        .take(LONGEST_BYTES)
        .read_to_end(&mut text)?;
    Ok(text)
}

fn pack(text: &[u8]) -> Result<Vec<u8>, RecordError> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text)?;
    Ok(STANDARD.encode(packed.finish()?).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Revision 1 of a release that helm 3.22 installed from a chart with one config map.
    const RELEASE: &[u8] = include_bytes!("record/release-v1.txt");

    #[test]
    fn what_helm_stored_is_read() {
        let record = Record::decode(RELEASE).unwrap();
        assert_eq!(record.chart(), "tiny-1.2.3");
        assert_eq!(record.info.description, "Install complete");
        assert_eq!(record.since(), Some(UnixMillis(1_795_258_039_734)));
        let expected = "---\n# Source: tiny/templates/configmap.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: tiny\ndata:\n  greeting: hello\n";
        assert_eq!(record.manifest, Manifest::read(expected).unwrap());
    }

    #[test]
    fn a_release_marked_failed_stays_what_it_is() {
        let marked = mark_failed(RELEASE, "interrupted").unwrap();
        let mut before: Value = serde_json::from_slice(&unpack(RELEASE).unwrap()).unwrap();
        let after: Value = serde_json::from_slice(&unpack(&marked).unwrap()).unwrap();
        assert_ne!(before, after);
        before["info"]["status"] = json!("failed");
        before["info"]["description"] = json!("interrupted");
        assert_eq!(before, after);
    }

    #[test]
    fn what_is_no_release_is_told() {
        let no_release = pack(b"{\"name\": \"x\"}").unwrap();
        let cases: [(&[u8], &str); 4] = [
            (b"%%%", "it is not base64"),
            (b"aGVsbG8=", "it cannot be unpacked"),
            (&no_release, "it is not a release of helm"),
            (b"", "it cannot be unpacked"),
        ];
        for (data, expected) in cases {
            assert_eq!(Record::decode(data).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_hostile_release_is_read_or_refused() {
        let unpacked = unpack(RELEASE).unwrap();
        scap_hostile::hostile(
            "helm release",
            &[unpacked, b"{\"info\": {}}".to_vec()],
            |text| {
                let packed = pack(text).unwrap();
                if let Ok(record) = Record::decode(&packed) {
                    let _ = (record.chart(), record.since());
                }
                if let Ok(marked) = mark_failed(&packed, "interrupted") {
                    unpack(&marked).unwrap();
                }
            },
        );
    }

    #[test]
    fn a_hostile_secret_of_helm_is_read_or_refused() {
        let packed = STANDARD.decode(RELEASE).unwrap();
        scap_hostile::hostile("helm Secret", &[RELEASE.to_vec(), packed], |bytes| {
            let _ = Record::decode(bytes);
            let _ = Record::decode(STANDARD.encode(bytes).as_bytes());
        });
    }
}
