//! Pages that need nothing of the page: for when it is not built, and for where a browser goes by itself.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

/// Where the style is of all notices.
pub(crate) const STYLE: (&str, &str) = ("/notice.css", include_str!("notice.css"));

/// A title, a few sentences, and a link to the first page.
pub(crate) fn notice(status: StatusCode, title: &str, sentences: &[String]) -> Response {
    let title = escaped(title);
    let sentences = sentences
        .iter()
        .map(|it| format!("<p>{}</p>\n", escaped(it)));
    let sentences: String = sentences.collect();
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title} · SpiderPig</title>\n<link rel=\"stylesheet\" href=\"{style}\">\n\
         <main>\n<h1>{title}</h1>\n{sentences}<p><a href=\"/\">Back to SpiderPig</a></p>\n</main>\n</html>\n",
        style = STYLE.0,
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
