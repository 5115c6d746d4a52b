//! The running pods of a release, asked through the API server: no route to them is needed.

use http::header::ACCEPT;
use http::request::Builder;
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use k8s_openapi::api::core::v1::Pod as Object;
use kube::api::ListParams;
use kube::client::Body;
use kube::{Api, Client, ResourceExt};
use scap_plan::{Period, ReleaseStep};
use serde::Deserialize;
use tokio::time::timeout;

use super::clusters::Clusters;
use super::http::{Answer, LONGEST_BODY_BYTES, NoAnswer, Said, root};
use crate::kubernetes::KubernetesSettings;

/// The label by whose value a chart's pods know their release.
const RELEASE_LABEL: &str = "release";
/// Where a pod says what Prometheus shall scrape.
const PORT_ANNOTATION: &str = "prometheus.io/port";
pub(super) const PREVIEW: &str = "a preview names no release, and so no pods";
const LIST_TIMEOUT: Period = Period::from_secs(5);

/// One running pod.
#[derive(Clone)]
pub(super) struct Pod {
    pub(super) name: String,
    client: Client,
    namespace: String,
    pub(super) own_name: String,
    /// What the pod is annotated with.
    pub(super) scraped_port: Option<u16>,
}

/// What an API server says for itself rather than for a pod.
#[derive(Deserialize)]
struct Status {
    kind: String,
    message: String,
}

/// The running pods, in the order of their names; at least one, else the reason.
pub(super) async fn of_release(
    clusters: &Clusters,
    settings: &KubernetesSettings,
    step: &ReleaseStep,
) -> Result<Vec<Pod>, String> {
    let release = step.release.as_ref();
    let release = release.ok_or(PREVIEW)?;
    let kubeconfig = settings.kubeconfig_of(step);
    let client = clusters.client(&kubeconfig).await?;
    let namespace = step.namespace.as_str();
    let api: Api<Object> = Api::namespaced(client.clone(), namespace);
    let selector = format!("{RELEASE_LABEL}={release}");
    // From the server's memory, as it is asked once a tick.
    let wanted = ListParams::default().match_any().labels(&selector);
    let wanted = wanted.fields("status.phase=Running");
    let listed = timeout(LIST_TIMEOUT.duration(), api.list_metadata(&wanted)).await;
    let listed = listed.map_err(|_| format!("no list of pods within {LIST_TIMEOUT}"))?;
    let listed = listed.map_err(|error| {
        clusters.forget(&kubeconfig);
        format!("cannot list pods: {}", root(&error))
    })?;
    let staying = listed.items.iter();
    let staying = staying.filter(|pod| pod.metadata.deletion_timestamp.is_none());
    let pod = |pod: &kube::core::PartialObjectMeta<Object>| {
        let port = pod.annotations().get(PORT_ANNOTATION);
        Pod {
            name: name(step, &pod.name_any()),
            client: client.clone(),
            namespace: namespace.to_owned(),
            own_name: pod.name_any(),
            scraped_port: port.and_then(|port| port.parse().ok()),
        }
    };
    let mut pods: Vec<Pod> = staying.map(pod).collect();
    if pods.is_empty() {
        return Err(format!("no running pod has the label `{selector}`"));
    }
    pods.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(pods)
}

/// `eqiad/shop/web-1`: pods of several clusters may have the same name.
pub(super) fn name(step: &ReleaseStep, pod: &str) -> String {
    format!("{}/{}/{pod}", step.environment, step.namespace)
}

impl Pod {
    /// A GET at `port`, else the first that the pod declares. The API server changes links in HTML and addresses of
    /// redirects, and nothing else.
    pub(super) async fn get(
        &self,
        port: Option<u16>,
        path: &str,
        (accept, patience): (&str, Period),
    ) -> Result<Answer, String> {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let request = Request::get(self.uri(&port, path)?).header(ACCEPT, accept);
        let place = self.place(&port, path);
        let sent = self.send_in_time((request, Body::empty()), place, patience);
        sent.await.map(|(answer, _)| answer)
    }

    /// Any request, at `port` or at the first that the pod declares; the same holds of its answer.
    pub(super) async fn ask(
        &self,
        port: Option<u16>,
        asked: &super::ask::Request,
        patience: Period,
    ) -> Result<(Answer, HeaderMap), String> {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let uri = self.uri(&port, &asked.path)?;
        let mut request = Request::builder().method(asked.method.clone()).uri(uri);
        for (name, value) in asked.all_headers() {
            if speaks_to_the_api_server(name.as_str()) {
                return Err(format!("the header `{name}` would not come to the pod"));
            }
            request = request.header(name, value);
        }
        let place = self.place(&port, &asked.path);
        let body = Body::from(asked.body.clone());
        self.send_in_time((request, body), place, patience).await
    }

