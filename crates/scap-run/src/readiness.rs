//! How far a step is that goes on. It may be lost, and is never folded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a step is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Hosts or pods that are ready, of those that there should be.
    pub done: usize,
    pub total: usize,
    /// In words that follow "waiting for"; empty where nothing is.
    pub waiting_for: String,
    /// Those of the new version, as far as they can be seen.
    pub instances: Vec<InstanceReadiness>,
}

impl Readiness {
    /// With all that a cluster or a program may have said put in other words.
    #[must_use]
    pub fn reworded(&self, word: impl Fn(&str) -> String) -> Self {
        let mut reworded = self.clone();
        let whys = reworded.instances.iter_mut();
        let whys = whys.filter_map(|instance| instance.why.as_mut());
        for text in whys.chain([&mut reworded.waiting_for]) {
            *text = word(text);
        }
        reworded
    }
}

/// One host or pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceReadiness {
    pub name: String,
    pub state: InstanceState,
    /// Why it is no further.
    pub why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstanceState {
    /// The version from before runs there.
    Old,
    Starting,
    New,
    Failing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_left_as_it_was_said() {
        let pod = |why: Option<&str>| InstanceReadiness {
            name: "web-1".to_owned(),
            state: InstanceState::Failing,
            why: why.map(str::to_owned),
        };
        let readiness = |waiting_for: &str, whys: [Option<&str>; 2]| Readiness {
            done: 1,
            total: 2,
            waiting_for: waiting_for.to_owned(),
            instances: whys.map(pod).into(),
        };
        let said = readiness("hunter2", [Some("has hunter2"), None]);
        let told = said.reworded(|text| text.replace("hunter2", "***"));
        assert_eq!(told, readiness("***", [Some("has ***"), None]));
    }
}
