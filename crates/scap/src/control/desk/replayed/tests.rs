//! Settings with other values.

use super::*;

fn with(changes: &[(&str, &str)]) -> Result<CountersSettings, String> {
    let changes: Vec<(String, String)> = changes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    changed(&CountersSettings::default(), &changes).map_err(|trouble| trouble.to_string())
}

#[test]
fn settings_change_by_their_names_in_files() {
    let changed = with(&[("tolerated_ratio", "2"), ("minimum_hold", "1m 30s")]).unwrap();
    let expected = CountersSettings {
        tolerated_ratio: 2.0,
        minimum_hold: scap_plan::Period::from_secs(90),
        ..CountersSettings::default()
    };
    assert_eq!(changed, expected);
}

#[test]
fn a_wrong_change_is_refused_with_what_is_wrong() {
    let cases = [
        ("ratio", "2", "`--set` knows no setting `ratio`"),
        (
            "tolerated_ratio",
            "0.5",
            "`tolerated_ratio` must be from 1 to 1000, not `0.5`",
        ),
        (
            "tolerated_ratio",
            "much",
            "invalid type: string \"much\", expected f64",
        ),
        ("minimum_hold", "soon", "must be a length of time"),
        ("minimum_requests", "-1", "expected u64"),
    ];
    for (name, value, expected) in cases {
        let wrong = with(&[(name, value)]).unwrap_err();
        assert!(wrong.contains(expected), "{wrong}");
    }
}
