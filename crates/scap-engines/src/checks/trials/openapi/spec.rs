//! A specification's examples as requests, and what each expects.

use http::{HeaderName, HeaderValue, Method};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::template::{self, TemplateError};
use crate::checks::ask::Request;

/// More are no examples.
const MOST_EXAMPLES: usize = 1_000;
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];
const FORM: &str = "application/x-www-form-urlencoded";

/// One request, and what must come back.
#[derive(Debug)]
pub(super) struct Example {
    /// `GET /page/{title}`
    pub(super) operation: String,
    pub(super) title: Option<String>,
    pub(super) request: Request,
    pub(super) expected: Expected,
}

#[derive(Debug)]
pub(super) struct Expected {
    pub(super) status: u16,
    pub(super) headers: Vec<(HeaderName, Wanted)>,
    pub(super) body: Option<Body>,
}

/// Text as it must be, or what must be found in it.
#[derive(Debug)]
pub(super) enum Wanted {
    Text(String),
    Pattern(Regex),
}

#[derive(Debug)]
pub(super) enum Body {
    Text(Wanted),
    /// What the answer must contain.
    Json(Value),
}

/// Why a specification cannot be tested by.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpecificationError {
    #[error("is neither JSON nor YAML")]
    NotUnderstood(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("is neither OpenAPI 3 nor Swagger 2: it has no `paths`")]
    NoPaths,
    #[error("has no examples: give operations `x-amples` with a request and a response each")]
    NoExamples,
    #[error("has more than {MOST_EXAMPLES} examples")]
    TooMany,
    #[error("has a wrong example for {operation}")]
    Example {
        operation: String,
        #[source]
        why: ExampleError,
    },
}

/// What is wrong with an example.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExampleError {
    #[error("is not understood")]
    Shape(#[source] serde_json::Error),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("has a query that is no mapping to texts, numbers or lists of them")]
    Query,
    #[error("has `{0}`, which is no header")]
    Header(String),
    #[error("has a pattern that is no regular expression")]
    Pattern(#[source] Box<regex::Error>),
    #[error("has a body that is no form")]
    Form,
}

/// As it stands in the specification; what others than we read there is left to them.
#[derive(Deserialize)]
struct Sample {
    title: Option<String>,
    #[serde(default)]
    request: SampleRequest,
    #[serde(default)]
    response: SampleResponse,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleRequest {
    #[serde(default)]
    params: Map<String, Value>,
    #[serde(default)]
    query: Map<String, Value>,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleResponse {
    status: Option<u16>,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
}

/// All examples, in the order of the names of their paths; at least one.
pub(super) fn examples(text: &str) -> Result<Vec<Example>, SpecificationError> {
    let specification = parse(text)?;
    let paths = specification.get("paths").and_then(Value::as_object);
    let paths = paths.ok_or(SpecificationError::NoPaths)?;
    let base = base_path(&specification);
    let defaults = specification.get("x-default-params");
    let defaults = defaults.and_then(Value::as_object);
    let mut examples = Vec::new();
    for (path, item) in paths {
        let operations = METHODS.iter().filter_map(|method| {
            let operation = item.get(method)?.as_object()?;
            let is_left_out = operation.get("x-monitor") == Some(&Value::Bool(false));
            (!is_left_out).then_some((method, operation))
        });
        for (method, operation) in operations {
            let name = format!("{} {path}", method.to_uppercase());
            for sample in samples(operation) {
                if examples.len() == MOST_EXAMPLES {
                    return Err(SpecificationError::TooMany);
                }
                let template = format!("{base}{path}");
                let example = example(sample, (&name, &template), defaults);
                examples.push(example.map_err(|why| SpecificationError::Example {
                    operation: name.clone(),
                    why,
                })?);
            }
        }
    }
    if examples.is_empty() {
        return Err(SpecificationError::NoExamples);
    }
    Ok(examples)
}

fn parse(text: &str) -> Result<Value, SpecificationError> {
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    serde_saphyr::from_str(text).map_err(|error| SpecificationError::NotUnderstood(error.into()))
}

fn samples(operation: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let samples = operation.get("x-amples").and_then(Value::as_array);
    samples.into_iter().flatten()
}

/// What stands before each path: `basePath` of Swagger 2, the path of OpenAPI 3's first server.
fn base_path(specification: &Value) -> String {
    let server = specification.pointer("/servers/0");
    let url = server.and_then(|server| server.get("url"));
    let base = if let Some(url) = url.and_then(Value::as_str) {
        let url = with_variables(url, server);
        match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]).to_owned(),
            None => url,
        }
    } else {
        let base = specification.get("basePath").and_then(Value::as_str);
        base.unwrap_or_default().to_owned()
    };
    let base = base.trim_matches('/');
    if base.is_empty() {
        String::new()
    } else {
        format!("/{base}")
    }
}

