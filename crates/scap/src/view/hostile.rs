//! Whatever others wrote, in the terminal it is text: nothing of it moves a cursor, sets a title or hides a word.

use super::page::{Colors, Page};
use super::plain::Teller;
use super::stories;
use super::style::Tone;
use super::words;
use jiff::tz::Offset;
use scap_hostile::{hostile, hostile_text};
use scap_journal::Recorded;
use scap_run::{Event, RunState};

#[test]
fn hostile_text_stays_on_its_lines_without_escapes() {
    let good = [
        "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{1b}]8;;http://x\u{1b}\\link \u{9b}2J \u{202e}txt.exe",
        "a sentence that is long enough to be wrapped, with a `command --of=words` and ein längeres Wort\r\nand more",
    ];
    hostile_text("terminal", &good, |text| {
        let clean = words::clean(text);
        assert!(!clean.chars().any(char::is_control) && !clean.contains('\u{202e}'));
        // A line of a terminal is not longer.
        let short: String = text.chars().take(2_000).collect();
        for width in [0, 7, 80] {
            words::middle(&short, width);
            words::beginning(&short, width);
        }
        let mut page = Page::new(80);
        page.heading(&short);
        page.entry("name", &short);
        page.paragraph(vec![Tone::Bad.span(short.clone())], &short, Tone::Plain);
        let mut written = Vec::new();
        page.write(&mut written, Colors::None).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert!(
            !written.chars().any(|c| c.is_control() && c != '\n'),
            "{written:?}"
        );
    });
}

#[test]
fn hostile_events_are_told_on_one_line_each() {
    let stories = [
        stories::with_stragglers(),
        stories::rolled_back(),
        stories::stuck(),
        stories::answered(),
    ];
    let lines = stories.map(|story| {
        let events = story.told.iter();
        let lines: Vec<String> = events
            .map(|(recorded, _)| serde_json::to_string(&recorded.event).unwrap())
            .collect();
        lines.join("\n").into_bytes()
    });
    hostile("told events", &lines, |bytes| {
        let (mut teller, mut state) = (Teller::new(Offset::UTC), None::<RunState>);
        let events = bytes.split(|byte| *byte == b'\n');
        let events = events.filter_map(|line| serde_json::from_slice::<Event>(line).ok());
        for (seq, event) in events.enumerate() {
            let recorded = Recorded {
                seq: seq as u64,
                at: scap_run::UnixMillis(i64::MAX),
                event,
            };
            let happened = if let Some(state) = &mut state {
                recorded.apply_to(state).is_ok()
            } else {
                state = recorded.begin(scap_run::RunId(1)).ok();
                state.is_some()
            };
            if let (true, Some(state)) = (happened, &state) {
                let line = teller.line(&recorded, state).unwrap_or_default();
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    });
}
