//! Makes what a user of scap already has: a repository with three versions of the shop, and scap's configuration.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::process::{self, ProcessError};

/// Where the page is that browsers are shown.
#[derive(Clone, Debug)]
pub enum PagePlace {
    /// In the scap executable.
    Embedded,
    /// In a folder, built by `make page`.
    Folder(PathBuf),
}

/// A path and its content.
type File = (&'static str, &'static str);

/// The files of the first version, which the later ones share where they bring none of their own.
const V1: [File; 6] = [
    ("version", include_str!("../shop/v1/version")),
    ("shop.json", include_str!("../shop/v1/shop.json")),
    (
        "pages/layout.html",
        include_str!("../shop/v1/pages/layout.html"),
    ),
    (
        "pages/home.html",
        include_str!("../shop/v1/pages/home.html"),
    ),
    (
        "pages/item.html",
        include_str!("../shop/v1/pages/item.html"),
    ),
    (
        "pages/basket.html",
        include_str!("../shop/v1/pages/basket.html"),
    ),
];

const V2: [File; 2] = [
    ("version", include_str!("../shop/v2/version")),
    (
        "pages/basket.html",
        include_str!("../shop/v2/pages/basket.html"),
    ),
];

const V3: [File; 2] = [
    ("version", include_str!("../shop/v3/version")),
    (
        "pages/basket.html",
        include_str!("../shop/v3/pages/basket.html"),
    ),
];

/// Which files each commit of the repository changes, with its tag and its message.
const HISTORY: [(&str, &str, &[File]); 3] = [
    ("v1", "The shop opens", &V1),
    ("v2", "Basket: deliver free of charge from 50 €", &V2),
    ("v3", "Basket: show what others looked at", &V3),
];

/// How the repository is deployed, part of its first commit.
const DEPLOYMENT: [File; 3] = [
    ("scap/scap.cfg", include_str!("../setup/scap.cfg")),
    ("scap/targets", include_str!("../setup/targets")),
    ("scap/canaries", include_str!("../setup/canaries")),
];

const CONFIGURATION: [File; 2] = [
    ("scap.yaml", include_str!("../setup/scap.yaml")),
    (
        "service-catalog.yaml",
        include_str!("../setup/service-catalog.yaml"),
    ),
];

/// Why the demo's files could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("cannot write `{path}`")]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Git(#[from] ProcessError),
}

/// Writes `scap.yaml`, `service-catalog.yaml` and the repository `shop` into `folder`.
///
/// The shop listens on `port`, and the hosts are asked to restart it through `scap`, an absolute path.
pub(crate) async fn create(folder: &Path, scap: &Path, port: u16) -> Result<(), SetupError> {
    let fill = |text: &str| {
        text.replace("{PORT}", &port.to_string())
            .replace("{SCAP}", &scap.display().to_string())
    };
    for (path, text) in CONFIGURATION {
        write(&folder.join(path), &fill(text))?;
    }
    let repository = folder.join("shop");
    for (path, text) in DEPLOYMENT {
        write(&repository.join(path), &fill(text))?;
    }
    process::git(&repository, &["init", "--quiet", "--initial-branch=main"]).await?;
    for (tag, message, files) in HISTORY {
        for (path, text) in files {
            write(&repository.join(path), text)?;
        }
        process::git(&repository, &["add", "--all"]).await?;
        process::git(&repository, &["commit", "--quiet", "--message", message]).await?;
        process::git(&repository, &["tag", tag]).await?;
    }
    Ok(())
}

/// Adds what the page needs: it is served at the port, and people sign in at the issuer.
pub(crate) fn add_page(
    folder: &Path,
    page: &PagePlace,
    (port, issuer): (u16, &str),
) -> Result<(), SetupError> {
    let path = folder.join("scap.yaml");
    let wrong = |source| SetupError::Write {
        path: path.clone(),
        source,
    };
    let before = fs::read_to_string(&path).map_err(wrong)?;
    let page = match page {
        PagePlace::Embedded => String::new(),
        PagePlace::Folder(page) => {
            let page = std::path::absolute(page).map_err(wrong)?;
            format!("  page: {:?}\n", page.display().to_string())
        }
    };
    let added = include_str!("../setup/spiderpig.yaml")
        .replace("{PAGE_PORT}", &port.to_string())
        .replace("{ISSUER}", issuer);
    write(&path, &format!("{before}{added}{page}"))?;
    write(
        &folder.join("policy.yaml"),
        include_str!("../setup/policy.yaml"),
    )
}

/// Makes `version` what the repository in `folder` has checked out.
pub(crate) async fn check_out(folder: &Path, version: &str) -> Result<(), ProcessError> {
    process::git(&folder.join("shop"), &["checkout", "--quiet", version]).await
}

fn write(path: &Path, text: &str) -> Result<(), SetupError> {
    let folder = path.parent().expect("every file is in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|source| SetupError::Write {
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::HOSTS;

    #[tokio::test]
    async fn what_is_made_names_every_host_and_has_no_gaps() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), Path::new("/opt/scap"), 4711)
            .await
            .unwrap();
        let made = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        for (name, address) in HOSTS {
            assert!(made("scap.yaml").contains(&format!("    {name}: {address}\n")));
            assert!(made("shop/scap/targets").contains(&format!("\n{name}\n")));
        }
        assert!(made("shop/scap/canaries").ends_with(&format!("\n{}\n", HOSTS[0].0)));
        assert!(made("service-catalog.yaml").contains("port: 4711\n"));
        assert!(made("shop/scap/scap.cfg").contains("service_port: 4711\n"));
        assert!(made("shop/scap/scap.cfg").ends_with("restart_command: /opt/scap demo-restart\n"));
    }

    #[tokio::test]
    async fn each_version_can_be_checked_out_and_is_clean() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), Path::new("/opt/scap"), 4711)
            .await
            .unwrap();
        let repository = folder.path().join("shop");
        for version in ["v1", "v3", "v2"] {
            check_out(folder.path(), version).await.unwrap();
            let found = fs::read_to_string(repository.join("version")).unwrap();
            assert_eq!(found.trim(), version);
            process::git(&repository, &["diff", "--exit-code", version])
                .await
                .unwrap();
        }
        let unknown = check_out(folder.path(), "v4")
            .await
            .unwrap_err()
            .to_string();
        assert!(unknown.contains("v4"), "{unknown}");
    }
}
