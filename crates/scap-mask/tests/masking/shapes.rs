//! Secrets that nobody named, known by their form; and what only looks a little like them.

use crate::mask_of;

#[test]
fn secrets_are_known_by_their_form() {
    let mask = mask_of(&[]);
    for (text, expected) in [
        (
            "curl -H 'Authorization: Bearer abcdefghijklmnop.-_~+/=' x",
            "curl -H 'Authorization: Bearer [masked: token]' x",
        ),
        (
            r#"{"Authorization":"Basic dXNlcjpwYXNz"}"#,
            r#"{"Authorization":"Basic [masked: token]"}"#,
        ),
        (
            r#"{\"authorization\":[\"token 12345678\"]}"#,
            r#"{\"authorization\":[\"token [masked: token]\"]}"#,
        ),
        ("bearer=0123456789abcdef;", "bearer=[masked: token];"),
        (
            "id eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln-_x, ok",
            "id [masked: token], ok",
        ),
        (
            "git clone https://bot:s3cret@git.example.org:80/x",
            "git clone https://bot:[masked: password]@git.example.org:80/x",
        ),
        (
            "redis://:pw@cache/0 and amqp://a:b@c",
            "redis://:[masked: password]@cache/0 and amqp://a:[masked: password]@c",
        ),
    ] {
        assert_eq!(mask.mask(text), expected);
    }
}

#[test]
fn what_only_looks_like_a_secret_stays() {
    let mask = mask_of(&[]);
    for text in [
        "the bearer of this letter",
        "Bearer token missing",
        "authorization: denied by policy",
        "basic authentication required",
        "eyJhbGciOiJSUzI1NiJ9",
        "http://localhost:8080/a@b and mailto:a:b@c",
        "https://user@example.org",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
    ] {
        assert_eq!(mask.mask(text), text);
    }
}

#[test]
fn private_keys_are_hidden_from_begin_to_end() {
    let mask = mask_of(&[]);
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nAbc=\n";
    for (text, expected) in [
        (
            format!(
                "a -----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY----- b\nBearer 0123456789abcdef\n"
            ),
            "a [masked: private key] b\nBearer [masked: token]\n",
        ),
        (
            format!(
                "{{\"k\":\"-----BEGIN RSA PRIVATE KEY-----\\n{}-----END RSA PRIVATE KEY-----\\n\"}}",
                body.replace('\n', "\\n")
            ),
            "{\"k\":\"[masked: private key]\\n\"}",
        ),
        (
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}one\ntwo\nthree\nfour\n"),
            "[masked: private key]\nfour\n",
        ),
    ] {
        assert_eq!(mask.mask(&text), expected);
    }
}
