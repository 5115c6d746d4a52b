//! Paths of operations with parameters in braces, which an example fills in.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Why an example does not fill a path in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    #[error("has no value for the parameter `{0}`")]
    Missing(String),
    #[error("has a value for the parameter `{0}` that is neither text nor a number")]
    NoScalar(String),
    #[error("has a brace without its other half in its path")]
    UnpairedBrace,
}

/// `{name}` is a part of the path, `{+name}` may have slashes, `{/name}` is a part that may be left out with its slash.
pub(super) fn fill_in(
    template: &str,
    params: &Map<String, Value>,
) -> Result<String, TemplateError> {
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        let (inner, after) = from.split_once('}').ok_or(TemplateError::UnpairedBrace)?;
        path.push_str(before);
        let (sign, name) = match inner.split_at_checked(1) {
            Some((sign @ ("+" | "/"), name)) => (sign, name),
            _ => ("", inner),
        };
        match params.get(name) {
            Some(value) => {
                let value =
                    scalar(value).ok_or_else(|| TemplateError::NoScalar(name.to_owned()))?;
                path.push_str(if sign == "/" { "/" } else { "" });
                encode(&mut path, &value, sign == "+");
            }
            None if sign == "/" => {}
            None => return Err(TemplateError::Missing(name.to_owned())),
        }
        rest = after;
    }
    if rest.contains('}') {
        return Err(TemplateError::UnpairedBrace);
    }
    path.push_str(rest);
    Ok(path)
}

/// Text as it stands in an address; nothing for lists and mappings.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn encode(path: &mut String, value: &str, keeps_slashes: bool) {
    for byte in value.bytes() {
        let stays = byte.is_ascii_alphanumeric()
            || b"-._~!$&'()*+,;=:@".contains(&byte)
            || (keeps_slashes && byte == b'/');
        if stays {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_filled_in_or_refused() {
        let params =
            json!({"domain": "en.wikipedia.org", "title": "Foo/Bär?", "revision": 7, "list": []});
        let params = params.as_object().unwrap();
        let missing = |name: &str| Err(TemplateError::Missing(name.to_owned()));
        let good = |path: &str| Ok(path.to_owned());
        let cases = [
            ("/", good("/")),
            ("/{domain}/v1", good("/en.wikipedia.org/v1")),
            ("/page/{title}", good("/page/Foo%2FB%C3%A4r%3F")),
            ("/page/{+title}", good("/page/Foo/B%C3%A4r%3F")),
            ("/page{/revision}{/tid}", good("/page/7")),
            ("/page/{tid}", missing("tid")),
            ("/page/{+tid}", missing("tid")),
            ("/page/{}", missing("")),
            (
                "/page/{list}",
                Err(TemplateError::NoScalar("list".to_owned())),
            ),
            ("/page/{title", Err(TemplateError::UnpairedBrace)),
            ("/page/title}", Err(TemplateError::UnpairedBrace)),
        ];
        for (template, expected) in cases {
            assert_eq!(fill_in(template, params), expected, "{template}");
        }
    }
}
