//! `timerTrigger`.

use serde::{Deserialize, de::IgnoredAny};

use crate::{Data, InvalidInvocation, Trigger};

/// A tick of a timer's schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimerInfo {
    /// Whether it is later than scheduled.
    pub is_past_due: bool,
    /// The neighbouring ticks, if the host tracks them.
    #[serde(default)]
    pub schedule_status: Option<ScheduleStatus>,
}

/// The neighbours of a tick, as ISO 8601 text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleStatus {
    /// The previous tick.
    pub last: String,
    /// The next tick.
    pub next: String,
    /// When this status was saved.
    pub last_updated: String,
}

impl Trigger for TimerInfo {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        data.json()
    }
}
