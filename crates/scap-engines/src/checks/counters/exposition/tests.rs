//! The text format of Prometheus, well and badly written.

use super::*;

/// Name, labels and value of each sample, in a line.
fn read(text: &str) -> Result<Vec<String>, String> {
    let exposition = Exposition::parse(text).map_err(|error| error.to_string())?;
    let line = |sample: &Sample| {
        let labels: Vec<String> = sample
            .labels
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        format!("{} [{}] {}", sample.name, labels.join(" "), sample.value)
    };
    Ok(exposition.samples.iter().map(line).collect())
}

#[test]
fn what_the_format_allows_is_read() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        ("\n\n", &[]),
        ("up 1\n", &["up [] 1"]),
        ("up 1", &["up [] 1"]),
        ("up 1\r\n", &["up [] 1"]),
        ("  up\t 1  \n", &["up [] 1"]),
        ("up 1 1395066363000", &["up [] 1"]),
        ("up 1 -3982045", &["up [] 1"]),
        ("up{} 1", &["up [] 1"]),
        ("up {a=\"b\"} 1", &["up [a=\"b\"] 1"]),
        ("up{a=\"b\",} 1", &["up [a=\"b\"] 1"]),
        ("up{ a = \"b\" , c = \"d\" }1", &["up [a=\"b\" c=\"d\"] 1"]),
        ("up{a=\"\"} 1", &["up [a=\"\"] 1"]),
        (
            r#"up{a="C:\\DIR\\F.TXT",b="say \"no\"\n"} 1"#,
            &[r#"up [a="C:\\DIR\\F.TXT" b="say \"no\"\n"] 1"#],
        ),
        ("up{a=\"}, b=1 # ü\"} 1", &["up [a=\"}, b=1 # ü\"] 1"]),
        (
            "job:up:sum5m 1.458255915e9",
            &["job:up:sum5m [] 1458255915"],
        ),
        (
            "a +Inf\nb -Inf\nc NaN\nd 0",
            &["a [] inf", "b [] -inf", "c [] NaN", "d [] 0"],
        ),
        (
            "h_bucket{le=\"+Inf\"} 4\nh_sum 5.3e-2\nh_count 4",
            &["h_bucket [le=\"+Inf\"] 4", "h_sum [] 0.053", "h_count [] 4"],
        ),
        (
            "up{a=\"b\"} 1 1.5 # {id=\"x 1\"} 0.5 2.5\nup 2 # {} 1\n# EOF\n",
            &["up [a=\"b\"] 1", "up [] 2"],
        ),
        (
            "# just a remark\n#\n# HELP up It is \\n up\n# TYPE up counter\nup 1\n# EOF\n",
            &["up [] 1"],
        ),
    ];
    for (text, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn a_wrong_line_makes_all_of_it_wrong_and_is_named() {
    let cases = [
        ("<html>", "line 1 has no name of a metric"),
        ("up 1\n\n5up 1", "line 3 has no name of a metric"),
        ("{a=\"b\"} 1", "line 1 has no name of a metric"),
        ("up", "line 1 has no number as its value"),
        ("up one", "line 1 has no number as its value"),
        ("up{a=\"b\"}", "line 1 has no number as its value"),
        ("up-and-down 1", "line 1 has no number as its value"),
        (
            "up 1 soon",
            "line 1 has something else than a timestamp after the value",
        ),
        (
            "up 1 1.5",
            "line 1 has something else than a timestamp after the value",
        ),
        (
            "up 1 # {id=\"x\"} 1",
            "line 1 has something else than a timestamp after the value",
        ),
        (
            "up 1 soon\n# EOF",
            "line 1 has something else than a timestamp after the value",
        ),
        (
            "up 1 2 3",
            "line 1 has something else than a timestamp after the value",
        ),
        ("up{=\"b\"} 1", "line 1 has a label without a name"),
        ("up{,} 1", "line 1 has a label without a name"),
        (
            "up{a:b=\"c\"} 1",
            "line 1 has a label whose value is not in double quotes",
        ),
        (
            "up{a=b} 1",
            "line 1 has a label whose value is not in double quotes",
        ),
        (
            "up{a} 1",
            "line 1 has a label whose value is not in double quotes",
        ),
        ("up{a=\"b\" c=\"d\"} 1", "line 1 has labels that do not end"),
        ("up{a=\"b\" 1", "line 1 has labels that do not end"),
        ("up{a=\"b", "line 1 has labels that do not end"),
        ("up{a=\"b\\", "line 1 has labels that do not end"),
        ("up{a=\"\\t\"} 1", "line 1 has an unknown escape `\\t`"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), Err(expected.to_owned()), "{text:?}");
    }
}

#[test]
fn declared_metrics_are_known_without_samples() {
    let exposition =
        Exposition::parse("# HELP a A.\n# TYPE b counter\n#TYPE c gauge\n# TYPE\n").unwrap();
    assert_eq!(exposition.declared, BTreeSet::from(["b", "c"]));
}

#[test]
fn a_hostile_exposition_is_read_to_an_end() {
    let good = [
        "# HELP up It is up\n# TYPE up counter\nup{a=\"b\", c=\"C:\\\\D\\n\",} 1 1395066363000\r\n",
        "h_bucket{le=\"+Inf\"} 4\nh_sum 5.3e-2\nh_count NaN\n# EOF\n",
    ];
    scap_hostile::hostile_text("exposition", &good, |text| {
        let lines = text.split('\n').count();
        match Exposition::parse(text) {
            Ok(exposition) => assert!(exposition.samples.len() <= lines),
            Err(error) => assert!((1..=lines).contains(&error.line), "{error}"),
        }
    });
}
