//! `scap spiderpig user list|enrol|remove-factor|forget-account|ban|unban|log-out`

use crate::ask;
use crate::cli::UserCommand;
use crate::clock::now;
use crate::context::Context;
use crate::control::ISSUER;
use crate::control::verb::{BeginEnrolment, BegunEnrolment, ConfirmEnrolment, ConfirmPasskey};
use crate::exit_code::Exit;
use crate::person;
use crate::settings;
use crate::trouble::Trouble;
use crate::view;
use scap_plan::{Period, PersonName};
use scap_run::{Failure, UnixMillis};
use serde_json::json;
use spiderpig_control::{
    Act, Audit, Ban, ControlError, Deed, Enrolment, Identity, Limits, SessionId,
};

/// The files of the state folder, as their owner.
struct Files {
    identity: Identity,
    audit: Audit,
    now: UnixMillis,
}

pub(crate) async fn run(context: &Context, command: UserCommand) -> Result<Exit, Trouble> {
    match command {
        UserCommand::Enrol {
            passkey: Some(number),
            person,
        } => return keep_passkey(context, number, person).await,
        UserCommand::Enrol { person: None, .. } => return enrol(context).await,
        _ => {}
    }
    let files = Files::open(context)?;
    match command {
        UserCommand::List => files.list(context),
        UserCommand::Enrol { person, .. } => {
            files.enrol(context, &named(&person.unwrap_or_default())?)
        }
        UserCommand::RemoveFactor { person, factor } => {
            files.remove_factor(&named(&person)?, factor)
        }
        UserCommand::ForgetAccount { person } => files.forget_account(&named(&person)?),
        UserCommand::Ban {
            person,
            reason,
            period,
        } => files.ban(&named(&person)?, reason, period),
        UserCommand::Unban { person } => files.unban(&named(&person)?),
        UserCommand::LogOut {
            session: Some(session),
            ..
        } => files.log_out(&SessionId::of_text(session)),
        UserCommand::LogOut { person, .. } => files.log_out_all(context, person),
    }
}

/// The person is who runs this: whoever has only their password cannot plant a factor.
async fn enrol(context: &Context) -> Result<Exit, Trouble> {
    if !ask::is_possible(context) {
        return Err(Trouble::usage(
            "a second factor is made by a person at a terminal",
            "run it without `--format json`, and with nothing redirected",
        ));
    }
    let begun = context.ask(BeginEnrolment {}).await?;
    context.print(&view::people::enrolment(&begun, Context::width()))?;
    let code = ask::line("The code that the app shows now: ")?;
    if context.ask(ConfirmEnrolment { code }).await? {
        return Ok(Exit::Done);
    }
    Err(not_enrolled())
}

/// A passkey that somebody made on the page in this person's name counts only after this.
async fn keep_passkey(
    context: &Context,
    given: String,
    person: Option<String>,
) -> Result<Exit, Trouble> {
    let typed = match given.as_str() {
        "" if ask::is_possible(context) => ask::line("The number that the page shows: ")?,
        "" => {
            return Err(Trouble::usage(
                "the number that the page shows is missing",
                "`--passkey NUMBER`",
            ));
        }
        _ => given,
    };
    let number = typed.trim().to_owned();
    let name = context.ask(ConfirmPasskey { number, person }).await?;
    context.show(&json!({ "passkey": name }), |width| {
        view::people::kept(&name, width)
    })?;
    Ok(Exit::Done)
}

fn not_enrolled() -> Trouble {
    let failure = Failure::failed("the code is not right, or you have such a factor already");
    failure
        .hint("look whether the clocks of the phone and of this host agree, then begin again")
        .hint("`scap spiderpig user list` shows your factors to those who look after this host")
        .into()
}

fn named(person: &str) -> Result<PersonName, Trouble> {
    PersonName::new(person).map_err(|error| {
        Trouble::usage(
            format!("a person's name {error}"),
            "`scap spiderpig user list` lists people",
        )
    })
}

impl Files {
    fn open(context: &Context) -> Result<Self, Trouble> {
        let (folder, now) = (settings::state_dir(&context.global)?, now());
        let files = Self {
            identity: Identity::open(&folder, Limits::default(), now)?,
            audit: Audit::open(&folder, now)?,
            now,
        };
        if files.identity.was_put_back() {
            files.record(&Deed::new("scap", Act::IdentityPutBack))?;
        }
        Ok(files)
    }

    fn record(&self, deed: &Deed) -> Result<(), ControlError> {
        self.audit.record(deed, self.now).map(drop)
    }