fn with_variables(url: &str, server: Option<&Value>) -> String {
    let variables = server.and_then(|server| server.get("variables"));
    let variables = variables.and_then(Value::as_object).into_iter().flatten();
    variables.fold(url.to_owned(), |url, (name, variable)| {
        let default = variable.get("default").and_then(Value::as_str);
        url.replace(&format!("{{{name}}}"), default.unwrap_or_default())
    })
}

fn example(
    sample: &Value,
    (operation, template): (&str, &str),
    defaults: Option<&Map<String, Value>>,
) -> Result<Example, ExampleError> {
    let sample = Sample::deserialize(sample).map_err(ExampleError::Shape)?;
    let Sample {
        title,
        request,
        response,
    } = sample;
    let mut params = defaults.cloned().unwrap_or_default();
    params.extend(request.params);
    let mut path = template::fill_in(template, &params)?;
    let query = query(&request.query)?;
    if !query.is_empty() {
        path.push('?');
        path.push_str(&query);
    }
    let method = operation.split(' ').next().unwrap_or_default();
    let mut headers = headers(&request.headers)?;
    let body = request.body.map(|body| sent(&body, &mut headers));
    Ok(Example {
        operation: operation.to_owned(),
        title,
        request: Request {
            method: Method::from_bytes(method.as_bytes()).expect("it is one of METHODS"),
            path,
            headers,
            body: body.transpose()?.unwrap_or_default(),
        },
        expected: expected(response)?,
    })
}

/// `a=1&a=2&b=x`
fn query(query: &Map<String, Value>) -> Result<String, ExampleError> {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        for value in values {
            let value = template::scalar(value).ok_or(ExampleError::Query)?;
            text.append_pair(name, &value);
        }
    }
    Ok(text.finish())
}

fn headers(headers: &Map<String, Value>) -> Result<Vec<(HeaderName, HeaderValue)>, ExampleError> {
    let header = |(name, value): (&String, &Value)| {
        let no_header = || ExampleError::Header(name.clone());
        let value = template::scalar(value).ok_or_else(no_header)?;
        let value = HeaderValue::from_str(&value).map_err(|_| no_header())?;
        Ok((name.parse().map_err(|_| no_header())?, value))
    };
    headers.iter().map(header).collect()
}

/// Text as it is, a form where the headers say so, else JSON.
fn sent(
    body: &Value,
    headers: &mut Vec<(HeaderName, HeaderValue)>,
) -> Result<Vec<u8>, ExampleError> {
    if let Value::String(text) = body {
        return Ok(text.clone().into_bytes());
    }
    let content_type = headers
        .iter()
        .find(|(name, _)| name == http::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|(_, value)| value.to_str().ok());
    if content_type.is_some_and(|kind| kind.starts_with(FORM)) {
        let fields = body.as_object().ok_or(ExampleError::Form)?;
        return Ok(query(fields)?.into_bytes());
    }
    if content_type.is_none() {
        let json = HeaderValue::from_static("application/json");
        headers.push((http::header::CONTENT_TYPE, json));
    }
    Ok(body.to_string().into_bytes())
}

fn expected(response: SampleResponse) -> Result<Expected, ExampleError> {
    let wanted =
        |text: &str| Wanted::new(text).map_err(|error| ExampleError::Pattern(Box::new(error)));
    let header = |(name, value): (&String, &Value)| {
        let no_header = || ExampleError::Header(name.clone());
        let value = template::scalar(value).ok_or_else(no_header)?;
        Ok((name.parse().map_err(|_| no_header())?, wanted(&value)?))
    };
    let body = match response.body {
        None => None,
        Some(Value::String(text)) => Some(Body::Text(wanted(&text)?)),
        Some(body) => {
            check_patterns(&body)?;
            Some(Body::Json(body))
        }
    };
    Ok(Expected {
        status: response.status.unwrap_or(200),
        headers: response
            .headers
            .iter()
            .map(header)
            .collect::<Result<_, ExampleError>>()?,
        body,
    })
}

/// All texts in it are patterns or no patterns, but never broken ones.
fn check_patterns(body: &Value) -> Result<(), ExampleError> {
    match body {
        Value::String(text) => match Wanted::new(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(ExampleError::Pattern(Box::new(error))),
        },
        Value::Array(values) => values.iter().try_for_each(check_patterns),
        Value::Object(values) => values.values().try_for_each(check_patterns),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}
