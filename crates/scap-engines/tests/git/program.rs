//! git as scap asks it.

use std::path::Path;

use scap_engines::Scratch;
use scap_engines::search_path::find_program;
use scap_engines::secrets::KnownSecrets;
use scap_engines::sources::git::Git;

pub(crate) fn git_with_scratch_in(folder: &Path) -> Git {
    let fixture = env!("CARGO_BIN_EXE_process-fixture");
    let scratch = Scratch::new(fixture, folder.join("scratch"), KnownSecrets::default());
    Git::new(scratch, find_program("git", Path::new("/")).unwrap())
}
