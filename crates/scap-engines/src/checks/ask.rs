//! Requests of any kind to one instance, whether it is a host or a pod.

use http::header::{ACCEPT, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use scap_plan::Period;

use super::Checks;
use super::http::{ANYTHING, Answer, send_for_headers};
use super::instances::{Host, Release, Subject};
use super::pods::{self, Pod};

/// What is asked.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// With its query.
    pub(super) path: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Vec<u8>,
}

/// Who is asked.
pub(super) enum Instance<'a> {
    Host(&'a Host<'a>),
    Pod(Pod),
}

impl Instance<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Host(host) => host.name.as_str(),
            Self::Pod(pod) => &pod.name,
        }
    }
}

impl Request {
    pub(super) fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn has(&self, header: &HeaderName) -> bool {
        self.headers.iter().any(|(name, _)| name == header)
    }

    /// Its headers, and those that each request has.
    pub(super) fn all_headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = self.headers.clone();
        if !self.has(&ACCEPT) {
            headers.push((ACCEPT, HeaderValue::from_static(ANYTHING)));
        }
        headers
    }
}

impl Checks {
    /// Those of a subject, in the order of their names.
    pub(super) async fn instances<'a>(
        &self,
        subject: &'a Subject<'a>,
    ) -> Result<Vec<Instance<'a>>, String> {
        Ok(match subject {
            Subject::Host(host) => vec![Instance::Host(host)],
            Subject::Release(release) => {
                let pods = self.pods(release).await?;
                pods.into_iter().map(Instance::Pod).collect()
            }
        })
    }

    pub(super) async fn pods(&self, release: &Release<'_>) -> Result<Vec<Pod>, String> {
        pods::of_release(&self.clusters, &self.settings.kubernetes, release.step).await
    }

    /// What an instance answers, at the port or at its own.
    pub(super) async fn send_to(
        &self,
        instance: &Instance<'_>,
        request: &Request,
        (port, timeout): (Option<u16>, Period),
    ) -> Result<(Answer, HeaderMap), String> {
        let host = match instance {
            Instance::Pod(pod) => return pod.ask(port, request, timeout).await,
            Instance::Host(host) => host,
        };
        let target = host.target(port, &request.path, timeout);
        let target = target.map_err(|error| error.to_string())?;
        let mut builder = self.client.request(request.method.clone(), &target.url);
        if !request.has(&HOST)
            && let Ok(host) = HeaderValue::from_str(&target.host)
        {
            builder = builder.header(HOST, host);
        }
        for (name, value) in request.all_headers() {
            builder = builder.header(name, value);
        }
        let builder = builder.body(request.body.clone());
        Ok(send_for_headers(builder, target.url, timeout).await?)
    }
}
