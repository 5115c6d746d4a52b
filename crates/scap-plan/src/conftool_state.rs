//! Conftool state: which datacenter is the primary one.

use crate::Datacenter;
use crate::error::{ConfigError, Source};
use crate::reader::read_file;

/// The primary datacenter; all other keys belong to other programs and are not read.
pub(crate) fn read(source: &Source) -> Result<Datacenter, Vec<ConfigError>> {
    read_file(source, "conftool state", |item| {
        item.open_fields()?
            .required("mw")
            .open_fields()?
            .required("primary_dc")
            .parsed()
    })
}
