//! In: people, policy, sessions; what a person asks for, and what an identity provider says of them.
//! Out: what a person may do, and a record of what they did.
//! Never: an HTTP server; engines; a clock of its own (times come from the caller).

mod audit;
mod error;
mod identity;
mod key;
mod policy;
mod provider;
mod store;

pub use audit::{
    Act, Audit, AuditDamage, AuditVerification, Checkpoint, Deed, Entry, Head, HeadError,
};
pub use ed25519_dalek::VerifyingKey;
pub use error::ControlError;
pub use identity::guard::{AddressGuard, PersonGuard, Turn};
pub use identity::passkeys::{NewPasskey, PasskeyError, Passkeys, Purpose, WaitingPasskeys};
pub use identity::{
    Account, Ban, CodeAnswer, Codes, Device, Enrolment, FactorLine, HalfSession, Identity, Limits,
    PersonLine, Proof, Session, SessionEnd, SessionId, SessionLine, SignIn, Token, WholeSession,
};
pub use policy::{Approval, Asker, Decision, Policy, Refusal, Target, Wish};
pub use provider::{Access, Begun, FetchError, Finished, Provider, ProviderError};
