//! What was asked, as it can be asked again.

use crate::queries::AskedQuery;
use crate::view::page::Page;

pub(super) fn draw(page: &mut Page, queries: &[AskedQuery]) {
    for query in queries {
        let (finds, place, of) = (&query.finds, &query.place, query.of.join(", "));
        page.entry("asked", &format!("{place} for {finds} of {of}"));
        page.whole("", &query.query);
        let fields = query.fields.iter();
        let fields: Vec<String> = fields
            .map(|(name, field)| format!("{name}: {field}"))
            .collect();
        if !fields.is_empty() {
            page.entry("", &fields.join("; "));
        }
        if let Some(link) = &query.link {
            page.whole("see", link);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::tests::{WIDTH, text};

    #[test]
    fn what_is_to_be_copied_stays_whole() {
        let query = AskedQuery {
            finds: "errors".to_owned(),
            of: ["canary in codfw", "production in codfw"].map(str::to_owned).to_vec(),
            place: "the log store at https://logs.example".to_owned(),
            query: "level:(ERROR OR CRITICAL) AND kubernetes.namespace_name:shop AND NOT logger:healthz".to_owned(),
            fields: [("index", "logstash-*"), ("kind", "exception.class")]
                .map(|(name, field)| (name.to_owned(), field.to_owned()))
                .into(),
            link: Some("https://logs.example/discover#/?q=level%3AERROR".to_owned()),
        };
        let mut page = Page::new(WIDTH);
        draw(&mut page, &[query]);
        let expected = "
  asked     the log store at https://logs.example for errors of canary in codfw,
            production in codfw
            level:(ERROR OR CRITICAL) AND kubernetes.namespace_name:shop AND NOT logger:healthz
            index: logstash-*; kind: exception.class
  see       https://logs.example/discover#/?q=level%3AERROR";
        assert_eq!(format!("\n{}", text(&page)), expected);
    }
}
