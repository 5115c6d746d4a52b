//! The last words of a container.

use std::borrow::Cow;
use std::time::Duration;

use futures::AsyncReadExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use tokio::time::timeout;

use super::error::ServerError;
use super::history::Cluster;
use super::trouble::Blamed;
use crate::secrets::KnownSecrets;

const LINES: usize = 10;
/// All lines together.
const LONGEST_BYTES: usize = 4 << 10;
/// What is asked for: the server counts from the first of the lines, and the last ones matter most.
const READ_BYTES: u64 = 256 << 10;
const TIMEOUT: Duration = Duration::from_secs(5);

impl Cluster {
    /// The last lines that a container of `pod` wrote; with `is_previous` before it was last started again, if the node
    /// still has them.
    pub(super) async fn last_lines(
        &self,
        (pod, container): (&Blamed, Option<&str>),
        is_previous: bool,
        secrets: &KnownSecrets,
    ) -> Result<Vec<String>, ServerError> {
        let read = async {
            if is_previous && let Ok(text) = self.log(pod, container, true).await {
                return Ok(text);
            }
            self.log(pod, container, false).await
        };
        let text = timeout(TIMEOUT, read).await;
        let text = text.map_err(|_| ServerError::Silent(TIMEOUT.as_secs()))??;
        Ok(last_lines(&secrets.mask(&whole_lines(&text))))
    }

    async fn log(
        &self,
        pod: &Blamed,
        container: Option<&str>,
        previous: bool,
    ) -> Result<Vec<u8>, ServerError> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &pod.namespace);
        let wanted = LogParams {
            container: container.map(str::to_owned),
            previous,
            tail_lines: i64::try_from(LINES).ok(),
            limit_bytes: i64::try_from(READ_BYTES).ok(),
            ..LogParams::default()
        };
        let log = pods.log_stream(&pod.name, &wanted).await?;
        let (mut log, mut text) = (std::pin::pin!(log.take(READ_BYTES)), Vec::new());
        let read = log.read_to_end(&mut text).await;
        read.map_err(|error| ServerError::Unreachable(kube::Error::ReadEvents(error)))?;
        Ok(text)
    }
}

/// What was cut off at the end may be the beginning of a secret, which would not be known again.
fn whole_lines(text: &[u8]) -> Cow<'_, str> {
    let is_cut = text.len() as u64 >= READ_BYTES;
    let last = text.iter().rposition(|byte| *byte == b'\n' && is_cut);
    String::from_utf8_lossy(&text[..last.unwrap_or(text.len())])
}

/// Without colours and other control characters.
fn last_lines(text: &str) -> Vec<String> {
    let text = anstream::adapter::strip_str(text).to_string();
    let mut room = LONGEST_BYTES;
    let lines = text
        .lines()
        .rev()
        .map(clean)
        .filter(|line| !line.is_empty());
    let mut lines: Vec<String> = lines
        .take(LINES)
        .map_while(|line| {
            let line = cut(line, room);
            room -= line.len();
            (!line.is_empty()).then_some(line)
        })
        .collect();
    lines.reverse();
    lines
}

fn clean(line: &str) -> String {
    let clean = line.replace('\t', " ");
    let clean: String = clean.chars().filter(|c| !c.is_control()).collect();
    clean.trim().to_owned()
}

/// Its beginning, at most `room` bytes.
fn cut(mut line: String, room: usize) -> String {
    line.truncate(line.floor_char_boundary(room));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_clean() {
        let text = "\u{1b}[31mred\u{1b}[0m\r\n\n  a\tb\u{7}\u{1b}]0;title\u{7} \nlast";
        assert_eq!(last_lines(text), ["red", "a b", "last"]);
        let many: Vec<String> = (1..=50).map(|number| number.to_string()).collect();
        assert_eq!(
            last_lines(&many.join("\n")),
            ["41", "42", "43", "44", "45", "46", "47", "48", "49", "50"]
        );
        assert_eq!(last_lines(""), Vec::<String>::new());
    }

    #[test]
    fn long_lines_are_cut_and_the_last_ones_win() {
        let text = format!("first\n{}\nlast", "ü".repeat(LONGEST_BYTES));
        let lines = last_lines(&text);
        assert_eq!((lines.len(), lines[1].as_str()), (2, "last"));
        let bytes: usize = lines.iter().map(String::len).sum();
        assert!(
            bytes <= LONGEST_BYTES && bytes > LONGEST_BYTES - 4,
            "{bytes}"
        );
    }

    #[test]
    fn hostile_logs_are_short_and_clean() {
        let good = ["\u{1b}[31mred\u{1b}[0m\r\n\n  a\tb\u{7}\u{1b}]0;title\u{7} \nlast"];
        scap_hostile::hostile("log", &[good[0].into()], |bytes| {
            let lines = last_lines(&whole_lines(bytes));
            assert!(lines.len() <= LINES);
            assert!(lines.iter().map(String::len).sum::<usize>() <= LONGEST_BYTES);
            assert!(!lines.iter().any(|line| line.chars().any(char::is_control)));
        });
    }
}
