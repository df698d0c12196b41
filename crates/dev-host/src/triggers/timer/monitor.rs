//! The state of a timer in storage: when it fired, and when it will fire next.

use azure_core::http::StatusCode;
use azure_storage_blob::{BlobClient, BlobContainerClient};
use bytes::{Bytes, BytesMut};
use connections::StorageConnection;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::schedule::Schedule;
use crate::outputs::create_container;

const CONTAINER: &str = "azure-webjobs-hosts";
/// .NET's minimum date, which means none, in seconds.
const NEVER: i64 = -62_135_596_800;

/// `ScheduleStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) last: Timestamp,
    pub(super) next: Timestamp,
    /// The time from which `next` was computed.
    pub(super) last_updated: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    last: String,
    next: String,
    last_updated: String,
}

impl Status {
    /// The status of a timer that has never fired.
    pub(super) fn initial(schedule: &Schedule, now: Timestamp) -> Self {
        Self {
            last: never(),
            next: schedule.next_after(now),
            last_updated: never(),
        }
    }

    pub(super) fn to_json(self) -> Value {
        serde_json::json!({
            "Last": date(self.last),
            "Next": date(self.next),
            "LastUpdated": date(self.last_updated),
        })
    }

    fn read(json: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(json).ok()?;
        Some(Self {
            last: written.last.parse().ok()?,
            next: written.next.parse().ok()?,
            last_updated: written.last_updated.parse().ok()?,
        })
    }

    /// The right value of `next`, and the time from which it is computed.
    fn expected(&self, schedule: &Schedule, now: Timestamp) -> (Timestamp, Timestamp) {
        let known = [self.last, self.last_updated];
        let from = known.into_iter().find(|time| *time != never());
        let from = from.unwrap_or(now);
        (schedule.next_after(from), from)
    }

    /// The same under a schedule that may have changed since. Occurrences that another schedule
    /// missed are not made up for.
    fn under(mut self, schedule: &Schedule, now: Timestamp) -> Self {
        let (next, from) = self.expected(schedule, now);
        if next != self.next {
            let (next, from) = if now > next {
                (schedule.next_after(now), now)
            } else {
                (next, from)
            };
            self = Self {
                last: never(),
                next,
                last_updated: from,
            };
        }
        self
    }
}

fn never() -> Timestamp {
    Timestamp::from_second(NEVER).unwrap_or(Timestamp::MIN)
}

/// A local `DateTime` as .NET writes it, in ticks of 100 ns, on a machine whose zone is UTC.
pub(super) fn date(time: Timestamp) -> String {
    let nanosecond = time.subsec_nanosecond();
    let ticks = time
        .checked_sub(jiff::SignedDuration::from_nanos((nanosecond % 100).into()))
        .unwrap_or(time);
    ticks.strftime("%Y-%m-%dT%H:%M:%S%.f+00:00").to_string()
}

/// The state of one timer in storage: `timers/{host id}/Host.Functions.{Name}/status`.
pub(super) struct Monitor {
    container: BlobContainerClient,
    blob: BlobClient,
}

impl Monitor {
    pub(super) fn new(
        account: &StorageConnection,
        host_id: &str,
        function: &str,
    ) -> Result<Self, String> {
        let blobs = account.blobs().map_err(|error| error.to_string())?;
        let container = blobs.blob_container_client(CONTAINER);
        let name = format!("timers/{host_id}/Host.Functions.{function}/status");
        Ok(Self {
            blob: container.blob_client(&name),
            container,
        })
    }

    /// The state at the start of a host. For a new timer it is written, so that its first
    /// occurrence cannot be missed either; then there is no state to continue with.
    pub(super) async fn look(
        &self,
        schedule: &Schedule,
        now: Timestamp,
    ) -> azure_core::Result<Option<Status>> {
        let Some(recorded) = self.read().await? else {
            let first = Status {
                last_updated: now,
                ..Status::initial(schedule, now)
            };
            self.write(&first).await?;
            return Ok(None);
        };
        let status = recorded.under(schedule, now);
        if status != recorded {
            self.write(&status).await?;
        }
        Ok(Some(status))
    }

    /// Reads the state. A missing or invalid one counts as none.
    pub(super) async fn read(&self) -> azure_core::Result<Option<Status>> {
        match self.blob.download(None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(None),
            Err(error) => Err(error),
            Ok(download) => {
                let json: BytesMut = download.body.try_collect().await?;
                Ok(Status::read(&json))
            }
        }
    }

    pub(super) async fn write(&self, status: &Status) -> azure_core::Result<()> {
        let json = Bytes::from(status.to_json().to_string());
        let upload = || self.blob.upload(json.clone().into(), None);
        match upload().await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                create_container(&self.container).await?;
                upload().await.map(drop)
            }
            other => other.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hourly() -> Schedule {
        Schedule::parse("0 0 * * * *").unwrap()
    }

    #[test]
    fn a_state_is_written_as_by_dot_net_and_read_again() {
        let status = Status {
            last: at("2026-11-27T16:18:17.738483599Z"),
            next: at("2027-01-01T00:00:00Z"),
            last_updated: never(),
        };
        let json = json!({
            "Last": "2026-11-27T16:18:17.7384835+00:00",
            "Next": "2027-01-01T00:00:00+00:00",
            "LastUpdated": "0001-01-01T00:00:00+00:00",
        });
        assert_eq!(status.to_json(), json);
        let read = Status::read(json.to_string().as_bytes()).unwrap();
        assert_eq!((read.next, read.last_updated), (status.next, never()));
        assert_eq!(Status::read(b"{}"), None);
    }

    #[test]
    fn what_was_missed_stays_due() {
        let status = Status {
            last: at("2026-11-27T10:00:00Z"),
            next: at("2026-11-27T11:00:00Z"),
            last_updated: at("2026-11-27T10:00:00Z"),
        };
        let now = at("2026-11-27T12:30:00Z");
        assert_eq!(status.under(&hourly(), now), status);
    }

    #[test]
    fn another_schedule_has_missed_nothing() {
        let status = Status {
            last: at("2026-11-27T10:00:00Z"),
            next: at("2026-11-27T10:05:00Z"),
            last_updated: at("2026-11-27T10:00:00Z"),
        };
        let now = at("2026-11-27T12:30:00Z");
        let changed = status.under(&hourly(), now);
        assert_eq!(changed.next, at("2026-11-27T13:00:00Z"));
        assert_eq!((changed.last, changed.last_updated), (never(), now));
    }
}
