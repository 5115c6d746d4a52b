//! Output without the mask. On the deploy host it is for those whom the policy lets, by the groups of the session that they
//! have in a browser, with a code of their second factor. Without a policy it is for the owner of the files.

use super::Desk;
use crate::clock::now;
use crate::control::verb::{RawOutput, Unmask};
use crate::person;
use crate::planning;
use crate::settings;
use crate::spiderpig::target;
use crate::trouble::{Trouble, refused_code};
use scap_engines::process::{Kept, ProgramError, ProgramId};
use scap_plan::{PersonName, Plan, PolicyFile, Right, RuleName, SpiderpigConfiguration, StepId};
use scap_run::{Failure, RunId};
use spiderpig_control::{
    Act, Asker, Audit, CodeAnswer, Codes, Decision, Deed, Identity, Limits, Policy, Wish,
};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::MetadataExt;

/// Of all programs that are asked for together.
const MOST_BYTES: usize = 4 << 20;
const LEAST_BYTES_A_PROGRAM: usize = 16 << 10;

impl Desk {
    pub(super) fn unmask(&self, person: &str, ask: &Unmask) -> Result<Vec<RawOutput>, Trouble> {
        if ask.reason.trim().is_empty() {
            let hint = "say it with --reason; it stands in the audit";
            return Err(Trouble::usage("to see what is masked needs a reason", hint));
        }
        let (state, _) = self.journal.fold(ask.run)?;
        let audit = Audit::open(&self.state_dir, now())?;
        let mut deed = Deed::new(person, Act::Unmasked);
        deed.service = Some(state.plan.service.to_string());
        deed.run = Some(ask.run);
        deed.reason = Some(ask.reason.clone());
        match self.may_unmask(person, &state.plan, ask.code.as_deref()) {
            Ok(rule) => deed.rule = rule,
            Err(refusal) => {
                deed.act = refusal.act;
                deed.reason = Some(format!("unmasked: {}", refusal.trouble.in_a_line()));
                audit.record(&deed, now())?;
                return Err(refusal.trouble);
            }
        }
        // What cannot be written down is not shown.
        audit.record(&deed, now())?;
        self.raw_output(ask.run, ask.step)
    }

