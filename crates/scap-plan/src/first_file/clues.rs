//! What was found of a service, of which its first file is made.

use super::names;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The values of each label or field, some of them.
pub type Values = BTreeMap<String, BTreeSet<String>>;

/// What was found of a service, and where nothing could be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Clues {
    /// Whose metrics and lines stores were asked for.
    pub release: Option<ReleaseClue>,
    pub exposed: Option<ExposedMetrics>,
    /// Labels that Prometheus has of the release, by metric.
    pub stored: BTreeMap<String, Values>,
    pub lines: Option<LogLines>,
    /// A path for probes that was answered with status 200.
    pub probe: Option<Found>,
    pub specification: Option<SpecificationClue>,
    pub httpbb: Vec<HttpbbFile>,
    /// The hooks of the release that are tests.
    pub helm_tests: BTreeSet<String>,
    /// Addresses of dashboards and the like, by the key that they stand at.
    pub links: BTreeMap<String, Found>,
    /// Of a service on hosts.
    pub service_port: Option<u16>,
    /// Why a source has said nothing, by what it is.
    pub unasked: BTreeMap<String, String>,
}

/// A release that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseClue {
    pub namespace: String,
    pub release: String,
    pub pods: BTreeSet<String>,
}

/// Something, and where it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub what: String,
    pub place: String,
}

/// What one instance exposes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExposedMetrics {
    pub instance: String,
    pub path: String,
    /// In the order of their names.
    pub metrics: Vec<Metric>,
}

/// A metric by its name in samples: a histogram is three.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    pub name: String,
    pub series: usize,
    pub labels: Values,
    /// Of the buckets of a histogram: how many requests were within each bound.
    pub within: Vec<(String, f64)>,
}

/// Lines that a log store has of the release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LogLines {
    /// How many were looked at.
    pub seen: u64,
    /// With those short values that they have.
    pub fields: Values,
    /// The field to group by in place of each field, where there is one: itself, or its `.keyword`.
    pub groupable: BTreeMap<String, String>,
}

/// A specification of `OpenAPI`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpecificationClue {
    /// The key of the test, `path` or `file`, and its value.
    pub at: (String, String),
    pub place: String,
    /// Why there are no examples to ask, if there are none.
    pub without_examples: Option<String>,
}

/// A file of httpbb, relative to the service's directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpbbFile {
    pub file: String,
    pub requests: usize,
    /// Those of its base URLs.
    pub hosts: BTreeSet<String>,
}

impl Clues {
    /// The metric whose labels in Prometheus are worth knowing.
    pub fn metric_to_ask_for(&self) -> Option<&str> {
        let requests = names::requests(&self.exposed.as_ref()?.metrics)?;
        Some(&requests.name)
    }

    /// The fields of lines that errors would be grouped by.
    pub fn fields_to_group_by(&self) -> BTreeSet<&str> {
        let (Some(lines), Some(release)) = (&self.lines, &self.release) else {
            return BTreeSet::new();
        };
        let fields = lines.fields.iter();
        let of_pods = fields.filter(|(_, values)| !values.is_disjoint(&release.pods));
        let of_pods = of_pods.map(|(field, _)| field.as_str());
        of_pods.chain(names::kind_of_line(&lines.fields)).collect()
    }
}
