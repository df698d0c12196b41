//! The groups of cases in the order in which they are played.

/// One run of the host.
pub(super) struct Phase {
    /// The folder of the function app.
    pub(super) app: &'static str,
    pub(super) steps: &'static [Step],
}

/// Cases that one script plays.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The folder of the recorded cases.
    pub(super) group: &'static str,
    pub(super) script: &'static str,
    /// A variable of the script's environment.
    pub(super) variable: Option<(&'static str, &'static str)>,
}

const fn step(group: &'static str, script: &'static str) -> Step {
    Step {
        group,
        script,
        variable: None,
    }
}

const fn told(step: Step, name: &'static str, value: &'static str) -> Step {
    Step {
        variable: Some((name, value)),
        ..step
    }
}

/// All runs of the host. Blobs come before the calls by hand, which name one of them. The exits
/// come last, because they end the handler or the host.
pub(super) const PHASES: &[Phase] = &[
    Phase {
        app: "polled",
        steps: &[
            step("blob", "blob.mjs"),
            step("answer", "answer.mjs"),
            step("queue", "queue.mjs"),
            step("kafka", "kafka.mjs"),
            step("http", "http.mjs"),
            step("other", "other.mjs"),
            told(step("process", "process.mjs"), "STEP", "hang"),
            told(step("process", "process.mjs"), "STEP", "exit0"),
        ],
    },
    Phase {
        app: "polled",
        steps: &[told(step("process", "process.mjs"), "STEP", "exit1")],
    },
    Phase {
        app: "events",
        steps: &[
            step("blob-events", "blob-events.mjs"),
            step("eventgrid", "eventgrid.mjs"),
        ],
    },
    Phase {
        app: "forward",
        steps: &[told(step("http-forward", "http.mjs"), "FORWARD", "1")],
    },
];

/// Each group once.
pub(super) fn group_names() -> Vec<&'static str> {
    let mut names: Vec<_> = PHASES
        .iter()
        .flat_map(|phase| phase.steps)
        .map(|step| step.group)
        .collect();
    // A group's steps follow each other.
    names.dedup();
    names
}
