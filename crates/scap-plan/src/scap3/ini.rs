//! INI text as sections of keys that know their line and column.

use crate::error::quoted;
use crate::error::{ConfigError, Place, Source};

/// `[name]` and the keys below it.
pub(super) struct Section<'a> {
    pub(super) name: &'a str,
    pub(super) settings: Vec<Setting<'a>>,
}

/// `key: value` or `key = value`.
#[derive(Clone)]
pub(super) struct Setting<'a> {
    /// In lower case: keys differ in more than that.
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) value: &'a str,
    pub(super) value_place: Place,
}

/// No scap.cfg is a tenth of this.
const LARGEST: usize = 64 * 1024;

/// Reads all sections, or says everything that is wrong with them.
pub(super) fn parse(source: &Source) -> Result<Vec<Section<'_>>, Vec<ConfigError>> {
    if source.text.len() > LARGEST {
        let message = format!("scap.cfg must not be larger than {LARGEST} bytes");
        return Err(vec![Place::START.error(&source.file, message)]);
    }
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut errors = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        if let Err((column, message)) = take(line, index + 1, &mut sections) {
            errors.push(
                Place {
                    line: index + 1,
                    column,
                }
                .error(&source.file, message),
            );
        }
    }
    if sections.is_empty() && errors.is_empty() {
        errors.push(Place::START.error(
            &source.file,
            "scap.cfg must have a [global] section, but is empty",
        ));
    }
    if errors.is_empty() {
        Ok(sections)
    } else {
        Err(errors)
    }
}

/// A column, from 1, and what is wrong there.
type Refusal = (usize, String);

fn take<'a>(line: &'a str, number: usize, sections: &mut Vec<Section<'a>>) -> Result<(), Refusal> {
    let text = line.trim();
    if text.is_empty() || text.starts_with(['#', ';']) {
        return Ok(());
    }
    if line.starts_with([' ', '\t']) {
        return Err((
            1,
            "a value of scap.cfg must not go on over several lines".to_owned(),
        ));
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\t') {
        return Err((
            1,
            format!("a line of scap.cfg must not contain {control:?}"),
        ));
    }
    if let Some(rest) = text.strip_prefix('[') {
        return begin_section(rest, sections);
    }
    let setting = setting(text, number)?;
    let section = sections.last_mut().ok_or((
        1,
        format!(
            "{} of scap.cfg must stand in a section such as [global]",
            setting.key
        ),
    ))?;
    if let Some(first) = section
        .settings
        .iter()
        .find(|known| known.key == setting.key)
    {
        let line = first.key_place.line;
        let (name, key) = (section.name, setting.key);
        return Err((
            1,
            format!(
                "section {name} of scap.cfg contains duplicate entries: '{key}' is at line {line} already"
            ),
        ));
    }
    section.settings.push(setting);
    Ok(())
}

fn begin_section<'a>(rest: &'a str, sections: &mut Vec<Section<'a>>) -> Result<(), Refusal> {
    let name = rest.strip_suffix(']').unwrap_or(rest);
    let is_known = sections.iter().any(|section| section.name == name);
    // A refused section is begun all the same, so that its keys are not refused as well.
    sections.push(Section {
        name,
        settings: Vec::new(),
    });
    if !rest.ends_with(']') {
        return Err((
            1,
            format!("section {} of scap.cfg must end with `]`", quoted(name)),
        ));
    }
    if is_known {
        return Err((
            1,
            format!(
                "scap.cfg contains duplicate entries: section {}",
                quoted(name)
            ),
        ));
    }
    Ok(())
}

fn setting(line: &str, number: usize) -> Result<Setting<'_>, Refusal> {
    let expected = || {
        (
            1,
            format!(
                "a line of scap.cfg must be `key: value`, not {}",
                quoted(line)
            ),
        )
    };
    let end = line.find([':', '=']).ok_or_else(expected)?;
    let key = line[..end].trim_end();
    if key.is_empty() {
        return Err(expected());
    }
    let rest = &line[end + 1..];
    let value = rest.trim_start();
    let column = line[..line.len() - value.len()].chars().count() + 1;
    Ok(Setting {
        key: key.to_lowercase(),
        key_place: Place {
            line: number,
            column: 1,
        },
        value,
        value_place: Place {
            line: number,
            column,
        },
    })
}
