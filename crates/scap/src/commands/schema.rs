//! `scap schema [NAME]`

use crate::context::Context;
use crate::exit_code::Exit;
use crate::report;
use crate::spiderpig::api;
use crate::trouble::Trouble;
use serde_json::Value;
use std::io::Write;

pub(crate) fn run(name: Option<&str>) -> Result<Exit, Trouble> {
    let mut schemas = scap_plan::schemas();
    schemas.push(("explanation", report::schema()));
    let schemas = schemas.into_iter();
    let mut schemas: Vec<(&str, Value)> = schemas
        .map(|(name, schema)| (name, schema.into()))
        .collect();
    schemas.push(("api", api::document()));
    let known: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
    let Some(name) = name else {
        writeln!(std::io::stdout(), "{}", known.join("\n"))?;
        return Ok(Exit::Done);
    };
    let (_, schema) = schemas
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| {
            Trouble::usage(
                format!("there is no schema `{name}`"),
                format!("schemas are {}", known.join(", ")),
            )
        })?;
    Context::print_json(schema)?;
    Ok(Exit::Done)
}