    /// Recorded before it is done: what cannot be recorded is not done.
    fn intend(
        &self,
        act: Act,
        to: Option<&PersonName>,
        reason: Option<String>,
    ) -> Result<(), Trouble> {
        let deed = Deed {
            to: to.map(ToString::to_string),
            reason,
            ..Deed::new(person::name(), act)
        };
        Ok(self.record(&deed)?)
    }

    fn list(&self, context: &Context) -> Result<Exit, Trouble> {
        let (people, sessions) = (
            self.identity.people(self.now)?,
            self.identity.sessions(self.now)?,
        );
        context.show(
            &json!({ "people": people, "sessions": sessions }),
            |width| view::people::page(&people, &sessions, self.now, width),
        )?;
        Ok(Exit::Done)
    }

    /// Shows the factor to who runs this, and takes a code of it from the terminal or from standard input.
    fn enrol(&self, context: &Context, person: &PersonName) -> Result<Exit, Trouble> {
        let enrolment = Enrolment::begin(person.clone())?;
        let begun = BegunEnrolment {
            uri: enrolment.uri(ISSUER).to_string(),
            secret: enrolment.secret().to_string(),
        };
        let code = if ask::is_possible(context) {
            context.print(&view::people::enrolment(&begun, Context::width()))?;
            ask::line("The code that the app shows now: ")?
        } else {
            Context::print_json_line(&begun)?;
            let mut code = String::new();
            std::io::stdin().read_line(&mut code)?;
            code.trim().to_owned()
        };
        if !self.identity.confirm(&enrolment, &code, now())? {
            return Err(not_enrolled());
        }
        self.intend(Act::FactorEnrolled, Some(person), None)?;
        Ok(Exit::Done)
    }

    fn remove_factor(&self, person: &PersonName, factor: i64) -> Result<Exit, Trouble> {
        self.intend(
            Act::FactorRemoved,
            Some(person),
            Some(format!("factor {factor}")),
        )?;
        if self.identity.remove_factor(person, factor)? {
            self.identity.log_out_person(person)?;
            return Ok(Exit::Done);
        }
        let failure = Failure::failed(format!("`{person}` has no factor {factor}"));
        Err(failure.hint("`scap spiderpig user list` lists them").into())
    }

    fn forget_account(&self, person: &PersonName) -> Result<Exit, Trouble> {
        self.intend(Act::AccountForgotten, Some(person), None)?;
        if self.identity.forget_account(person)? {
            return Ok(Exit::Done);
        }
        let failure = Failure::failed(format!("`{person}` is the name of no account yet"));
        Err(failure
            .hint("whoever signs in by it first has it from then on")
            .into())
    }

    fn ban(
        &self,
        to: &PersonName,
        reason: String,
        period: Option<String>,
    ) -> Result<Exit, Trouble> {
        let period = period.map(Period::try_from).transpose().map_err(|error| {
            let hint = "without it the ban lasts until `scap spiderpig user unban`";
            Trouble::usage(format!("`--for` {error}"), hint)
        })?;
        self.intend(Act::Banned, Some(to), Some(reason.clone()))?;
        let ban = Ban {
            by: person::name(),
            reason,
            since: self.now,
            until: period.map(|period| self.now.after(period.milliseconds())),
        };
        self.identity.ban(to, &ban)?;
        Ok(Exit::Done)
    }

    fn unban(&self, person: &PersonName) -> Result<Exit, Trouble> {
        self.intend(Act::Unbanned, Some(person), None)?;
        if self.identity.unban(person, self.now)? {
            return Ok(Exit::Done);
        }
        Err(Failure::failed(format!("`{person}` is not banned")).into())
    }

    fn log_out(&self, session: &SessionId) -> Result<Exit, Trouble> {
        self.intend(Act::LoggedOut, None, Some(format!("session {session}")))?;
        if self.identity.log_out(session)? {
            return Ok(Exit::Done);
        }
        let failure = Failure::failed(format!("there is no session `{session}`"));
        Err(failure.hint("`scap spiderpig user list` lists them").into())
    }

    fn log_out_all(&self, context: &Context, person: Option<String>) -> Result<Exit, Trouble> {
        let person = person.map(|person| named(&person)).transpose()?;
        let whose = person.is_none().then(|| "everyone".to_owned());
        self.intend(Act::LoggedOut, person.as_ref(), whose)?;
        let ended = match &person {
            Some(person) => self.identity.log_out_person(person)?,
            None => self.identity.log_out_everyone()?,
        };
        context.show(&json!({ "ended": ended }), |width| {
            view::people::ended(ended, width)
        })?;
        Ok(Exit::Done)
    }
}