    fn place(&self, port: &str, path: &str) -> String {
        format!("pod {}/{}{port}{path}", self.namespace, self.own_name)
    }

    async fn send_in_time(
        &self,
        (request, body): (Builder, Body),
        place: String,
        patience: Period,
    ) -> Result<(Answer, HeaderMap), String> {
        let request = request
            .body(body)
            .map_err(|_| format!("{place} is no address"))?;
        let answer = timeout(patience.duration(), self.send(request, &place)).await;
        let answer = answer.map_err(|_| format!("{place} did not answer within {patience}"))??;
        match own_words(&answer.0) {
            Some(message) => Err(format!("no answer from {place}: {message}")),
            None => Ok(answer),
        }
    }

    fn uri(&self, port: &str, path: &str) -> Result<Uri, String> {
        let (namespace, pod) = (&self.namespace, &self.own_name);
        if climbs(path) {
            return Err(format!("the path {path:?} must not lead out of the pod"));
        }
        format!("/api/v1/namespaces/{namespace}/pods/{pod}{port}/proxy{path}")
            .parse()
            .map_err(|_| format!("the path {path:?} cannot stand in an address"))
    }

    async fn send(
        &self,
        request: Request<Body>,
        place: &str,
    ) -> Result<(Answer, HeaderMap), String> {
        let failed = |error: &dyn std::error::Error| format!("no answer from {place}: {error}");
        let sent = self.client.send(request).await;
        let response = sent.map_err(|error| failed(root(&error)))?;
        let (head, body) = response.into_parts();
        let said = Said::of(&head.headers);
        let body = Limited::new(body, LONGEST_BODY_BYTES);
        let body = body.collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                let place = place.to_owned();
                NoAnswer::TooLong { place }.to_string()
            } else {
                failed(root(error.as_ref()))
            }
        })?;
        let answer = Answer {
            place: place.to_owned(),
            status: head.status.as_u16(),
            body: body.to_bytes().to_vec(),
            said,
        };
        Ok((answer, head.headers))
    }
}

/// Whether a path could name another object of the API server than the pod.
fn climbs(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let meant = path.to_ascii_lowercase().replace("%2e", ".");
    let meant = meant.replace("%2f", "/").replace("%5c", "/");
    let mut parts = meant.split(['/', '\\']);
    !path.starts_with('/') || parts.any(|part| part == ".." || part == ".")
}

/// Whether a header is about who asks the API server, or where it is: none that a test names may be.
fn speaks_to_the_api_server(header: &str) -> bool {
    ["authorization", "host"].contains(&header)
        || ["impersonate-", "x-remote-", "proxy-"]
            .iter()
            .any(|start| header.starts_with(start))
}

/// What the API server says when it could not ask the pod.
fn own_words(answer: &Answer) -> Option<String> {
    if answer.status < 400 {
        return None;
    }
    let status: Status = serde_json::from_slice(&answer.body).ok()?;
    (status.kind == "Status").then_some(status.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_lead_out_of_the_pod() {
        for wrong in [
            "/../../secrets",
            "/a/..",
            "/%2e%2e/x",
            "/a%2f..%2fb",
            "/.%2E/x",
            "/..\\x",
            "x",
            "%2fx",
            "/./x",
        ] {
            assert!(climbs(wrong), "{wrong}");
        }
        for right in ["/", "/metrics", "/a..b/c?path=../x", "/...", "/%20"] {
            assert!(!climbs(right), "{right}");
        }
    }

    #[test]
    fn headers_that_the_api_server_would_act_on_are_no_tests() {
        for wrong in [
            "authorization",
            "host",
            "impersonate-user",
            "impersonate-extra-scopes",
            "x-remote-group",
            "proxy-authorization",
        ] {
            assert!(speaks_to_the_api_server(wrong), "{wrong}");
        }
        for right in ["accept", "content-type", "x-request-id", "cookie"] {
            assert!(!speaks_to_the_api_server(right), "{right}");
        }
    }

    #[test]
    fn hostile_paths_and_answers_stay_with_the_pod() {
        let good = [
            "/metrics?a=../b#c",
            "/a%2f..%2fb",
            "{\"kind\":\"Status\",\"message\":\"x\"}",
        ];
        scap_hostile::hostile_text("paths and answers of pods", &good, |text| {
            if !climbs(text) {
                assert!(
                    text.starts_with('/') && !format!("{text}/").contains("/../")
                        || text.contains(['?', '#'])
                );
            }
            own_words(&Answer {
                place: "it".to_owned(),
                status: 500,
                body: text.as_bytes().to_vec(),
                ..Answer::default()
            });
        });
    }
}
