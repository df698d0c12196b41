//! The timer trigger: a function that is called by the clock, in UTC.
//!
//! If a schedule is so rare that a host may miss an occurrence while it is down, its state is kept
//! in storage, and a missed occurrence is made up for once, at the next start.

mod cron;
mod monitor;
mod schedule;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Runtime, required, retries, storage, system};
use crate::{
    expressions::BindingData,
    invocation::RunnableFunction,
    log::root_cause,
    payload::Payload,
    script_root::{Function, RetryPolicy, ScriptRoot},
};
use monitor::{Monitor, Status};
use schedule::Schedule;

/// The longest sleep, because the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// The timer trigger of one function.
pub(crate) struct TimerFunction {
    pub(super) function: RunnableFunction,
    binding: String,
    retry: Option<RetryPolicy>,
    schedule: Schedule,
    run_on_startup: bool,
    monitor: Option<Monitor>,
}

/// Why the function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Schedule,
    Startup,
    PastDue,
}

impl TimerFunction {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let flag = |name: &str| binding.property(name).and_then(Value::as_bool);
        let schedule = Schedule::parse(required(binding, "schedule")?)?;
        let is_monitored = flag("useMonitor").unwrap_or(true) && schedule.is_worth_monitoring();
        let monitor = is_monitored.then(|| {
            let account = storage("AzureWebJobsStorage", root)?;
            Monitor::new(&account, &root.host_id(), &runnable.name)
        });
        Ok(Self {
            function: runnable,
            binding: binding.name.clone(),
            retry: function.retry.clone(),
            schedule,
            run_on_startup: flag("runOnStartup").unwrap_or_default(),
            monitor: monitor.transpose()?,
        })
    }

    /// Calls the function again and again until it is dropped.
    pub(super) async fn run(self: Arc<Self>, runtime: Runtime) {
        let now = Timestamp::now();
        let mut status = self.recorded(now).await;
        let is_past_due = status.is_some_and(|status| now > status.next);
        let mut status = *status.get_or_insert_with(|| Status::initial(&self.schedule, now));
        if is_past_due {
            status = self.occur(&runtime, status, Cause::PastDue).await;
        } else if self.run_on_startup {
            status = self.occur(&runtime, status, Cause::Startup).await;
        }
        loop {
            sleep_until(status.next).await;
            status = self.occur(&runtime, status, Cause::Schedule).await;
        }
    }

    /// The state in storage, brought up to date; `None` if there is none.
    async fn recorded(&self, now: Timestamp) -> Option<Status> {
        let monitor = self.monitor.as_ref()?;
        match monitor.look(&self.schedule, now).await {
            Ok(status) => status,
            Err(error) => {
                self.log_monitor("read", &error);
                None
            }
        }
    }

    /// Calls the function and stores that it was called.
    async fn occur(&self, runtime: &Runtime, status: Status, cause: Cause) -> Status {
        let mut time = Timestamp::now();
        let shown = self.monitor.is_some().then_some(status);
        self.call(runtime, shown, cause == Cause::PastDue).await;
        if cause == Cause::Schedule {
            // A timer may be slightly early, and would find the same occurrence again.
            time = time.max(status.next);
        }
        let status = Status {
            last: time,
            next: self.schedule.next_after(time),
            last_updated: time,
        };
        if let Some(monitor) = &self.monitor
            && let Err(error) = monitor.write(&status).await
        {
            self.log_monitor("written", &error);
        }
        status
    }

    /// Calls the function by hand.
    pub(super) async fn call_by_hand(&self, runtime: &Runtime) {
        let status = match &self.monitor {
            Some(monitor) => monitor.read().await.ok().flatten(),
            None => None,
        };
        self.call(runtime, status, false).await;
    }

    async fn call(&self, runtime: &Runtime, status: Option<Status>, is_past_due: bool) {
        let value = json!({
            "Schedule": {"AdjustForDST": self.schedule.adjusts_for_dst()},
            "ScheduleStatus": status.map(Status::to_json),
            "IsPastDue": is_past_due,
        });
        let reason = format!("Timer fired at {}", monitor::date(Timestamp::now()));
        let data = BindingData::from_iter([("sys".to_owned(), system(&self.function.name))]);
        let payload = |data: &_| Payload::json(&self.binding, &value, data);
        let policy = self.retry.as_ref();
        // A failure has been logged, and nobody waits for it.
        let _ = retries::call(runtime, &self.function, policy, &reason, &data, payload).await;
    }

    fn log_monitor(&self, what: &str, error: &azure_core::Error) {
        tracing::error!(
            "The schedule status of 'Functions.{}' cannot be {what}: {}",
            self.function.name,
            root_cause(error)
        );
    }
}

async fn sleep_until(time: Timestamp) {
    loop {
        let left = time.duration_since(Timestamp::now());
        let Ok(left) = Duration::try_from(left) else {
            return;
        };
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
    }
}
