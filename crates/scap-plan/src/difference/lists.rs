//! What tells the elements of a list apart, so that an element stays the same wherever it stands.

use serde_json::Value;

/// The elements with their keys; none unless each element has one of its own.
pub(super) fn keyed<'a>(list: &str, elements: &'a [Value]) -> Option<Vec<(String, &'a Value)>> {
    let mut found: Vec<(String, &Value)> = Vec::with_capacity(elements.len());
    for element in elements {
        let key = key(list, element)?;
        if found.iter().any(|(known, _)| *known == key) {
            return None;
        }
        found.push((key, element));
    }
    Some(found)
}

fn key(list: &str, element: &Value) -> Option<String> {
    let of = |field: &str| match element.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match list {
        "volumeMounts" => of("mountPath"),
        "volumeDevices" => of("devicePath"),
        "hostAliases" => of("ip"),
        "ports" => {
            let port = of("containerPort").or_else(|| of("port"))?;
            let protocol = of("protocol").unwrap_or_else(|| "TCP".to_owned());
            Some(format!("{port}/{protocol}"))
        }
        "topologySpreadConstraints" => Some(format!(
            "{}/{}",
            of("topologyKey")?,
            of("whenUnsatisfiable")?
        )),
        "subjects" => Some(format!("{}/{}", of("kind")?, of("name")?)),
        "volumeClaimTemplates" => {
            let name = element.get("metadata")?.get("name")?.as_str()?;
            Some(name.to_owned())
        }
        _ => of("name"),
    }
}
