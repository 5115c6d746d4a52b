//! `scap spiderpig policy test FILE`

use crate::cli::PolicyTestArguments;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::settings;
use crate::trouble::Trouble;
use crate::view::policy::{self as view, Tried};
use crate::{planning, view::page::Page};
use scap_plan::{
    EnvironmentName, EnvironmentPlace, EnvironmentType, GroupName, Inputs, NameError, PersonName,
    PolicyCase, PolicyFile, Right, Service, ServiceName, policy_cases,
};
use serde_json::json;
use spiderpig_control::{Asker, Decision, Policy, Target, Wish};

pub(crate) fn test(context: &Context, arguments: &PolicyTestArguments) -> Result<Exit, Trouble> {
    let file = PolicyFile::read(&settings::read(&arguments.file)?).map_err(Trouble::Config)?;
    // Without a catalog the policy is still the policy; only what its patterns match is not known.
    let inputs = context
        .settings()
        .and_then(|settings| planning::inputs(&settings))
        .ok();
    let warnings = file.warnings(inputs.as_ref());
    let policy = Policy::from(file);
    let tried = match (&arguments.cases, &arguments.verb) {
        (Some(cases), _) => {
            let cases = policy_cases(&settings::read(cases)?).map_err(Trouble::Config)?;
            cases
                .iter()
                .map(|case| tried(&policy, inputs.as_ref(), case))
                .collect()
        }
        (None, Some(verb)) => {
            let decision = one(&policy, inputs.as_ref(), (arguments, verb))?;
            context.show(
                &json!({ "decision": decision, "warnings": view::told(&warnings) }),
                |width| view::decided(&decision, &warnings, width),
            )?;
            return Ok(Exit::Done);
        }
        (None, None) => Vec::new(),
    };
    let failed = tried.iter().filter(|tried| !tried.is_right()).count();
    let data = json!({ "cases": tried, "failed": failed, "warnings": view::told(&warnings) });
    context.show(&data, |width| -> Page {
        view::page(&tried, &warnings, width)
    })?;
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Refused
    })
}

fn tried(policy: &Policy, inputs: Option<&Inputs>, case: &PolicyCase) -> Tried {
    let wanted = (case.service.as_ref(), case.environment.as_ref());
    let target = target(inputs, wanted, case.environment_type);
    let asker = Asker::new(case.person.clone(), case.groups.clone());
    let decision = policy.decide(&asker, &Wish::new(case.right, target));
    Tried::new(case, decision)
}

fn one(
    policy: &Policy,
    inputs: Option<&Inputs>,
    (arguments, verb): (&PolicyTestArguments, &str),
) -> Result<Decision, Trouble> {
    let right = Right::of_word(verb).ok_or_else(|| {
        let known: Vec<&str> = Right::all().map(Right::word).collect();
        Trouble::usage(
            format!("there is no verb `{verb}`"),
            format!("verbs are {}", known.join(", ")),
        )
    })?;
    if right.is_of_services() != arguments.service.is_some() {
        let (message, hint) = if right.is_of_services() {
            (
                format!("`{verb}` concerns one service"),
                "name it with --service",
            )
        } else {
            (
                format!("`{verb}` concerns everything"),
                "leave --service out",
            )
        };
        return Err(Trouble::usage(message, hint));
    }
    let person = arguments.person.clone().unwrap_or_default();
    let person = PersonName::new(person).map_err(|error| bad("--person", &error))?;
    let groups = arguments
        .groups
        .iter()
        .map(|group| GroupName::new(group.as_str()));
    let groups = groups
        .collect::<Result<_, _>>()
        .map_err(|error| bad("--groups", &error))?;
    let service = arguments
        .service
        .as_deref()
        .map(ServiceName::new)
        .transpose();
    let service = service.map_err(|error| bad("--service", &error))?;
    let environment = arguments
        .environment
        .as_deref()
        .map(EnvironmentName::new)
        .transpose();
    let environment = environment.map_err(|error| bad("--environment", &error))?;
    let environment_type = match arguments.environment_type.as_deref() {
        None => None,
        Some("staging") => Some(EnvironmentType::Staging),
        Some("production") => Some(EnvironmentType::Production),
        Some(other) => {
            let message = format!("there is no environment type `{other}`");
            return Err(Trouble::usage(message, "types are staging, production"));
        }
    };
    let target = target(
        inputs,
        (service.as_ref(), environment.as_ref()),
        environment_type,
    );
    Ok(policy.decide(&Asker::new(person, groups), &Wish::new(right, target)))
}

fn bad(option: &str, error: &NameError) -> Trouble {
    Trouble::usage(
        format!("`{option}` {error}"),
        "names have letters, digits and `-_.`",
    )
}

/// As the catalog has it; what it does not have counts as production, unless somebody says otherwise.
fn target(
    inputs: Option<&Inputs>,
    (service, environment): (Option<&ServiceName>, Option<&EnvironmentName>),
    environment_type: Option<EnvironmentType>,
) -> Target {
    let Some(name) = service.cloned() else {
        return Target::Everything;
    };
    let known = inputs.and_then(|inputs| inputs.service(name.as_str()).ok());
    let mut environments = known.map(Service::environments).unwrap_or_default();
    if let Some(wanted) = environment {
        environments.retain(|place| place.names.contains(wanted));
        if environments.is_empty() {
            environments.push(EnvironmentPlace {
                names: vec![wanted.clone()],
                environment_type: environment_type.unwrap_or(EnvironmentType::Production),
            });
        }
    }
    Target::Service { name, environments }
}
