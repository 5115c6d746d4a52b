//! Everything that a person sees of a run in a terminal: from data to lines and frames. No clock; the time is given.

pub(crate) mod against;
pub(crate) mod audit;
pub(crate) mod bump;
pub(crate) mod catalog;
mod chart;
pub(crate) mod check;
pub(crate) mod difference;
pub(crate) mod explain;
pub(crate) mod failure;
pub(crate) mod findings;
pub(crate) mod first_file;
pub(crate) mod history;
#[cfg(test)]
mod hostile;
pub(crate) mod journal;
pub(crate) mod junit;
mod links;
pub(crate) mod live;
pub(crate) mod locks;
pub(crate) mod mark;
mod mending;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod plain;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod progress;
pub(crate) mod question;
pub(crate) mod replay;
pub(crate) mod runs;
mod sides;
pub(crate) mod smoke;
pub(crate) mod status;
#[cfg(test)]
pub(crate) mod stories;
mod style;
pub(crate) mod summary;
mod table;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod unmasked;
mod waves;
pub(crate) mod words;
