//! Whom and what the orchestrator knows by name: the label values of its metrics.

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(crate) enum $name {
            $(#[serde(rename = $text)] $variant),*
        }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),*
                }
            }

            /// Any of them.
            pub(crate) fn any(rng: &mut fastrand::Rng) -> Self {
                Self::ALL[rng.usize(..Self::ALL.len())]
            }
        }
    };
}

names!(
    /// Works on tasks.
    Agent {
        Planner = "planner",
        Researcher = "researcher",
        Coder = "coder",
        Reviewer = "reviewer",
    }
);

names!(
    /// Answers an agent's calls, for money.
    Model {
        Gpt4oMini = "gpt-4o-mini",
        ClaudeSonnet = "claude-sonnet",
    }
);

names!(
    /// What an agent may be allowed to use.
    Skill {
        WebSearch = "web_search",
        Shell = "shell",
        FileWrite = "file_write",
        SendMail = "send_mail",
    }
);

names!(
    /// What the audit log records.
    Violation {
        UnauthorizedAccess = "unauthorized_access",
        RateLimit = "rate_limit",
        DataLeak = "data_leak",
        Policy = "policy",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_specs() {
        let specs = include_str!("../../../specs/labels.yaml");
        let agents: Vec<_> = Agent::ALL.iter().map(|one| one.name()).collect();
        let models: Vec<_> = Model::ALL.iter().map(|one| one.name()).collect();
        let skills: Vec<_> = Skill::ALL.iter().map(|one| one.name()).collect();
        let violations: Vec<_> = Violation::ALL.iter().map(|one| one.name()).collect();
        for names in [agents, models, skills, violations] {
            let line = format!("values: [{}]", names.join(", "));
            assert!(specs.contains(&line), "the specs have no `{line}`");
        }
    }

    #[test]
    fn names_are_written_as_they_are_read() {
        for agent in Agent::ALL {
            let json = serde_json::to_string(agent).unwrap();
            assert_eq!(json, format!("{:?}", agent.name()));
            assert_eq!(serde_json::from_str::<Agent>(&json).unwrap(), *agent);
        }
    }
}
