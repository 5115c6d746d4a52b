//! The rules of this house that a machine can check; each test is one rule, its failure lists the places and what to do.

mod architecture;
mod checkout;
mod dependencies;
mod errors;
mod files;
mod glossary;
mod modules;
mod names;
mod rust;
mod scripts;
mod security;
mod words;
