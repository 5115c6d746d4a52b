//! Which commit brought a text into a folder.

use std::path::Path;

use super::{Commit, Git, GitError, shown};
use crate::scratch::ScratchError;

impl Git {
    /// The newest commit that wrote `text` into a file of `folders`, which are relative to the top of `checkout`; nothing
    /// when none of their files has it any more.
    pub async fn commit_that_brought(
        &self,
        checkout: &Path,
        text: &str,
        folders: &[String],
    ) -> Result<Option<Commit>, GitError> {
        let folders = || folders.iter().map(String::as_str);
        let mut words = vec!["--literal-pathspecs", "grep", "--quiet", "--fixed-strings"];
        words.extend(["-e", text, "HEAD", "--"]);
        words.extend(folders());
        match self.read(checkout, &words).await {
            Ok(_) => {}
            // It says so by its exit code.
            Err(GitError::Unanswered {
                source: ScratchError::Failed { .. },
                ..
            }) => return Ok(None),
            Err(error) => return Err(error),
        }
        let search = format!("-S{text}");
        let mut words = vec!["--literal-pathspecs", "log", "--max-count=1"];
        words.extend(["--format=%H %s", &search, "HEAD", "--"]);
        words.extend(folders());
        let text = self.read(checkout, &words).await?;
        Ok(text.trim_end().split_once(' ').map(|(id, subject)| Commit {
            id: id.to_owned(),
            subject: shown(subject),
        }))
    }
}
