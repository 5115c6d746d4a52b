//! Sends the requests of httpbb's files to hosts, whatever the URLs say, and compares everything that comes back.

mod answer;
mod client;
mod compare;
mod declared;
mod encoding;
mod tls;

use scap_plan::{Httpbb, HttpbbRequest, Period};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::checks::side_by_side;
use crate::secrets::KnownSecrets;
use answer::{Answer, NoAnswer};
use client::Client;
pub(in crate::checks) use client::content;
pub(in crate::checks) use declared::{test, unreadable};

/// A host that did not answer so many requests in a row is not asked for the others: each of them would take its time.
const MOST_UNANSWERED: usize = 3;

/// How all hosts are asked.
#[derive(Debug, Clone)]
pub struct HttpbbSettings {
    /// Whether any certificate is good enough.
    pub insecure: bool,
    /// For connection, answer and body together.
    pub request_timeout: Period,
    /// For all requests of a host together.
    pub timeout: Option<Period>,
    /// What is not shown of answers.
    pub secrets: KnownSecrets,
}

/// Where requests are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpbbTarget {
    /// For people.
    pub name: String,
    /// What is connected to: a name or an address.
    pub address: String,
    /// That of the URL when absent.
    pub https_port: Option<u16>,
    /// That of the URL when absent.
    pub http_port: Option<u16>,
}

/// What came of all requests to one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HttpbbReport {
    pub host: String,
    pub passed: bool,
    /// All that there are.
    pub requests: usize,
    /// Those that had no answer, another one than expected, or were not sent.
    pub failed: usize,
    pub mismatches: Vec<Mismatch>,
}

/// One thing that is not as a file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub method: String,
    pub url: String,
    /// Shortened, as `found` is.
    pub expected: String,
    pub found: String,
}

/// One report for each target, in their order; many hosts are asked at once, each of them one request after the other.
pub async fn smoke(
    settings: &HttpbbSettings,
    files: &[Httpbb],
    targets: &[HttpbbTarget],
) -> Vec<HttpbbReport> {
    let tls = tls::config(settings.insecure);
    let clients = targets.iter().map(|target| Client::new(target, &tls));
    let hosts = targets.iter().zip(clients);
    let hosts = hosts.map(|(target, client)| of_host(settings, files, (target, client)));
    let hosts: Vec<_> = hosts.collect();
    side_by_side(hosts.into_iter()).await
}

async fn of_host(
    settings: &HttpbbSettings,
    files: &[Httpbb],
    (target, client): (&HttpbbTarget, Client),
) -> HttpbbReport {
    let mut asking = Asking::new(settings, client);
    let mut report = HttpbbReport {
        host: target.name.clone(),
        passed: true,
        requests: 0,
        failed: 0,
        mismatches: Vec::new(),
    };
    for file in files {
        for request in &file.requests {
            let found = asking.mismatches(request).await;
            report.take(&file.file, request, found);
        }
    }
    report
}

impl HttpbbReport {
    /// What came of one more request.
    fn take(&mut self, file: &str, request: &HttpbbRequest, found: Vec<Deviation>) {
        self.requests += 1;
        self.failed += usize::from(!found.is_empty());
        self.passed = self.failed == 0;
        let mismatches = found.into_iter().map(|found| Mismatch {
            file: file.to_owned(),
            line: found.line,
            method: request.method.clone(),
            url: format!("{}{}", request.site, request.path),
            expected: found.expected,
            found: found.found,
        });
        self.mismatches.extend(mismatches);
    }
}

/// A mismatch, but for what all of its request have alike.
struct Deviation {
    line: usize,
    expected: String,
    found: String,
}

/// The requests to one host, one after the other.
struct Asking<'a> {
    settings: &'a HttpbbSettings,
    client: Client,
    deadline: Option<Instant>,
    /// In a row.
    unanswered: usize,
}

impl<'a> Asking<'a> {
    fn new(settings: &'a HttpbbSettings, client: Client) -> Self {
        let deadline = settings.timeout.map(|it| Instant::now() + it.duration());
        Self {
            settings,
            client,
            deadline,
            unanswered: 0,
        }
    }

    async fn mismatches(&mut self, request: &HttpbbRequest) -> Vec<Deviation> {
        match self.answer(request).await {
            Ok(answer) => {
                self.unanswered = 0;
                let how = (&self.settings.secrets, self.settings.request_timeout);
                compare::mismatches(request, answer, how).await
            }
            Err(why) => {
                match why {
                    NoAnswer::Unreachable(_) | NoAnswer::Late(_) => self.unanswered += 1,
                    NoAnswer::Broken(_) | NoAnswer::Unsendable(_) => self.unanswered = 0,
                    NoAnswer::GivenUp | NoAnswer::NoTimeLeft => {}
                }
                vec![Deviation {
                    line: request.line,
                    expected: "an answer".to_owned(),
                    found: self.settings.secrets.mask(&why.to_string()).into_owned(),
                }]
            }
        }
    }

    async fn answer(&self, request: &HttpbbRequest) -> Result<Answer, NoAnswer> {
        if self.unanswered >= MOST_UNANSWERED {
            return Err(NoAnswer::GivenUp);
        }
        let patience = self.settings.request_timeout;
        let latest = Instant::now() + patience.duration();
        let (latest, is_last) = match self.deadline {
            Some(deadline) if deadline < latest => (deadline, true),
            _ => (latest, false),
        };
        if is_last && latest <= Instant::now() {
            return Err(NoAnswer::NoTimeLeft);
        }
        match timeout_at(latest, self.client.ask(request)).await {
            Ok(answer) => answer,
            Err(_) if is_last => Err(NoAnswer::NoTimeLeft),
            Err(_) => Err(NoAnswer::Late(patience)),
        }
    }
}