    /// Without asking whether anybody may see it.
    pub(crate) fn raw_output(
        &self,
        run: RunId,
        step: Option<StepId>,
    ) -> Result<Vec<RawOutput>, Trouble> {
        let kept = Kept::new(self.state_dir.join("programs"));
        let failed = |error: ProgramError| {
            let failure = Failure::failed(format!("what run {run} printed cannot be read"));
            Trouble::from(failure.caused_by(&error))
        };
        let programs = kept.programs(&run.to_string()).map_err(failed)?;
        let programs = programs.into_iter().filter_map(|id| {
            let of = step_of(&id)?;
            step.is_none_or(|step| step == of).then_some((of, id))
        });
        let programs: Vec<(StepId, ProgramId)> = programs.collect();
        let most = (MOST_BYTES / programs.len().max(1)).max(LEAST_BYTES_A_PROGRAM);
        let read = |(step, id): (StepId, ProgramId)| {
            let raw = kept.raw_lines(&id, most)?;
            Ok(RawOutput {
                step,
                label: kept.label(&id)?,
                program: id.to_string(),
                lines: raw.lines,
                left_out: raw.left_out,
            })
        };
        programs
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    fn may_unmask(
        &self,
        person: &str,
        plan: &Plan,
        code: Option<&str>,
    ) -> Result<Option<RuleName>, Refusal> {
        let settings = self.settings()?;
        let Some(configuration) = &settings.configuration.spiderpig else {
            return self.is_owner(person).map(|()| None);
        };
        let source = settings::read(&settings.path(&configuration.policy))?;
        let policy = PolicyFile::read(&source).map_err(Trouble::Config)?;
        let policy = Policy::from(policy);
        let identity =
            Identity::open(&self.state_dir, Limits::default(), now()).map_err(Trouble::from)?;
        let mut asker = asker(&identity, person, configuration)?;
        // Without a catalog all counts as production.
        let inputs = planning::inputs(&settings).ok();
        let service = inputs
            .as_ref()
            .and_then(|it| it.service(plan.service.as_str()).ok());
        let known = service
            .map(scap_plan::Service::environments)
            .unwrap_or_default();
        let wish = Wish::new(Right::Unmask, target(plan, &known));
        // Nobody types a code for what they may not do anyway.
        let decision = policy.decide(&asker, &wish);
        if matches!(decision, Decision::Refused { .. }) {
            return Err(refused(&decision));
        }
        show_factor(&identity, &mut asker, code)?;
        match policy.decide(&asker, &wish) {
            Decision::Allowed { rule, .. } => Ok(Some(rule)),
            decision => Err(refused(&decision)),
        }
    }

    /// Who may read the files themselves needs nobody's word.
    fn is_owner(&self, person: &str) -> Result<(), Refusal> {
        let folder = std::fs::metadata(&self.state_dir).map_err(Trouble::from)?;
        if person::name_of(folder.uid()) == person {
            return Ok(());
        }
        let failure = Failure::failed("nobody has the right to see what is masked")
            .hint("a policy gives it: `spiderpig: { policy: FILE }` in scap.yaml");
        Err(Trouble::from(failure).into())
    }
}

/// Why somebody is shown nothing, and what the audit calls it.
struct Refusal {
    act: Act,
    trouble: Trouble,
}

impl<T: Into<Trouble>> From<T> for Refusal {
    fn from(trouble: T) -> Self {
        Self {
            act: Act::Refused,
            trouble: trouble.into(),
        }
    }
}

/// The person with the groups of a session that goes on: only the identity provider knows them.
fn asker(
    identity: &Identity,
    person: &str,
    configuration: &SpiderpigConfiguration,
) -> Result<Asker, Refusal> {
    let name = PersonName::new(person).map_err(|error| {
        Failure::failed(format!("`{person}` can have no right")).caused_by(&error)
    })?;
    let (valid, now) = (configuration.sign_in.groups_valid.milliseconds(), now());
    identity.refuse_banned(&name, now).map_err(Trouble::from)?;
    let sessions = identity.sessions(now).map_err(Trouble::from)?;
    for line in sessions
        .iter()
        .filter(|line| line.is_whole && line.person == name)
    {
        let session = identity.still(&line.id, now).map_err(Trouble::from)?;
        let asker = session.and_then(|it| it.whole()?.asker_within(valid, now));
        if let Ok(mut asker) = asker {
            asker.shown.clear();
            return Ok(asker);
        }
    }
    Err(
        Failure::failed(format!("nobody knows which groups `{person}` is in now"))
            .hint(format!(
                "sign in at {} first: your groups are known from there",
                configuration.url
            ))
            .into(),
    )
}

fn show_factor(identity: &Identity, asker: &mut Asker, code: Option<&str>) -> Result<(), Refusal> {
    let Some(typed) = code.filter(|typed| !typed.trim_ascii().is_empty()) else {
        let failure = Failure::failed("to see what is masked needs your second factor");
        return Err(failure.hint("type its code at a terminal").into());
    };
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let tried = identity.try_code((&asker.name, here), Codes::typed(typed), now());
    match tried.map_err(Trouble::from)? {
        CodeAnswer::Right(proof) => {
            asker.shown.insert(proof.factor(), 0);
            Ok(())
        }
        answer => {
            let mut refusal = Refusal::from(refused_code(&answer));
            refusal.act = Act::FactorRefused;
            Err(refusal)
        }
    }
}

fn refused(decision: &Decision) -> Refusal {
    Failure::failed(decision.to_string())
        .hint("ask somebody of a group that may")
        .into()
}

/// `41/3-act-1` is a program of the fourth step.
fn step_of(id: &ProgramId) -> Option<StepId> {
    let name = id.as_ref().file_name()?.to_str()?;
    let (step, _) = name.split_once('-')?;
    step.parse().ok().map(StepId)
}
