//! What a policy can give and take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One kind of thing that people do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Look at a service, its runs and their output, masked.
    See,
    Deploy,
    Rollback,
    /// Answer the questions of runs.
    Answer,
    Abort,
    /// Lock a service by hand, and give the lock back.
    Lock,
    /// See output without the mask.
    Unmask,
    /// Go on without the second person that a rule demands, and say why.
    BreakGlass,
    /// Reorder the queue, and take what others asked for out of it.
    EditQueue,
    Freeze,
    Thaw,
    /// Ban people, and lift bans.
    Ban,
    /// End the sessions of others.
    LogOut,
    /// Read the audit.
    Audit,
    /// All other care for the whole: sessions and factors of others, locks of others, bars.
    Administer,
}

impl Right {
    /// Those that concern one service at a time.
    pub const OF_SERVICES: [Self; 8] = [
        Self::See,
        Self::Deploy,
        Self::Rollback,
        Self::Answer,
        Self::Abort,
        Self::Lock,
        Self::Unmask,
        Self::BreakGlass,
    ];

    /// Those that concern everything at once.
    pub const OF_EVERYTHING: [Self; 7] = [
        Self::EditQueue,
        Self::Freeze,
        Self::Thaw,
        Self::Ban,
        Self::LogOut,
        Self::Audit,
        Self::Administer,
    ];

    pub fn all() -> impl Iterator<Item = Self> {
        Self::OF_SERVICES.into_iter().chain(Self::OF_EVERYTHING)
    }

    pub fn is_of_services(self) -> bool {
        Self::OF_SERVICES.contains(&self)
    }

    /// As the file has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Answer => "answer",
            Self::Abort => "abort",
            Self::Lock => "lock",
            Self::Unmask => "unmask",
            Self::BreakGlass => "break_glass",
            Self::EditQueue => "edit_queue",
            Self::Freeze => "freeze",
            Self::Thaw => "thaw",
            Self::Ban => "ban",
            Self::LogOut => "log_out",
            Self::Audit => "audit",
            Self::Administer => "administer",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::all().find(|right| right.word() == word)
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::Right;

    #[test]
    fn files_and_json_have_one_word_for_each_right() {
        for right in Right::all() {
            assert_eq!(serde_json::to_value(right).unwrap(), right.word());
            assert_eq!(Right::of_word(right.word()), Some(right));
        }
    }
}
