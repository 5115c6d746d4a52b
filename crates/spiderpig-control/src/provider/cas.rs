//! CAS, version 3 of its protocol: a ticket from the browser, which the server tells the meaning of once.

use super::flow::Flows;
use super::https::Https;
use super::{Begun, Finished, ProviderError};
use openidconnect::http::Request;
use roxmltree::{Document, Node};
use scap_plan::{CasConfiguration, GroupName, PersonName};
use scap_run::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

const NAMESPACE: &str = "http://www.yale.edu/tp/cas";
/// In bytes; servers must take tickets of 256.
const LONGEST_TICKET: usize = 1_024;

pub(super) struct Cas {
    url: String,
    groups_attribute: String,
    callback: String,
    /// With the state of each, which its service is named by.
    flows: Flows<()>,
    https: Https,
}

impl Cas {
    pub(super) fn new(
        settings: &CasConfiguration,
        callback: String,
    ) -> Result<Self, ProviderError> {
        Ok(Self {
            url: settings.url.clone(),
            groups_attribute: settings.groups_attribute.clone(),
            callback,
            flows: Flows::new(),
            https: Https::new()?,
        })
    }

    pub(super) fn begin(&self, back: &str, now: UnixMillis) -> Result<Begun, ProviderError> {
        let names = self.flows.begin(back, (), now)?;
        let url = self.address("login", &[("service", &self.service(&names.state))])?;
        Ok(Begun {
            url: url.into(),
            flow: names.flow,
        })
    }

    pub(super) async fn finish(
        &self,
        flow: &str,
        query: &BTreeMap<String, String>,
        now: UnixMillis,
    ) -> Result<Finished, ProviderError> {
        let kept = self.flows.take(flow, query, now)?;
        let state = query.get("state").map_or("", String::as_str);
        let ticket = query.get("ticket").filter(|it| it.len() <= LONGEST_TICKET);
        let ticket = ticket.ok_or(ProviderError::Unbelievable("there is no ticket"))?;
        let service = self.service(state);
        let url = self.address(
            "p3/serviceValidate",
            &[("service", &service), ("ticket", ticket)],
        )?;
        let request = Request::get(url.as_str()).body(Vec::new());
        let request = request.expect("an address can be asked for");
        let answer = self.https.ask(request).await?;
        if answer.status() != 200 {
            return Err(ProviderError::Unbelievable("its status is not 200"));
        }
        let (person, groups) = self.read(answer.body())?;
        Ok(Finished {
            person,
            account: None,
            groups,
            back: kept.back,
            access: None,
        })
    }

    /// What tickets are for: with the state in it, a ticket of another sign-in is for another service.
    fn service(&self, state: &str) -> String {
        format!("{}?state={state}", self.callback)
    }

    fn address(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, ProviderError> {
        Url::parse_with_params(&format!("{}/{path}", self.url), query)
            .map_err(|_| ProviderError::Announcement("its url is no address"))
    }

    fn read(&self, body: &[u8]) -> Result<(PersonName, BTreeSet<GroupName>), ProviderError> {
        let unreadable = ProviderError::Unbelievable("it is not the XML that CAS has");
        let Ok(body) = std::str::from_utf8(body) else {
            return Err(unreadable);
        };
        // Without a DTD there are no entities to grow.
        let document = Document::parse(body).map_err(|_| unreadable)?;
        let root = document.root_element();
        if !root.has_tag_name((NAMESPACE, "serviceResponse")) {
            return Err(ProviderError::Unbelievable(
                "it is not the XML that CAS has",
            ));
        }
        let success = child(root, "authenticationSuccess").ok_or_else(|| failure(root))?;
        let user = child(success, "user").filter(Node::has_children);
        let user = user.ok_or_else(|| ProviderError::Nobody("user".to_owned()))?;
        let user = text(user).ok_or(ProviderError::Unbelievable(
            "there is more than a name in `user`",
        ))?;
        let person = PersonName::new(user).map_err(|source| ProviderError::BadName {
            claim: "user".to_owned(),
            source,
        })?;
        let attributes = child(success, "attributes");
        let attributes = attributes.into_iter().flat_map(|it| it.children());
        let groups = attributes
            .filter(|it| it.has_tag_name((NAMESPACE, self.groups_attribute.as_str())))
            .filter_map(|it| GroupName::new(text(it)?).ok());
        Ok((person, groups.collect()))
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children()
        .find(|it| it.has_tag_name((NAMESPACE, name)))
}

/// Its text, if there is nothing else in it: of a name with a comment in its midst some would read the beginning only.
fn text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut children = node.children();
    match (children.next(), children.next()) {
        (Some(child), None) if child.is_text() => child.text(),
        _ => None,
    }
}

/// The code of a failure, which the standard lists.
fn failure(root: Node<'_, '_>) -> ProviderError {
    let failure = child(root, "authenticationFailure");
    match failure.and_then(|it| it.attribute("code")) {
        Some("INVALID_TICKET") => {
            ProviderError::Unbelievable("the ticket is not valid, or was used before")
        }
        Some("INVALID_SERVICE") => ProviderError::Unbelievable("the ticket is for another service"),
        Some("INTERNAL_ERROR") => ProviderError::Unbelievable("the CAS server has failed"),
        _ => ProviderError::Unbelievable("it vouches for nobody"),
    }
}
