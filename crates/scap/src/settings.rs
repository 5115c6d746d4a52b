//! Where things are: configuration, state folder, and the files that they name.

use crate::cli::Global;
use crate::trouble::Trouble;
use scap_engines::sources::git::checkout_of;
use scap_plan::{Configuration, Source};
use std::path::{Path, PathBuf};

/// The configuration, and the folder that its relative paths start from.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) configuration: Configuration,
    folder: PathBuf,
}

impl Settings {
    /// Reads the configuration file that the person or the machine names.
    pub(crate) fn load(global: &Global) -> Result<Self, Trouble> {
        let path = match &global.config {
            Some(path) => path.clone(),
            None => usual_places()
                .into_iter()
                .find(|path| path.is_file())
                .ok_or_else(|| {
                    let places: Vec<String> = usual_places()
                        .iter()
                        .map(|path| path.display().to_string())
                        .collect();
                    let hint = format!(
                        "name one with --config or SCAP_CONFIG, or write {}",
                        places.join(" or ")
                    );
                    Trouble::usage("there is no configuration", hint)
                })?,
        };
        let configuration = Configuration::read(&read(&path)?).map_err(Trouble::Config)?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let folder = std::path::absolute(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &folder
        })?;
        Ok(Self {
            configuration,
            folder,
        })
    }

    /// A path of the configuration, from its folder on.
    pub(crate) fn path(&self, written: &str) -> PathBuf {
        self.folder.join(written)
    }
}

fn usual_places() -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("/etc/scap/scap.yaml")];
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| home(".config"));
    places.extend(home.map(|folder| folder.join("scap/scap.yaml")));
    places
}

fn home(folder: &str) -> Option<PathBuf> {
    std::env::var_os("HOME").map(|home| PathBuf::from(home).join(folder))
}

/// Where the runner of this host answers.
pub(crate) fn socket(global: &Global, settings: Option<&Settings>) -> Result<PathBuf, Trouble> {
    let named = settings.and_then(|it| Some(it.path(it.configuration.socket.as_ref()?)));
    match named {
        Some(socket) => Ok(socket),
        None => Ok(state_dir(global)?.join("cli.sock")),
    }
}

/// The folder where runs are kept.
pub(crate) fn state_dir(global: &Global) -> Result<PathBuf, Trouble> {
    const SHARED: &str = "/var/lib/scap";
    match &global.state_dir {
        Some(folder) => Ok(std::path::absolute(folder)?),
        None if Path::new(SHARED).is_dir() => Ok(PathBuf::from(SHARED)),
        None => own_state_dir(),
    }
}

/// The folder of the person whose process this is.
pub(crate) fn own_state_dir() -> Result<PathBuf, Trouble> {
    let found = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| home(".local/state"))
        .map(|folder| folder.join("scap"));
    let folder = found.ok_or_else(|| {
        Trouble::usage(
            "there is no folder for the state",
            "name one with --state-dir or SCAP_STATE_DIR",
        )
    })?;
    Ok(std::path::absolute(folder)?)
}

/// Reads a file that people wrote.
pub(crate) fn read(path: &Path) -> Result<Source, Trouble> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Trouble::usage(
            format!("`{name}` cannot be read: {error}"),
            "see that the file is there and may be read",
        )
    })?;
    Source::from_bytes(name, bytes).map_err(|error| Trouble::Config(vec![error]))
}

/// The checkout of a path, and the way from its top to it.
pub(crate) fn in_checkout(path: &Path) -> Result<(PathBuf, PathBuf), Trouble> {
    let real = path.canonicalize().map_err(|error| {
        Trouble::usage(
            format!("`{}` cannot be used: {error}", path.display()),
            "scap.yaml names it: `deployments_dir` or `hiera`",
        )
    })?;
    let checkout = checkout_of(&real);
    let below = checkout
        .as_ref()
        .and_then(|top| real.strip_prefix(top).ok());
    match (&checkout, below) {
        (Some(checkout), Some(below)) => Ok((checkout.clone(), below.to_owned())),
        _ => Err(Trouble::usage(
            format!("`{}` is in no git checkout", path.display()),
            "scap.yaml names it: `deployments_dir` or `hiera`",
        )),
    }
}
