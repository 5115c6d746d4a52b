//! Programs that look at a host where it is: commands of its NRPE configuration, and scripts of what is deployed.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use scap_plan::{HostGroupStep, HostName, NrpeCommand, Source};

use super::site::{Site, below};
use super::switch::environment;
use super::{Fleet, HostError};
use crate::process::Program;
use crate::search_path::find_program;

/// Files of people are a thousandth of it.
const LARGEST_FILE_BYTES: u64 = 1 << 20;
/// Where a repository has its scripts.
const SCRIPTS: &str = "scap/scripts";

/// A host of a group.
pub(crate) struct OnHost<'a> {
    group: &'a HostGroupStep,
    site: Site,
}

impl Fleet {
    pub(crate) fn reach<'a>(
        &self,
        group: &'a HostGroupStep,
        host: &HostName,
    ) -> Result<OnHost<'a>, HostError> {
        let site = Site::new(self.host(host)?, &group.deploy_directory)?;
        Ok(OnHost { group, site })
    }
}

impl OnHost<'_> {
    /// What NRPE runs there as `command`.
    pub(crate) fn nrpe(&self, command: &str) -> Result<Program, HostError> {
        let directory = self.group.nrpe_directory.as_deref();
        let directory = directory.unwrap_or(HostGroupStep::NRPE_DIRECTORY);
        let files = self.configuration(directory)?;
        let NrpeCommand { words } = NrpeCommand::find(command, &files)?;
        let (first, arguments) = words.split_first().expect("a command has words");
        self.program(&self.executable(first)?, arguments)
    }

    /// A script of the deployed revision.
    pub(crate) fn script(&self, script: &str) -> Result<Program, HostError> {
        let scripts = self.site.link.join(SCRIPTS);
        let path = find_program(&format!("./{script}"), &scripts)?;
        self.program(&path, &[])
    }

    fn program(&self, executable: &Path, arguments: &[String]) -> Result<Program, HostError> {
        let revision = self.site.deployed()?;
        Ok(Program {
            arguments: arguments.to_vec(),
            environment: environment(&self.site, revision.as_deref()),
            directory: self.site.host.root.clone(),
            output_limit_bytes: LARGEST_FILE_BYTES,
            ..Program::new("test on the host", executable)
        })
    }

    /// The host's own program, else this machine's.
    fn executable(&self, name: &str) -> Result<PathBuf, HostError> {
        let root = &self.site.host.root;
        let own = name.strip_prefix('/').map(|path| format!("./{path}"));
        if let Some(own) = own.and_then(|path| find_program(&path, root).ok()) {
            return Ok(own);
        }
        Ok(find_program(name, root)?)
    }

    /// The files of a directory whose names end in `.cfg`, as the host names them.
    fn configuration(&self, directory: &str) -> Result<Vec<Source>, HostError> {
        let folder = below(&self.site.host.root, directory)?;
        let failed = || HostError::file("read", &folder);
        let entries = fs::read_dir(&folder).map_err(failed())?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(failed())?;
        paths.retain(|path| path.extension().is_some_and(|end| end == "cfg") && path.is_file());
        paths.sort();
        let read = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let mut bytes = Vec::new();
            let file = fs::File::open(path).map_err(HostError::file("open", path))?;
            let mut file = file.take(LARGEST_FILE_BYTES);
            file.read_to_end(&mut bytes)
                .map_err(HostError::file("read", path))?;
            let text = String::from_utf8_lossy(&bytes);
            Ok(Source::new(format!("{directory}/{name}"), text))
        };
        paths.iter().map(read).collect()
    }
}
