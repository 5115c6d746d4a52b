//! Pages that need nothing of the page: for when it is not built, and for where a browser goes by itself.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

/// A title, a few sentences, and a link to the first page.
pub(crate) fn notice(status: StatusCode, title: &str, sentences: &[String]) -> Response {
    let title = escaped(title);
    let sentences = sentences
        .iter()
        .map(|it| format!("<p>{}</p>\n", escaped(it)));
    let sentences: String = sentences.collect();
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title} · SpiderPig</title>\n\
         <h1>{title}</h1>\n{sentences}<p><a href=\"/\">SpiderPig</a></p>\n</html>\n"
    );
    (status, Html(html)).into_response()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_text() {
        assert_eq!(
            escaped("<script>alert('x' & \"y\")</script>"),
            "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;"
        );
    }
}
