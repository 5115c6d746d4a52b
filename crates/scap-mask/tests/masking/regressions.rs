//! What other masks have let through or hidden by mistake, by the issue that tells it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use scap_mask::{Class, LeftOut, Secrets};

use crate::{MASKED, mask_of, seen};

#[test]
fn base64_with_something_behind_the_value_is_hidden() {
    // actions/runner#291: the last digits are other ones than those of the value alone.
    let mask = mask_of(&["hunter2x"]);
    for text in ["hunter2x\n", "hunter2x:", "hunter2x\r\n--", "u:hunter2x\n"] {
        let seen = mask.mask(&BASE64_STANDARD.encode(text)).into_owned();
        let left = seen.replace(MASKED, "");
        assert!(seen.contains(MASKED) && left.len() <= 8, "{text:?}: {seen}");
    }
}

#[test]
fn json_is_hidden_in_any_form_and_its_braces_are_not() {
    // actions/runner#2232: each line of the value was hidden wherever it stood, `{` among them.
    let mask = mask_of(&["{\n  \"user\": \"shop\",\n  \"password\": \"hunter2x\"\n}\n"]);
    let compact = r#"{"user":"shop","password":"hunter2x"}"#;
    assert_eq!(mask.mask(compact), MASKED);
    let others = "{\n  \"replicas\": 2\n}\n";
    assert_eq!(mask.mask(others), others);
}

#[test]
fn one_letter_hides_nothing() {
    // actions/runner#326: every letter of it in the log was hidden.
    let mut secrets = Secrets::default();
    secrets.add(Class::Secret, "secret shop/token", b"a");
    let expected = LeftOut {
        too_short: 1,
        common: 0,
    };
    assert_eq!((secrets.len(), secrets.left_out()), (0, expected));
    assert_eq!(mask_of(&["a"]).mask("a banana"), "a banana");
}

#[test]
fn each_line_of_a_value_is_hidden() {
    // actions/runner#161: only the value as a whole was.
    let mask = mask_of(&["first-line-of-it\nsecond-line-of-it\n"]);
    let expected = format!("> {MASKED}\n");
    for text in ["> first-line-of-it\n", "> second-line-of-it\n"] {
        assert_eq!(mask.mask(text), expected);
    }
}

#[test]
fn the_end_of_a_long_value_is_hidden_wherever_it_is_cut() {
    // gitlab-runner#28128: what was behind the first 4 KiB, or in another write, was seen.
    let numbers: Vec<String> = (100_000..101_500).map(|it| it.to_string()).collect();
    let value = numbers.join("-");
    assert!(value.len() > 8 << 10);
    let mask = mask_of(&[&value]);
    let text = format!("key: {value} end\n");
    let expected = format!("key: {MASKED} end\n");
    for cut in (0..text.len()).step_by(509) {
        let seen = seen(&mask, text.as_bytes(), &[cut, text.len() - 3]);
        assert_eq!(String::from_utf8_lossy(&seen), expected, "cut at {cut}");
    }
}
