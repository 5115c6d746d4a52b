//! The text of a body that may be compressed.

use std::io::{self, Read};

use flate2::read::{GzDecoder, ZlibDecoder};
use http::header::CONTENT_ENCODING;

use super::answer::{Answer, LONGEST_BODY_BYTES};

/// The body as text, without its encoding; what is no UTF-8 is replaced. Else why there is none.
pub(super) fn text(answer: &Answer) -> Result<String, String> {
    let too_long = || format!("a body of more than {} MiB", LONGEST_BODY_BYTES >> 20);
    let body = answer.body.as_deref().ok_or_else(too_long)?;
    let encodings = answer.headers.get_all(CONTENT_ENCODING).into_iter();
    let encodings = encodings.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let encoding = encodings
        .collect::<Vec<_>>()
        .join(", ")
        .to_ascii_lowercase();
    let decoded = match encoding.as_str() {
        "" | "identity" => return Ok(String::from_utf8_lossy(body).into_owned()),
        // After HEAD, and with some statuses, there is none.
        _ if body.is_empty() => return Ok(String::new()),
        "gzip" | "x-gzip" => bounded(GzDecoder::new(body)),
        "deflate" => bounded(ZlibDecoder::new(body)),
        other => {
            return Err(format!(
                "a body in the encoding {other:?}, which is not known"
            ));
        }
    };
    let decoded = decoded.map_err(|error| format!("a body that is no {encoding}: {error}"))?;
    if decoded.len() > LONGEST_BODY_BYTES {
        return Err(too_long());
    }
    Ok(String::from_utf8_lossy(&decoded).into_owned())
}

/// All of it, and one byte more than may be.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LONGEST_BODY_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
