//! People, what they show to be themselves, and where they are signed in.

use super::page::Page;
use super::style::{FAILED, Tone};
use super::table::Table;
use super::words;
use crate::control::verb::BegunEnrolment;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use scap_run::UnixMillis;
use spiderpig_control::{Ban, PersonLine, SessionLine};

/// People, and the sessions that are open.
pub(crate) fn page(
    people: &[PersonLine],
    sessions: &[SessionLine],
    now: UnixMillis,
    width: usize,
) -> Page {
    let mut page = Page::new(width);
    if people.is_empty() {
        page.line(vec![Tone::Dim.span("nobody is known yet")]);
        return page;
    }
    let mut table = Table::new(["person", "known", "second factors", "banned"]);
    for line in people {
        let factors = line.factors.iter().map(|it| match &it.name {
            Some(name) => format!("{} “{name}” ({})", it.kind, it.factor),
            None => format!("{} ({})", it.kind, it.factor),
        });
        let factors: Vec<String> = factors.collect();
        let ban = line.ban.as_ref().map(|ban| banned(ban, now));
        table.row([
            Tone::Strong.span(line.person.to_string()),
            Tone::Dim.span(words::ago(line.since, now)),
            Tone::Plain.span(factors.join(", ")),
            Tone::Bad.span(ban.unwrap_or_default()),
        ]);
    }
    table.draw(&mut page);
    if !sessions.is_empty() {
        page.blank();
        open(&mut page, sessions, now);
    }
    page
}

fn open(page: &mut Page, sessions: &[SessionLine], now: UnixMillis) {
    let mut table = Table::new(["session", "person", "began", "last seen", "from"]);
    for line in sessions {
        let from = match line.address {
            Some(address) => format!("{address}, {}", line.device),
            None => line.device.to_string(),
        };
        let state = if line.is_whole {
            ""
        } else {
            " (first factor only)"
        };
        table.row([
            Tone::Dim.span(line.id.to_string()),
            Tone::Strong.span(line.person.to_string()),
            Tone::Dim.span(words::ago(line.began, now)),
            Tone::Dim.span(words::ago(line.seen, now)),
            Tone::Plain.span(format!("{from}{state}")),
        ]);
    }
    table.draw(page);
}

fn banned(ban: &Ban, now: UnixMillis) -> String {
    let end = ban
        .until
        .map(|until| format!(", ends in {}", words::clock(now.until(until))));
    let (by, since) = (&ban.by, words::ago(ban.since, now));
    format!(
        "{FAILED} by {by} {since}: {}{}",
        ban.reason,
        end.unwrap_or_default()
    )
}

/// A second factor, shown once: as a picture, and to be typed.
pub(crate) fn enrolment(begun: &BegunEnrolment, width: usize) -> Page {
    let mut page = Page::new(width);
    if let Ok(code) = QrCode::new(&begun.uri) {
        // Light on dark is what most terminals have, and dark on light what apps look for.
        let picture = code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        for line in picture.lines() {
            page.line(vec![Tone::Plain.span(line)]);
        }
    }
    page.whole("secret", &begun.secret);
    page.whole("or", &begun.uri);
    let text = "Show the picture to your app, or type the secret. It is not shown again.";
    page.paragraph(Vec::new(), text, Tone::Plain);
    page
}

/// A passkey counts from now on.
pub(crate) fn kept(name: &str, width: usize) -> Page {
    let mut page = Page::new(width);
    let text = format!("the passkey “{name}” counts from now on");
    page.line(vec![Tone::Plain.span(text)]);
    page
}

/// How many sessions are over.
pub(crate) fn ended(ended: usize, width: usize) -> Page {
    let mut page = Page::new(width);
    let text = format!("{} ended", words::count(ended, "session"));
    page.line(vec![Tone::Plain.span(text)]);
    page
}
