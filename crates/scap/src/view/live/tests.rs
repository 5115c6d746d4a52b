//! What a person sees of each state of a run, cell by cell.

use super::*;
use crate::view::progress::ProgressBoard;
use crate::view::stories::{self, CANARY, DEFAULT, Story};
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use scap_run::{Progress, Readiness};

fn board() -> ProgressBoard {
    let board = ProgressBoard::new(4);
    board.line(CANARY, "fetching 3f2c91a0b7d2");
    board.line(CANARY, "\u{1b}[32mlinked\u{1b}[0m /srv/deployment/shop");
    let ready = |step, (done, total), waiting_for: &str| {
        let waiting_for = waiting_for.to_owned();
        board.ready(
            step,
            &Readiness {
                done,
                total,
                waiting_for,
                ..Readiness::default()
            },
        );
    };
    ready(CANARY, (0, 1), "port 8080 of shop1");
    ready(DEFAULT, (2, 5), "port 8080 of shop4, shop5 and shop6");
    board
}

fn frame(story: &Story, (width, height): (u16, u16)) -> Buffer {
    let seen = board().seen();
    let view = View {
        state: &story.state,
        now: story.now.after(1_500),
        seen: &seen,
        expected: Some(Duration::from_secs(70)),
    };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    let widget = LiveFrame {
        view: &view,
        colors: Colors::Shown,
    };
    terminal
        .draw(|frame| frame.render_widget(widget, frame.area()))
        .unwrap();
    terminal.backend().buffer().clone()
}

/// The frame's characters, without blanks at the ends of rows.
fn text(buffer: &Buffer) -> String {
    let row = |row: Rect| {
        let symbols: String = row.positions().map(|cell| buffer[cell].symbol()).collect();
        symbols.trim_end().to_owned()
    };
    buffer
        .area
        .rows()
        .map(row)
        .collect::<Vec<_>>()
        .join("\n")
        .trim_end()
        .to_owned()
}

#[test]
fn every_state_of_a_run_is_shown() {
    let states = [
        ("preparing", stories::preparing()),
        ("deploying", stories::deploying()),
        ("judging_at_first", stories::judging(1)),
        ("judging_early", stories::judging(8)),
        ("judging_near_the_limit", stories::near_the_limit()),
        ("test_failed", stories::test_failed()),
        ("asking", stories::asking()),
        ("of_concern", stories::of_concern()),
        ("rolling_back", stories::rolling_back()),
        ("stuck", stories::stuck()),
        ("fleet", stories::fleet()),
        ("frozen", stories::frozen()),
    ];
    for (name, story) in states {
        assert_snapshot!(name, text(&frame(&story, (80, 22))));
    }
}

#[test]
fn a_narrow_and_low_terminal_keeps_what_is_urgent() {
    assert_snapshot!("narrow", text(&frame(&stories::asking(), (38, 20))));
    assert_snapshot!("low", text(&frame(&stories::near_the_limit(), (80, 9))));
    assert_snapshot!(
        "many_waves",
        text(&frame(&stories::mathoid_waiting(), (60, 16)))
    );
}

#[test]
fn no_size_makes_it_fail() {
    for story in [stories::asking(), stories::fleet(), stories::stuck()] {
        for width in [1, 2, 12, 13, 15, 41] {
            for height in 1..25 {
                frame(&story, (width, height));
            }
        }
    }
}

#[test]
fn without_colors_every_character_stays() {
    let (story, size) = (stories::near_the_limit(), Rect::new(0, 0, 80, 22));
    let seen = board().seen();
    let view = View {
        state: &story.state,
        now: story.now,
        seen: &seen,
        expected: None,
    };
    let draw = |colors| {
        let mut buffer = Buffer::empty(size);
        LiveFrame {
            view: &view,
            colors,
        }
        .render(size, &mut buffer);
        buffer
    };
    let (shown, none) = (draw(Colors::Shown), draw(Colors::None));
    let has_color = |buffer: &Buffer| buffer.content.iter().any(|cell| cell.fg != Color::Reset);
    assert_eq!((has_color(&shown), has_color(&none)), (true, false));
    assert_eq!(text(&shown), text(&none));
}
