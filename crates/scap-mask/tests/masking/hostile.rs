//! Whatever is a secret and whatever is printed: masking comes to an end, cuts change nothing, and the value is not seen.

use scap_hostile::hostile;

use crate::{MASKED, mask_of, seen};

#[test]
fn a_value_behind_the_beginning_of_an_escape_sequence_is_hidden() {
    let mask = mask_of(&["hunter2x"]);
    for text in [
        "\x1b[hunter2x",
        "\x1b[1;31hunter2x\n",
        "\x1b[31mhunter2x\x1b[0m",
    ] {
        assert!(!mask.mask(text).contains("unter2x"), "{text:?}");
    }
}

#[test]
fn what_is_kept_of_a_hidden_value_forms_no_other_one() {
    let mask = mask_of(&["hunter2x", "2xhunt"]);
    for (text, kept) in [
        ("2x&#104;\x1b[1;31huntunter2x", "unter2x"),
        ("2x&#104;\x1b[1;31muntunter2x", "\x1b[1;31munter2x"),
    ] {
        assert_eq!(mask.mask(text), format!("{MASKED}{kept}"));
    }
}

#[test]
fn a_value_that_is_torn_by_more_than_a_viewer_would_join_is_hidden_in_parts() {
    let gap = "\n ".repeat(200);
    let mask = mask_of(&[&format!("hunter2x{gap}ab")]);
    let masked = mask.mask("hunter2x ab");
    assert_eq!(masked, format!("{MASKED} ab"));
    assert!(mask_of(&[&format!("hunt{gap}er2x")]).mask("hunter2x") == "hunter2x");
}

#[test]
fn hostile_text_is_masked_the_same_however_it_is_cut() {
    let good = [
        b"password: hunter2x aHVudGVyMng= 68756e74657232 %68unter2x \\u0068unter2x &#104;unter2x\n".to_vec(),
        b"https://ada:s3cret@example.org/ Authorization: Bearer abcdef0123456789 \x1b[31mhun\x1b[0mter2x".to_vec(),
        b"\x1b[hunter2x \x1b[1;31hunter2x\x1b[0m".to_vec(),
        b"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n".to_vec(),
    ];
    let mask = mask_of(&["hunter2x", "2xhunt", "line one\nline two"]);
    hostile("masked text", &good, |bytes| {
        let whole = seen(&mask, bytes, &[]);
        let cuts: Vec<usize> = (0..bytes.len()).step_by(bytes.len() / 7 + 1).collect();
        assert_eq!(seen(&mask, bytes, &cuts), whole);
        assert!(!whole.windows(8).any(|window| window == b"hunter2x"));
        mask.mask(&String::from_utf8_lossy(bytes));
    });
}

#[test]
fn hostile_secrets_make_a_mask_that_hides_them() {
    let good = [
        b"hunter2x".to_vec(),
        b"s3cr3t-with \"quotes\" & <signs>\nand a line".to_vec(),
    ];
    hostile("secrets", &good, |value| {
        // A mask of a longer one is made in parts of a second, as a Secret's value may be.
        let value = &value[..value.len().min(16 << 10)];
        let mut secrets = scap_mask::Secrets::default();
        secrets.add(scap_mask::Class::Secret, "it", value);
        let is_hidden = !secrets.is_empty();
        let Ok(mask) = scap_mask::Mask::new(&secrets, &[scap_mask::Class::Secret]) else {
            return;
        };
        let text = [b"before: ", value, b" :after"].concat();
        let seen = seen(&mask, &text, &[9]);
        if is_hidden && value.len() > 8 && !value.trim_ascii().is_empty() {
            let is_there = seen.windows(value.len()).any(|window| window == value);
            assert!(!is_there, "{}", seen.escape_ascii());
        }
    });
}
