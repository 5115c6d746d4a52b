//! One message a line, as JSON, both ways.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader,
    ReadHalf, WriteHalf, split,
};

/// What a browser may send at once, in bytes; what the runner tells is as long as it is.
const LONGEST: u64 = 256 * 1024;

/// One end of a connection.
pub struct Line<S> {
    reader: BufReader<ReadHalf<S>>,
    writer: WriteHalf<S>,
}

/// Why a message did not cross.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("the connection broke")]
    Broken(#[from] io::Error),
    #[error("the message is too long")]
    TooLong,
    #[error("the message cannot be understood")]
    Unreadable(#[from] serde_json::Error),
}

impl<S: AsyncRead + AsyncWrite> Line<S> {
    pub fn new(stream: S) -> Self {
        let (reader, writer) = split(stream);
        Self {
            reader: BufReader::new(reader),
            writer,
        }
    }

    /// For those who read and write at the same time.
    pub fn into_parts(self) -> (BufReader<ReadHalf<S>>, WriteHalf<S>) {
        (self.reader, self.writer)
    }

    /// Nothing where the other end has closed.
    pub async fn read<M: DeserializeOwned>(&mut self) -> Result<Option<M>, WireError> {
        read(&mut self.reader).await
    }

    /// As [`Self::read`], of what the runner tells: it may be long.
    pub async fn read_long<M: DeserializeOwned>(&mut self) -> Result<Option<M>, WireError> {
        let mut text = String::new();
        match self.reader.read_line(&mut text).await? {
            0 => Ok(None),
            _ => Ok(Some(serde_json::from_str(&text)?)),
        }
    }

    pub async fn write(&mut self, message: &impl Serialize) -> Result<(), WireError> {
        write(&mut self.writer, message).await
    }
}

/// As [`Line::read`].
pub async fn read<M: DeserializeOwned>(
    reader: &mut (impl AsyncBufRead + Unpin),
) -> Result<Option<M>, WireError> {
    let mut text = Vec::new();
    match reader.take(LONGEST).read_until(b'\n', &mut text).await? {
        0 => return Ok(None),
        _ if text.last() == Some(&b'\n') => {}
        read if read as u64 == LONGEST => return Err(WireError::TooLong),
        // The other end broke off within a message.
        _ => return Ok(None),
    }
    Ok(Some(serde_json::from_slice(&text)?))
}

/// As [`Line::write`].
pub async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
) -> Result<(), WireError> {
    let mut text = serde_json::to_vec(message)?;
    text.push(b'\n');
    writer.write_all(&text).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ask, Client, Question, Verb};
    use tokio::io::duplex;

    async fn sent(text: &[u8]) -> Result<Option<Question>, WireError> {
        let (mut browser, runner) = duplex(1_000_000);
        browser.write_all(text).await?;
        drop(browser);
        Line::new(runner).read().await
    }

    #[tokio::test]
    async fn a_message_crosses_as_it_is() {
        let (browser, runner) = duplex(1_000);
        let (mut browser, mut runner) = (Line::new(browser), Line::new(runner));
        let asked = Question {
            token: Some("a\nb".to_owned()),
            client: Client {
                address: None,
                device: "Firefox".to_owned(),
            },
            verb: Verb::Follow,
        };
        browser.write(&asked).await.unwrap();
        let heard: Question = runner.read().await.unwrap().unwrap();
        assert_eq!(heard.token, asked.token);
        assert!(matches!(heard.verb, Verb::Follow));
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused() {
        assert!(sent(b"").await.unwrap().is_none());
        assert!(
            sent(b"{\"token\":null").await.unwrap().is_none(),
            "broken off"
        );
        assert!(matches!(sent(b"{}\n").await, Err(WireError::Unreadable(_))));
        let unknown = b"{\"token\":null,\"client\":{\"address\":null,\"device\":\"\"},\"verb\":{\"verb\":\"run_program\"}}\n";
        assert!(matches!(sent(unknown).await, Err(WireError::Unreadable(_))));
        let long = vec![b'x'; 300_000];
        assert!(matches!(sent(&long).await, Err(WireError::TooLong)));
    }

    #[test]
    fn what_a_page_asks_is_read_as_the_page_writes_it() {
        for text in [
            r#"{"ask":"hello","token":null}"#,
            r#"{"ask":"document","path":"runs/7"}"#,
            r#"{"ask":"lines","run":7,"from":100}"#,
            r#"{"ask":"leave","path":"home"}"#,
            r#"{"ask":"leave_lines","run":7}"#,
        ] {
            let ask: Ask = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&ask).unwrap(), text);
        }
    }
}
