//! `timerTrigger`.

use serde::{Deserialize, de::IgnoredAny};

use crate::{Data, InvalidInvocation, Trigger};

/// A point of a timer's schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimerInfo {
    /// Whether it comes later than the schedule says.
    pub is_past_due: bool,
    /// The ticks around this one, where the host keeps count of them.
    #[serde(default)]
    pub schedule_status: Option<ScheduleStatus>,
}

/// The ticks around one, as ISO 8601 text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleStatus {
    /// The one before.
    pub last: String,
    /// The one after.
    pub next: String,
    /// When this was noted down.
    pub last_updated: String,
}

impl Trigger for TimerInfo {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        data.json()
    }
}
